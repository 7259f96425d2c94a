// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/desk.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <algorithm>

#include "agent/answer/transactions.h"
#include "agent/core/text.h"

namespace harden::ctl {
namespace {

// What is stuck is told at length by `history`, and by verbs that warn of it.
void tell(const std::vector<Outcome>& outcomes) {
  for (const Outcome& outcome : outcomes) {
    const std::string id = std::to_string(outcome.id);
    const std::string more = outcome.state == TransactionState::stuck ? "; see hardenctl history " + id
                             : outcome.note.empty()                   ? ""
                                                                      : " (" + outcome.note + ")";
    complain("transaction " + id + " was settled: " + std::string(to_string(outcome.state)) + more);
  }
}

bool is_due(const Transaction& one, const Moment& now) {
  return one.state == TransactionState::begun || one.state == TransactionState::undoing || is_overdue(one, now);
}

}  // namespace

void DeskOption::add(CLI::App& command) {
  host.add(command);
  state.add(command);
  clock.add(command);
}

Result<Desk> Desk::open(const DeskOption& option, const char* command, std::chrono::milliseconds patience) {
  Desk desk;
  desk.clock_ = option.clock;
  auto host = option.host.open();
  if (!host) return std::unexpected(host.error());
  desk.host_ = std::move(*host);
  auto writer =
      option.host.root.empty() ? Result<std::unique_ptr<HostWriter>>(live_writer()) : tree_writer(option.host.root);
  if (!writer) return std::unexpected(writer.error());
  desk.writer_ = std::move(*writer);
  const auto path = option.state.path(*desk.host_, option.host);
  if (!path) return std::unexpected(path.error());
  // The store's folder is there once the store is.
  auto store = open_store(*path);
  if (!store) return std::unexpected(store.error());
  desk.store_ = std::move(*store);
  auto lock = take_lock(*path + ".lock", patience, command);
  if (!lock) return std::unexpected(lock.error());
  desk.lock_ = std::move(*lock);
  const auto settled = settle(desk.bench(), desk.now());
  if (!settled) return std::unexpected(settled.error());
  tell(*settled);
  return desk;
}

Result<Desk> Desk::open_of_applied(const DeskOption& option, const char* command) {
  const auto host = option.host.open();
  if (!host) return std::unexpected(host.error());
  const auto there = option.state.exists(**host, option.host);
  if (!there) return std::unexpected(there.error());
  if (!*there) return fail(Errc::absent, "nothing was ever applied here: there is no transaction");
  return open(option, command);
}

void settle_what_is_due(const Host& host, const DeskOption& option, const char* command) {
  if (!option.host.root.empty() || ::geteuid() != 0) return;
  const auto path = option.state.path(host, option.host);
  if (!path) return;
  const auto store = open_store_for_reading(*path);
  if (!store) return;
  const auto standing = (*store)->standing();
  const Moment now = moment_of(host, option.clock.now());
  if (!standing || std::ranges::none_of(*standing, [&](const Transaction& one) { return is_due(one, now); })) return;
  const auto desk = Desk::open(option, command, std::chrono::milliseconds(0));
  // Whoever holds the lock settles; everything else is worth a word.
  if (!desk && desk.error().code != Errc::unavailable) complain(describe(desk.error()));
}

std::vector<std::string> unsettled(const Journal& journal) {
  const auto standing = journal.standing();
  if (!standing) return {describe(standing.error())};
  return answer::warnings_of(*standing);
}

std::vector<std::string> unsettled(const Host& host, const HostOption& root, const StateOption& state) {
  const auto path = state.path(host, root);
  if (!path) return {};
  const auto store = open_store_for_reading(*path);
  return store ? unsettled(**store) : std::vector<std::string>();
}

CLI::Option* add_transaction(CLI::App& command, std::int64_t& id) {
  const auto is_number = [](const std::string& text) {
    const auto number = text::to_int(text);
    return number && *number > 0 ? std::string() : text::quote(text) + " is not the number of a transaction";
  };
  return command.add_option("TRANSACTION", id, "Its number, as hardenctl history shows it")->check(is_number);
}

Moment Desk::now() const { return moment_of(*host_, clock_.now()); }

bool may_change(const DeskOption& option, const char* verb) {
  if (!option.host.root.empty() || ::geteuid() == 0) return true;
  complain(std::string(verb) + " changes the host: run it as root");
  return false;
}

}  // namespace harden::ctl
