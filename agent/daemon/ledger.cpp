// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/ledger.h"

#include <algorithm>

#include "agent/host/lock.h"
#include "agent/host/mount.h"

namespace harden::daemon {
namespace {

constexpr const char* kWho = "hardend";

std::string folder_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

std::vector<Change> changes_of(const std::vector<Transaction>& transactions) {
  std::vector<Change> all;
  for (const Transaction& one : transactions) all.insert(all.end(), one.changes.begin(), one.changes.end());
  return all;
}

bool is_unfinished(const Transaction& one, const Moment& now) {
  return one.state == TransactionState::begun || one.state == TransactionState::undoing || is_overdue(one, now);
}

}  // namespace

Result<Store*> Ledger::store() {
  if (store_) return store_.get();
  auto opened = open_store(place_.state + "/state.db");
  if (!opened) {
    trouble_ = describe(opened.error());
    return std::unexpected(opened.error());
  }
  store_ = std::move(*opened);
  version_ = -1;
  return store_.get();
}

Moment Ledger::now() const { return moment_of(*place_.host, clock_.wall() / 1000); }

void Ledger::refresh() {
  const auto open = store();
  if (!open) return;
  const auto version = (*open)->version();
  if (!version || *version != version_ || !trouble_.empty()) read_standing();
  version_ = version.value_or(-1);
}

// A store that cannot be read is opened again the next time; until then what
// was read last stands.
void Ledger::read_standing() {
  auto standing = store_->standing();
  if (!standing) {
    trouble_ = describe(standing.error());
    store_.reset();
    return;
  }
  trouble_.clear();
  std::map<std::int64_t, TransactionState> before;
  for (const Transaction& one : standing_) before[one.id] = one.state;
  for (const Transaction& one : *standing) {
    const auto old = before.find(one.id);
    if (known_ && (old == before.end() || old->second != one.state)) moved_.push_back(one);
    if (old != before.end()) before.erase(old);
  }
  for (const auto& [id, state] : before) {
    if (auto gone = store_->find(id)) moved_.push_back(std::move(*gone));
  }
  standing_ = std::move(*standing);
  known_ = true;
}

std::vector<Transaction> Ledger::take_moved() { return std::exchange(moved_, {}); }

bool Ledger::anything_unfinished() const {
  const Moment moment = now();
  return std::ranges::any_of(standing_, [&](const Transaction& one) { return is_unfinished(one, moment); });
}

Result<std::vector<Outcome>> Ledger::settle() {
  refresh();
  std::vector<Outcome> outcomes;
  if (!trouble_.empty()) return fail(Errc::failed, trouble_);
  if (!anything_unfinished()) return outcomes;
  const auto open = store();
  if (!open) return std::unexpected(open.error());
  const auto lock = take_lock(place_.state + "/state.db.lock", std::chrono::seconds(10), kWho);
  if (!lock) return std::unexpected(lock.error());
  const auto done = settle({*place_.host, *place_.writer, **open}, outcomes);
  read_standing();
  if (!done) return std::unexpected(done.error());
  return outcomes;
}

Result<> Ledger::settle(const Workbench& bench, std::vector<Outcome>& outcomes) {
  const auto standing = bench.journal.standing();
  if (!standing) return std::unexpected(standing.error());
  std::vector<Transaction> unfinished;
  const Moment moment = now();
  for (const Transaction& one : *standing) {
    if (is_unfinished(one, moment)) unfinished.push_back(one);
  }
  if (unfinished.empty()) return {};
  if (auto may = may_write(changes_of(unfinished)); !may) {
    return std::unexpected(with_context(may.error(), "what was cut short or is overdue cannot be undone"));
  }
  auto settled = harden::settle(bench, moment);
  if (!settled) return std::unexpected(settled.error());
  std::ranges::move(*settled, std::back_inserter(outcomes));
  return {};
}

Result<Outcome> Ledger::change(const Work& work, std::chrono::milliseconds patience) {
  const auto open = store();
  if (!open) return std::unexpected(open.error());
  const auto lock = take_lock(place_.state + "/state.db.lock", patience, kWho);
  if (!lock) return std::unexpected(lock.error());
  const Workbench bench{*place_.host, *place_.writer, **open};
  std::vector<Outcome> settled;
  if (auto done = settle(bench, settled); !done) return std::unexpected(done.error());
  auto outcome = work(bench, now());
  read_standing();
  return outcome;
}

Result<> Ledger::may_write(const std::vector<Change>& changes) const {
  if (!place_.live) return {};
  for (const Change& change : changes) {
    const bool in_folder = change.layer == Layer::file || change.layer == Layer::folder;
    if (change.layer == Layer::module || !is_read_only(in_folder ? folder_of(change.path) : change.path)) continue;
    return fail(Errc::denied,
                "nothing was changed: it is read-only for hardend, which may be running as a unit that only reports; "
                "hardend.service may apply",
                change.path);
  }
  return {};
}

}  // namespace harden::daemon
