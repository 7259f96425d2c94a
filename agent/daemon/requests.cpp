// SPDX-License-Identifier: Apache-2.0
//
// What is asked of the worker: facts, plans, changes, waivers, history.
#include <algorithm>

#include "agent/answer/plan.h"
#include "agent/daemon/cycle.h"
#include "agent/daemon/log.h"
#include "agent/store/crashes.h"
#include "agent/store/waivers.h"

namespace harden::daemon {
namespace {

using std::chrono::seconds;

// A client waits for the answer meanwhile.
constexpr seconds kPatience(2);

std::string number(std::int64_t id) { return "transaction " + std::to_string(id); }

// Of a change that did not come to what was asked for.
LogLevel level_of(TransactionState state) {
  return state == TransactionState::stuck ? LogLevel::error : LogLevel::warning;
}

std::vector<Change> changes_of(const Plan& plan) {
  std::vector<Change> changes;
  for (const PlannedChange& planned : plan.changes) changes.push_back(planned.change);
  return changes;
}

// "/etc/hardend/waivers.d/x.toml, ...": where files waive it.
std::string files_with(const std::vector<Waiver>& waivers, const std::string& policy) {
  std::string files;
  for (const Waiver& waiver : waivers) {
    if (waiver.policy == policy && !waiver.source.empty()) files += (files.empty() ? "" : ", ") + waiver.source;
  }
  return files;
}

std::unexpected<Error> no_waiver(const std::vector<Waiver>& waivers, const std::string& policy,
                                 const std::string& files) {
  if (!files.empty())
    return fail(Errc::absent, "the waiver of '" + policy + "' stands in " + files + "; take it out there");
  std::vector<std::string> ids;
  for (const Waiver& waiver : waivers) ids.push_back(waiver.policy);
  const std::string near = nearest(policy, ids);
  return fail(Errc::absent,
              "there is no waiver of '" + policy + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

}  // namespace

Result<Facts> Cycle::facts(const Wanted& wanted) const { return harden::collect(place_.host, wanted); }

Result<Plan> Cycle::plan(const PlanRequest& request) {
  if (const auto refusal = answer::objection_to(request, *judge_.policies()))
    return fail(refusal->code, refusal->message);
  look_at_host([] {});
  conclude();
  return make_plan(*judge_.policies(), *judge_.facts(), *place_.host, request);
}

Result<Applied> Cycle::apply(const ApplyOrder& order, const Caller& caller) {
  auto planned = plan(order.request);
  if (!planned) return std::unexpected(planned.error());
  Applied applied{std::move(*planned), {}, {}, false};
  const answer::Consent consent{order.digest, order.accept_impact, order.accept_irreversible};
  applied.moved_on = answer::moved_on(applied.plan, consent);
  applied.refused = answer::objection(applied.plan, consent);
  if (!applied.refused.empty()) {
    log({LogLevel::info, Message::change_refused, applied.refused, caller, 0, false});
    return applied;
  }
  if (applied.plan.changes.empty()) {
    applied.outcome = {0, TransactionState::confirmed, "nothing to change", {}};
    return applied;
  }
  auto outcome = begin(applied.plan, {order.confirm_within, caller.uid}, caller);
  if (!outcome) return std::unexpected(outcome.error());
  applied.outcome = std::move(*outcome);
  return applied;
}

Result<Outcome> Cycle::begin(const Plan& plan, const ApplyOptions& options, const Caller& caller) {
  if (auto may = ledger_.may_write(changes_of(plan)); !may) {
    log({LogLevel::warning, Message::change_refused, describe(may.error()), caller, 0, false});
    return std::unexpected(may.error());
  }
  const auto work = [&](const Workbench& bench, const Moment& now) { return harden::apply(plan, bench, now, options); };
  return carry_out(work, {"apply", {TransactionState::applied, TransactionState::confirmed}}, 0, caller);
}

// Whatever came of it, the host may be another one now, and whoever asked is
// answered after the snapshot says so.
Result<Outcome> Cycle::carry_out(const Ledger::Work& work, const Doing& doing, std::int64_t id, const Caller& caller) {
  auto outcome = ledger_.change(work, kPatience);
  if (!outcome) {
    const std::string text =
        std::string(doing.name) + (id == 0 ? "" : " of " + number(id)) + ": " + describe(outcome.error());
    log({LogLevel::warning, Message::change_refused, text, caller, id, false});
    return outcome;
  }
  const bool good = std::ranges::find(doing.wanted, outcome->state) != doing.wanted.end();
  log({good ? LogLevel::info : level_of(outcome->state), Message::changed,
       std::string(doing.name) + ": " + number(outcome->id) + " is " + std::string(to_string(outcome->state)) +
           (outcome->note.empty() ? "" : " (" + outcome->note + ")"),
       caller, outcome->id, good});
  recall_standing();
  guard_.look_everywhere();
  look_at_host([] {});
  conclude();
  return outcome;
}

Result<Outcome> Cycle::confirm(std::int64_t id, const Caller& caller) {
  return carry_out([&](const Workbench& bench, const Moment& now) { return harden::confirm(id, bench, now); },
                   {"confirm", {TransactionState::confirmed}}, id, caller);
}

Result<Outcome> Cycle::undo(std::int64_t id, bool force, const Caller& caller) {
  const auto found = transaction(id);
  if (!found) return std::unexpected(found.error());
  if (auto may = ledger_.may_write(found->changes); !may) return std::unexpected(may.error());
  return carry_out([&](const Workbench& bench, const Moment& now) { return harden::undo(id, bench, now, force); },
                   {"undo", {TransactionState::undone}}, id, caller);
}

Result<Outcome> Cycle::resolve(std::int64_t id, const std::string& note, const Caller& caller) {
  const auto work = [&](const Workbench& bench, const Moment& now) -> Result<Outcome> {
    if (auto done = bench.journal.resolve(id, note, now.wall); !done) return std::unexpected(done.error());
    auto one = bench.journal.find(id);
    if (!one) return std::unexpected(one.error());
    return Outcome{id, one->state, note, {}};
  };
  return carry_out(work, {"resolve", {TransactionState::stuck, TransactionState::confirmed}}, id, caller);
}

Result<Waiver> Cycle::add_waiver(const Waiver& waiver, const Caller& caller) {
  const auto store = ledger_.store();
  if (!store) return std::unexpected(store.error());
  if (std::ranges::find(*judge_.policies(), waiver.policy, &Policy::id) == judge_.policies()->end()) {
    return fail(Errc::absent, "there is no policy '" + waiver.policy + "'");
  }
  if (auto added = harden::add_waiver(**store, waiver, clock_.wall() / 1000); !added) {
    return std::unexpected(added.error());
  }
  log({LogLevel::info, Message::noted, waiver.policy + " is waived: " + waiver.reason, caller, 0, true});
  read_waivers();
  judge_.waive(clock_.wall() / 1000);
  conclude();
  return waiver;
}

Result<std::string> Cycle::remove_waiver(const std::string& policy, const Caller& caller) {
  const auto store = ledger_.store();
  if (!store) return std::unexpected(store.error());
  std::string files = files_with(judge_.waivers(), policy);
  const auto removed = harden::remove_waiver(**store, policy);
  if (!removed && removed.error().code == Errc::absent) return no_waiver(judge_.waivers(), policy, files);
  if (!removed) return std::unexpected(removed.error());
  log({LogLevel::info, Message::noted, policy + " is waived no more", caller, 0, true});
  read_waivers();
  judge_.waive(clock_.wall() / 1000);
  conclude();
  return files;
}

Result<> Cycle::acknowledge(const std::string& fingerprint, const Caller& caller) {
  const auto store = ledger_.store();
  if (!store) return std::unexpected(store.error());
  if (auto done = StoredCrashes(**store).acknowledge(fingerprint, clock_.wall() / 1000); !done) return done;
  log({LogLevel::info, Message::noted, "the crash " + fingerprint + " is acknowledged", caller, 0, true});
  recall_crashes();
  conclude();
  return {};
}

Result<std::vector<Transaction>> Cycle::history(std::size_t most) {
  const auto store = ledger_.store();
  if (!store) return std::unexpected(store.error());
  return (*store)->newest(most);
}

Result<Transaction> Cycle::transaction(std::int64_t id) {
  const auto store = ledger_.store();
  if (!store) return std::unexpected(store.error());
  return (*store)->find(id);
}

}  // namespace harden::daemon
