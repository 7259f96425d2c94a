// SPDX-License-Identifier: Apache-2.0
//
// What is done unasked, where the configuration says `enforce`: remedies that
// cost nothing here are applied, and what drifted is put back.
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "agent/daemon/cycle.h"
#include "agent/daemon/log.h"
#include "agent/engine/carry.h"
#include "agent/report/json.h"

namespace harden::daemon {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

// Whoever holds the lock is writing now; what drifted waits for the next time.
constexpr milliseconds kPatience(10);
constexpr std::size_t kMostAttempts = 1024;

bool is_worth_it(Grade grade) { return grade == Grade::prevents || grade == Grade::removes_trigger; }

// Design: graded prevents or removes_trigger, reversible, without a reboot and
// without an impact here.
bool costs_nothing(const Plan& plan) {
  if (plan.changes.empty() || plan.has_impact || plan.irreversible || plan.needs_reboot) return false;
  if (!plan.conflicts.empty() || !plan.by_hand.empty()) return false;
  return std::ranges::all_of(plan.remedies, [](const PlannedRemedy& one) {
    const RemedyView& view = one.view;
    return is_worth_it(view.grade) && !view.needs_reboot && !view.irreversible && view.impacts.empty() &&
           view.possible_impacts.empty() && view.obstacle.empty();
  });
}

// Whether something of a policy stands and has drifted: putting it back comes
// first, in its own time.
bool is_drifting(const std::string& policy, const std::vector<Transaction>& standing,
                 const std::vector<std::int64_t>& drifted) {
  return std::ranges::any_of(standing, [&](const Transaction& one) {
    return std::ranges::find(drifted, one.id) != drifted.end() &&
           std::ranges::find(one.items, policy, &Transaction::Item::policy) != one.items.end();
  });
}

bool is_waiting(const std::vector<Transaction>& standing) {
  return std::ranges::any_of(standing, [](const Transaction& one) {
    return one.state == TransactionState::applied || one.state == TransactionState::begun ||
           one.state == TransactionState::undoing;
  });
}

}  // namespace

// One transaction a policy, so that each can be taken back alone. What was
// refused or taken back is not tried again at once.
void Cycle::enforce() {
  if (!config_->enforces() || is_waiting(ledger_.standing())) return;
  std::vector<std::string> wanted;
  for (const Finding& finding : judge_.report()->findings) {
    const bool open = finding.verdict == Verdict::exposed && !finding.waiver;
    if (is_drifting(finding.policy, ledger_.standing(), guard_.drifted())) continue;
    if (open && config_->mode_of(finding.policy) == Mode::enforce) wanted.push_back(finding.policy);
  }
  for (const std::string& policy : wanted) {
    const Plan plan = make_plan(*judge_.policies(), *judge_.facts(), *place_.host, {{policy}, {}, false});
    if (!costs_nothing(plan)) continue;
    if (attempts_.size() >= kMostAttempts) attempts_.clear();
    Fight& attempt = attempts_[policy];
    const BootTime now = clock_.boot();
    if (attempt.due(now) > now) continue;
    attempt.strike(now);
    (void)begin(plan, {std::nullopt, 0}, Caller{0, 0});
  }
}

void Cycle::put_back() {
  const BootTime now = clock_.boot();
  if (!guard_.due() || *guard_.due() > now) return;
  recall_standing();
  const auto due = guard_.take_due(now);
  if (due.empty()) return;
  const auto work = [&](const Workbench& bench, const Moment&) -> Result<Outcome> {
    for (Guard::Ours* ours : due) put_back(*ours, bench);
    return Outcome();
  };
  const auto done = ledger_.change(work, kPatience);
  if (done) return;
  log({LogLevel::warning,
       Message::trouble,
       "what drifted could not be put back: " + describe(done.error()),
       {},
       0,
       false});
  for (Guard::Ours* ours : due) {
    if (!ours->put_back) guard_.struck(*ours, now);
  }
}

// The transaction that it belongs to was written down before its first write,
// with this very content: nothing has to be written ahead again.
void Cycle::put_back(Guard::Ours& ours, const Workbench& bench) {
  const Change& change = ours.change;
  const auto now = content_of(bench.host, change.layer, change.path);
  if (!now || same_content(change.layer, *now, change.after)) return;
  const auto may = ledger_.may_write({change});
  const auto done = may ? put(change, *now, change.after, bench) : may;
  const std::string text = change.what +
                           (done ? " was put back as transaction " : " cannot be put back as transaction ") +
                           std::to_string(ours.transaction) + " left it" + (done ? "" : ": " + describe(done.error()));
  log({done ? LogLevel::info : LogLevel::warning, Message::put_back, text, Caller{}, ours.transaction,
       done.has_value()});
  json::object object{{"what", json_text(change.what)},
                      {"path", json_text(change.path)},
                      {"transaction", ours.transaction},
                      {"done", done.has_value()},
                      {"why", done ? json::value() : json::value(json_text(describe(done.error())))}};
  tell("drift.put_back", json::serialize(object));
  if (!guard_.struck(ours, clock_.boot()) || !done) return;
  log({LogLevel::error,
       Message::contested,
       change.what + " was changed again and again after it was put back; it is put back less and less often. Who does "
                     "it is told by hardenctl explain --sysctl and by the events",
       {},
       ours.transaction,
       false});
  tell("drift.contested", json::serialize(json::object{{"what", json_text(change.what)},
                                                       {"path", json_text(change.path)},
                                                       {"transaction", ours.transaction},
                                                       {"times", ours.fight.strikes()}}));
}

}  // namespace harden::daemon
