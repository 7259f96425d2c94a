// SPDX-License-Identifier: Apache-2.0
#include "harden/transact.h"

#include <algorithm>

#include "agent/core/text.h"
#include "agent/engine/carry.h"

namespace harden {
namespace {

using Content = std::optional<std::string>;

bool same_place(const Transaction& left, const std::vector<Change>& changes) {
  return std::ranges::any_of(left.changes, [&](const Change& one) {
    return std::ranges::any_of(changes, [&](const Change& other) { return one.path == other.path; });
  });
}

std::string number(std::int64_t id) { return "transaction " + std::to_string(id); }

// Why nothing may be begun now.
Result<> may_begin(const std::vector<Change>& changes, const Journal& journal) {
  const auto standing = journal.standing();
  if (!standing) return std::unexpected(standing.error());
  for (const Transaction& other : *standing) {
    switch (other.state) {
      case TransactionState::begun:
      case TransactionState::undoing:
        return fail(Errc::unavailable, number(other.id) + " was cut short and is not settled yet");
      case TransactionState::applied:
        return fail(Errc::unavailable, number(other.id) + " waits to be confirmed: hardenctl confirm " +
                                           std::to_string(other.id) + ", or undo it");
      case TransactionState::stuck:
        if (!same_place(other, changes)) break;
        return fail(Errc::unavailable, number(other.id) + " is stuck on the same places: see hardenctl history " +
                                           std::to_string(other.id));
      case TransactionState::confirmed:
      case TransactionState::undone: break;
    }
  }
  return {};
}

// The interfaces of containers come and go: a key that went with its interface
// needs no value.
bool went_with_interface(const Change& change, const Content& now) {
  return change.layer == Layer::runtime && !now && is_of_interface(change.path);
}

Result<> is_as_planned(const std::vector<Change>& changes, const Host& host) {
  for (const Change& change : changes) {
    const auto now = content_of(host, change.layer, change.path);
    if (!now) return std::unexpected(with_context(now.error(), change.what + " cannot be read"));
    if (went_with_interface(change, *now)) continue;
    if (!same_content(change.layer, *now, change.before)) {
      return fail(Errc::invalid, change.what + " is no longer as it was planned: make the plan again", change.path);
    }
  }
  return {};
}

Result<> carry_out(const Change& change, const std::vector<Change>& all, const Workbench& bench) {
  const auto now = content_of(bench.host, change.layer, change.path);
  if (!now) return std::unexpected(now.error());
  if (went_with_interface(change, *now)) return {};
  if (!is_ours(change, *now, all)) {
    return fail(Errc::invalid, change.what + " was changed by somebody else in the meantime", change.path);
  }
  return put(change, *now, change.after, bench);
}

// Every change, and then once more those that went with a later one.
Result<> carry_out_all(const std::vector<Change>& changes, const Workbench& bench) {
  for (const Change& change : changes) {
    if (auto done = carry_out(change, changes, bench); !done) return done;
  }
  for (const Change& change : changes) {
    if (change.layer != Layer::runtime) continue;
    if (auto done = carry_out(change, changes, bench); !done) return done;
  }
  return {};
}

Transaction transaction_of(const Plan& plan, const Moment& now, const ApplyOptions& options) {
  Transaction transaction;
  transaction.digest = plan.digest;
  for (const PlannedRemedy& planned : plan.remedies) transaction.items.push_back({planned.policy, planned.view.name});
  for (const PlannedChange& planned : plan.changes) transaction.changes.push_back(planned.change);
  transaction.begun = now;
  transaction.confirm_within = options.confirm_within;
  transaction.ended = now.wall;
  transaction.uid = options.uid;
  return transaction;
}

std::vector<std::string> names_of(const std::vector<Change>& changes) {
  std::vector<std::string> names;
  for (const Change& change : changes) {
    if (change.before != change.after) names.push_back(change.what);
  }
  return names;
}

Result<> may_undo(const Transaction& transaction, const Journal& journal) {
  if (transaction.state == TransactionState::undone) {
    return fail(Errc::invalid, number(transaction.id) + " is undone already");
  }
  const auto standing = journal.standing();
  if (!standing) return std::unexpected(standing.error());
  for (const Transaction& other : *standing) {
    if (other.id <= transaction.id || !same_place(other, transaction.changes)) continue;
    return fail(Errc::invalid, number(other.id) + " came later and changed the same places: undo that one first");
  }
  return {};
}

std::string why_unfinished(const Transaction& transaction) {
  if (transaction.state == TransactionState::applied) return "it was not confirmed in time";
  return transaction.note.empty() ? "it was cut short" : transaction.note;
}

}  // namespace

Result<Content> content_of(const Host& host, Layer layer, const std::string& path) {
  if (layer == Layer::module) {
    const auto kind = host.kind(path);
    if (kind) return Content(kModuleLoaded);
    if (kind.error().code == Errc::absent) return Content();
    return std::unexpected(kind.error());
  }
  if (layer == Layer::folder) {
    const auto kind = host.kind(path);
    if (kind && *kind == DirEntry::Kind::directory) return Content(kFolderThere);
    if (kind) return fail(Errc::invalid, "something else stands in the place of a folder", path);
    if (kind.error().code == Errc::absent) return Content();
    return std::unexpected(kind.error());
  }
  if (layer == Layer::file && host.read_link(path)) {
    return fail(Errc::invalid, "a symbolic link stands here; it is neither followed nor replaced", path);
  }
  auto text = host.read(path);
  if (!text && text.error().code == Errc::absent) return Content();
  if (!text) return std::unexpected(text.error());
  if (layer == Layer::runtime && text->ends_with('\n')) text->pop_back();
  return Content(std::move(*text));
}

Moment moment_of(const Host& host, std::int64_t wall) {
  Moment now{wall, 0, {}};
  if (const auto boot = host.read("/proc/sys/kernel/random/boot_id")) now.boot_id = text::trim(*boot);
  if (const auto uptime = host.read("/proc/uptime")) {
    now.uptime = text::to_int(std::string_view(*uptime).substr(0, uptime->find('.'))).value_or(0);
  }
  return now;
}

Result<Outcome> apply(const Plan& plan, const Workbench& bench, const Moment& now, const ApplyOptions& options) {
  if (!plan.conflicts.empty()) return fail(Errc::invalid, plan.conflicts.front());
  Transaction transaction = transaction_of(plan, now, options);
  if (auto free = may_begin(transaction.changes, bench.journal); !free) return std::unexpected(free.error());
  if (auto same = is_as_planned(transaction.changes, bench.host); !same) return std::unexpected(same.error());
  const auto id = bench.journal.begin(transaction);
  if (!id) return std::unexpected(with_context(id.error(), "nothing was changed: the journal cannot be written"));
  transaction.id = *id;
  if (const auto done = carry_out_all(transaction.changes, bench); !done) {
    return take_back(transaction, bench, now, false, describe(done.error()));
  }
  const auto end = options.confirm_within ? TransactionState::applied : TransactionState::confirmed;
  if (const auto moved = bench.journal.move(*id, end, "", now.wall); !moved) {
    return take_back(transaction, bench, now, false, "the journal cannot be written: " + describe(moved.error()));
  }
  return Outcome{*id, end, "", names_of(transaction.changes), {}};
}

Result<Outcome> confirm(std::int64_t id, const Workbench& bench, const Moment& now) {
  const auto transaction = bench.journal.find(id);
  if (!transaction) return std::unexpected(transaction.error());
  if (transaction->state != TransactionState::applied) {
    return fail(Errc::invalid,
                number(id) + " does not wait to be confirmed: it is " + std::string(to_string(transaction->state)));
  }
  if (is_overdue(*transaction, now)) return take_back(*transaction, bench, now, false, why_unfinished(*transaction));
  if (auto moved = bench.journal.move(id, TransactionState::confirmed, "", now.wall); !moved) {
    return std::unexpected(moved.error());
  }
  return Outcome{id, TransactionState::confirmed, "", {}, {}};
}

Result<Outcome> undo(std::int64_t id, const Workbench& bench, const Moment& now, bool force) {
  const auto transaction = bench.journal.find(id);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto free = may_undo(*transaction, bench.journal); !free) return std::unexpected(free.error());
  if (transaction->state == TransactionState::stuck && !force) {
    return fail(Errc::invalid, number(id) + " is stuck: " + transaction->note +
                                   "; undo --force overwrites what is there, history --resolve leaves it");
  }
  return take_back(*transaction, bench, now, force, "");
}

