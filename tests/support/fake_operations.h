// SPDX-License-Identifier: Apache-2.0
//
// A daemon without a worker: it knows one snapshot, remembers what was asked of
// it, and answers at once what it was told to answer.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/answer/check.h"
#include "agent/answer/plan.h"
#include "agent/daemon/operations.h"
#include "agent/engine/clashes.h"

namespace harden::test {

// What a daemon would know of that host by those policies.
inline std::shared_ptr<daemon::Snapshot> snapshot_of(const std::shared_ptr<const Host>& host,
                                                     std::vector<Policy> policies) {
  auto snapshot = std::make_shared<daemon::Snapshot>();
  Wanted wanted = answer::facts_for(policies);
  add_clash_facts(wanted);
  snapshot->generation = 1;
  snapshot->time = 1'800'000'000'000;
  snapshot->evaluated = snapshot->time;
  snapshot->facts = std::make_shared<const Facts>(collect(host, wanted));
  snapshot->report = std::make_shared<const CheckReport>(check(policies, *snapshot->facts, host->name()));
  snapshot->policies = std::make_shared<const std::vector<Policy>>(std::move(policies));
  return snapshot;
}

class FakeOperations final : public daemon::Operations {
 public:
  std::shared_ptr<const daemon::Snapshot> now;  // null: just started
  std::shared_ptr<const Host> host;             // plans are made of it
  answer::Service state{"report", 1'799'999'000'000, {}, {}};
  std::vector<Transaction> transactions;  // the newest first
  std::vector<Event> events;
  Result<Outcome> outcome = Outcome{};  // of every change
  Result<std::string> still_waived;
  std::vector<std::string> asked;  // "confirm 3 by 1000"
  daemon::ApplyOrder order;        // the last one
  std::map<std::uint64_t, std::function<void(const Event&)>> listeners;

  void publish(const Event& event) {
    events.push_back(event);
    const auto told = listeners;  // one may unsubscribe meanwhile
    for (const auto& [id, listener] : told) listener(event);
  }

  std::shared_ptr<const daemon::Snapshot> snapshot() const override { return now; }
  answer::Service service() const override { return state; }

  void evaluate(daemon::Done<std::shared_ptr<const daemon::Snapshot>> done) override {
    asked.emplace_back("evaluate");
    done(now);
  }

  void facts(Wanted wanted, daemon::Done<Facts> done) override {
    asked.emplace_back("facts");
    done(collect(host, wanted));
  }

  void plan(PlanRequest request, daemon::Done<Plan> done) override {
    asked.emplace_back("plan");
    done(make_plan(*now->policies, *now->facts, *host, request));
  }

  void apply(daemon::ApplyOrder wanted, daemon::Caller caller, daemon::Done<daemon::Applied> done) override {
    note("apply " + wanted.digest.substr(0, 8), caller);
    order = std::move(wanted);
    daemon::Applied applied{make_plan(*now->policies, *now->facts, *host, order.request), {}, {}, false};
    const answer::Consent consent{order.digest, order.accept_impact, order.accept_irreversible};
    applied.refused = answer::objection(applied.plan, consent);
    applied.moved_on = answer::moved_on(applied.plan, consent);
    if (!outcome) return done(std::unexpected(outcome.error()));
    applied.outcome = *outcome;
    done(std::move(applied));
  }

  void confirm(std::int64_t id, daemon::Caller caller, daemon::Done<Outcome> done) override {
    note("confirm " + std::to_string(id), caller);
    done(outcome);
  }
  void undo(std::int64_t id, bool force, daemon::Caller caller, daemon::Done<Outcome> done) override {
    note((force ? "force undo " : "undo ") + std::to_string(id), caller);
    done(outcome);
  }
  void resolve(std::int64_t id, std::string text, daemon::Caller caller, daemon::Done<Outcome> done) override {
    note("resolve " + std::to_string(id) + " (" + text + ")", caller);
    done(outcome);
  }
  void add_waiver(Waiver waiver, daemon::Caller caller, daemon::Done<Waiver> done) override {
    note("waive " + waiver.policy, caller);
    done(std::move(waiver));
  }
  void remove_waiver(std::string policy, daemon::Caller caller, daemon::Done<std::string> done) override {
    note("unwaive " + policy, caller);
    done(still_waived);
  }
  void acknowledge(std::string fingerprint, daemon::Caller caller, daemon::Done<void> done) override {
    note("acknowledge " + fingerprint, caller);
    if (fingerprint != "0123456789abcdef") return done(fail(Errc::absent, "there is no such crash"));
    done({});
  }
  void history(std::size_t most, daemon::Done<std::vector<Transaction>> done) override {
    asked.push_back("history " + std::to_string(most));
    done(std::vector(transactions.begin(),
                     transactions.begin() + static_cast<std::ptrdiff_t>(std::min(most, transactions.size()))));
  }
  void transaction(std::int64_t id, daemon::Done<Transaction> done) override {
    const auto found = std::ranges::find(transactions, id, &Transaction::id);
    if (found == transactions.end()) return done(fail(Errc::absent, "there is no such transaction"));
    done(*found);
  }

  std::vector<Event> events_after(std::uint64_t id, std::size_t most) const override {
    if (id > last_event()) id = 0;
    std::vector<Event> later;
    for (const Event& event : events) {
      if (event.id > id && later.size() < most) later.push_back(event);
    }
    return later;
  }
  std::uint64_t subscribe(std::function<void(const Event&)> listener) override {
    listeners[++subscriptions_] = std::move(listener);
    return subscriptions_;
  }
  void unsubscribe(std::uint64_t subscription) override { listeners.erase(subscription); }
  std::uint64_t last_event() const override { return events.empty() ? 0 : events.back().id; }

 private:
  void note(const std::string& what, const daemon::Caller& caller) {
    asked.push_back(what + " by " + std::to_string(caller.uid));
  }

  std::uint64_t subscriptions_ = 0;
};

}  // namespace harden::test
