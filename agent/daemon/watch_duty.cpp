// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/watch_duty.h"

#include <string_view>

#include "agent/core/text.h"
#include "agent/daemon/judge.h"

namespace harden::daemon {
namespace {

constexpr std::string_view kProcSys = "/proc/sys/";

answer::Watcher watcher_of(const WatchState& state) {
  using State = answer::Watcher::State;
  std::string note = state.watching ? state.note : state.why_not;
  if (state.lost > 0)
    note += (note.empty() ? "" : "; ") + std::string("overrun ") + std::to_string(state.lost) + " times";
  // An engine that is not there is no fault.
  const State missing = state.source.starts_with("engine ") ? State::absent : State::failed;
  return {state.source, state.watching ? State::watching : missing, std::move(note)};
}

}  // namespace

std::set<std::string> sysctls_of(const std::vector<Policy>& policies, const std::vector<Transaction>& standing) {
  std::set<std::string> keys;
  for (const std::string& key : wanted_by(policies).keys_of("sysctl")) keys.insert(key);
  for (const Transaction& one : standing) {
    for (const Change& change : one.changes) {
      if (change.layer != Layer::runtime || !change.path.starts_with(kProcSys)) continue;
      keys.insert(text::separators_swapped(std::string_view(change.path).substr(kProcSys.size())));
    }
  }
  return keys;
}

WatchDuty::WatchDuty(boost::asio::io_context& io, Keeper& keeper, const Config& config)
    : io_(io), keeper_(keeper), folders_(config.policies) {
  begin();
  keeper_.set_watchers([this] {
    std::vector<answer::Watcher> watchers;
    for (const WatchState& state : watch_->states()) watchers.push_back(watcher_of(state));
    return watchers;
  });
}

WatchDuty::~WatchDuty() { keeper_.set_watchers({}); }

void WatchDuty::begin() {
  WatchTargets targets = WatchTargets::of_this_host();
  targets.sysctls = sysctls_;
  targets.policies = folders_;
  targets.waivers = {kWaiverFiles};
  watch_.reset();
  watch_ = std::make_unique<Watch>(io_, targets, [this](Sighting sighting) { keeper_.sight(std::move(sighting)); });
}

void WatchDuty::publish(const Snapshot& snapshot) {
  const std::int64_t newest = snapshot.standing.empty() ? 0 : snapshot.standing.back().id;
  if (snapshot.policies == policies_ && newest == newest_ && snapshot.standing.size() == standing_) return;
  policies_ = snapshot.policies;
  newest_ = newest;
  standing_ = snapshot.standing.size();
  auto sysctls = sysctls_of(*policies_, snapshot.standing);
  if (sysctls == sysctls_) return;
  sysctls_ = std::move(sysctls);
  watch_->set_sysctls(sysctls_);
}

void WatchDuty::reconfigure(const Config& config) {
  if (config.policies == folders_) return;
  folders_ = config.policies;
  begin();
}

}  // namespace harden::daemon
