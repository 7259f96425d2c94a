// SPDX-License-Identifier: Apache-2.0
//
// Every verb that changes something settles first. This one does nothing else,
// for the boot after a power cut; with --wait it stays as long as something
// waits to be confirmed, so that its time is not over unnoticed.
#include <CLI/App.hpp>
#include <algorithm>
#include <ranges>
#include <thread>

#include "agent/ctl/desk.h"
#include "agent/ctl/verb.h"

namespace harden::ctl {
namespace {

struct Options {
  DeskOption desk;
  bool wait = false;
  bool unconfirmed = false;
};

// Seconds until the first of those that wait to be confirmed is overdue;
// nothing where none waits.
std::optional<std::int64_t> soonest(const Store& store, const Moment& now) {
  std::optional<std::int64_t> left;
  const auto standing = store.standing();
  if (!standing) return left;
  for (const Transaction& one : *standing) {
    if (one.state != TransactionState::applied || !one.confirm_within) continue;
    left = std::min(left.value_or(seconds_left(one, now)), seconds_left(one, now));
  }
  return left;
}

// Without the lock, so that a confirmation has it. It may come at any time, and
// the clock of the host may jump: both are seen within half a minute.
void wait_until_due(const Host& host, const std::string& path, const ClockOption& clock) {
  constexpr std::int64_t kLongest = 30;
  for (;;) {
    const auto store = open_store_for_reading(path);
    if (!store) return;
    const auto left = soonest(**store, moment_of(host, clock.now()));
    if (!left || *left == 0) return;
    std::this_thread::sleep_for(std::chrono::seconds(std::min(*left, kLongest)));
  }
}

// Takes back what waits to be confirmed, its time over or not: whoever removes
// hardend takes away the one who would do it.
Result<> undo_unconfirmed(const Desk& desk) {
  const auto standing = desk.store().standing();
  if (!standing) return std::unexpected(standing.error());
  for (const Transaction& one : *standing | std::views::reverse) {
    if (one.state != TransactionState::applied) continue;
    const auto outcome = undo(one.id, desk.bench(), desk.now(), false);
    if (!outcome) return std::unexpected(outcome.error());
    complain("transaction " + std::to_string(one.id) + " was not confirmed: " + std::string(to_string(outcome->state)));
  }
  return {};
}

ExitStatus settle_now(const Options& options, bool& waits) {
  const auto desk = Desk::open(options.desk, "hardenctl settle");
  if (!desk) return give_up(desk.error());
  const auto undone = options.unconfirmed ? undo_unconfirmed(*desk) : Result<>();
  if (!undone) return give_up(undone.error());
  const auto standing = desk->store().standing();
  if (!standing) return give_up(standing.error());
  for (const std::string& warning : unsettled(desk->store())) complain(warning);
  waits = soonest(desk->store(), desk->now()).has_value();
  const bool stuck = std::ranges::any_of(*standing, [](const Transaction& one) {
    return one.state != TransactionState::confirmed && one.state != TransactionState::applied;
  });
  return stuck ? ExitStatus::failed : ExitStatus::clean;
}

ExitStatus run(const Options& options) {
  const DeskOption& option = options.desk;
  if (!may_change(option, "settle")) return ExitStatus::not_permitted;
  const auto host = option.host.open();
  if (!host) return give_up(host.error());
  const auto path = option.state.path(**host, option.host);
  if (!path) return give_up(path.error());
  // Where there is no store, there is nothing to settle, and none is made.
  const auto present = open_store_for_reading(*path);
  if (!present && present.error().code == Errc::absent) return ExitStatus::clean;
  for (;;) {
    bool waits = false;
    const ExitStatus status = settle_now(options, waits);
    if (!options.wait || !waits) return status;
    wait_until_due(**host, *path, option.clock);
  }
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->desk.add(command);
  command.add_flag("--wait", options->wait, "Stay until nothing waits to be confirmed any more");
  command.add_flag("--unconfirmed", options->unconfirmed,
                   "Take back what waits to be confirmed, before its time is over");
  return [options] { return run(*options); };
}

const RegisterVerb registered({"settle", "Bring what was cut short, or not confirmed in time, to an end", add});

}  // namespace
}  // namespace harden::ctl