Result<std::vector<Outcome>> settle(const Workbench& bench, const Moment& now) {
  const auto standing = bench.journal.standing();
  if (!standing) return std::unexpected(standing.error());
  std::vector<Outcome> outcomes;
  for (auto one = standing->rbegin(); one != standing->rend(); ++one) {
    const bool cut_short = one->state == TransactionState::begun || one->state == TransactionState::undoing;
    if (!cut_short && !is_overdue(*one, now)) continue;
    auto outcome = take_back(*one, bench, now, false, why_unfinished(*one));
    if (!outcome) return std::unexpected(outcome.error());
    outcomes.push_back(std::move(*outcome));
  }
  return outcomes;
}

std::int64_t seconds_left(const Transaction& transaction, const Moment& now) {
  if (transaction.state != TransactionState::applied || !transaction.confirm_within) return 0;
  const Moment& begun = transaction.begun;
  const bool one_boot = begun.boot_id == now.boot_id && !now.boot_id.empty();
  const std::int64_t passed = one_boot ? now.uptime - begun.uptime : now.wall - begun.wall;
  // A clock that stands before the beginning tells nothing but that it was moved.
  if (passed < 0) return 0;
  return std::max<std::int64_t>(0, *transaction.confirm_within - passed);
}

bool is_overdue(const Transaction& transaction, const Moment& now) {
  return transaction.state == TransactionState::applied && transaction.confirm_within.has_value() &&
         seconds_left(transaction, now) == 0;
}

}  // namespace harden
