// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/judge.h"

#include <algorithm>

#include "agent/daemon/changed_by.h"
#include "agent/engine/clashes.h"

namespace harden::daemon {
namespace {

void put(std::vector<Policy>& policies, Policy policy) {
  const auto same = std::ranges::find(policies, policy.id, &Policy::id);
  if (same == policies.end()) {
    policies.push_back(std::move(policy));
  } else {
    *same = std::move(policy);
  }
}

// The share of `wanted` that one collector has.
Wanted share_of(const Collector& collector, const Wanted& wanted) {
  Wanted share;
  for (const FactDecl& fact : collector.facts) {
    if (wanted.all_of(fact.name)) share.add(fact.name);
    for (const std::string& key : wanted.keys_of(fact.name)) share.add(fact.name, key);
  }
  return share;
}

bool has_any(const Collector& collector, const Wanted& wanted) {
  return std::ranges::any_of(collector.facts, [&](const FactDecl& fact) { return wanted.has(fact.name); });
}

}  // namespace

void Judge::load_policies(const std::vector<std::string>& folders) {
  auto policies = std::make_shared<std::vector<Policy>>();
  policy_mistakes_.clear();
  for (const std::string& folder : folders) {
    if (folder != folders.front() && !host_->kind(folder)) continue;
    PolicySet set = harden::load_policies(*host_, folder);
    std::ranges::move(set.diagnostics, std::back_inserter(policy_mistakes_));
    for (Policy& policy : set.policies) put(*policies, std::move(policy));
  }
  std::ranges::sort(*policies, {}, &Policy::id);
  wanted_ = wanted_by(*policies);
  for (const char* fact : {"kernel.vendor", "kernel.release"}) wanted_.add(fact);
  add_clash_facts(wanted_);
  policies_ = std::move(policies);
}

void Judge::load_waivers(const std::vector<Waiver>& stored) {
  WaiverSet files = harden::load_waivers(*host_, kWaiverFiles);
  waivers_ = std::move(files.waivers);
  waiver_mistakes_ = std::move(files.diagnostics);
  waivers_.insert(waivers_.end(), stored.begin(), stored.end());
}

void Judge::collect(const std::function<void()>& between) {
  auto facts = std::make_shared<Facts>();
  for (const Collector& collector : collectors()) {
    if (!has_any(collector, wanted_)) continue;
    const Facts some = harden::collect(host_, share_of(collector, wanted_));
    for (const auto& [name, fact] : some.all()) facts->set(fact);
    for (const CollectorRun& run : some.runs()) facts->add_run(run);
    between();
  }
  facts_ = std::move(facts);
}

void Judge::evaluate(std::int64_t now) {
  const auto start = std::chrono::steady_clock::now();
  standing_ = std::make_unique<Standing>(policies_, facts_, host_->name(), waivers_, now);
  publish(start);
}

Changed Judge::changed_by(const Sighting& sighting) const {
  return standing_ ? daemon::changed_by(sighting, standing_->dependents()) : Changed();
}

void Judge::refresh(Changed changed, std::int64_t now) {
  Facts part = harden::collect(host_, standing_->wanted_for(changed));
  const auto start = std::chrono::steady_clock::now();
  standing_->refresh(std::move(changed), part, now);
  facts_ = standing_->facts();
  publish(start);
}

void Judge::waive(std::int64_t now) {
  standing_->waive(waivers_, now);
  report_ = standing_->shared_report();
}

void Judge::publish(std::chrono::steady_clock::time_point start) {
  report_ = standing_->shared_report();
  evaluation_ = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace harden::daemon
