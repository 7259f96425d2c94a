// SPDX-License-Identifier: Apache-2.0
//
// Every verb that changes something settles first. This one does nothing else,
// for a timer, or for the boot after a power cut.
#include <CLI/App.hpp>
#include <algorithm>

#include "agent/ctl/desk.h"
#include "agent/ctl/verb.h"

namespace harden::ctl {
namespace {

ExitStatus run(const DeskOption& option) {
  if (!may_change(option, "settle")) return ExitStatus::not_permitted;
  const auto host = option.host.open();
  if (!host) return give_up(host.error());
  const auto path = option.state.path(**host, option.host);
  if (!path) return give_up(path.error());
  // Where there is no store, there is nothing to settle, and none is made.
  const auto present = open_store_for_reading(*path);
  if (!present && present.error().code == Errc::absent) return ExitStatus::clean;
  const auto desk = Desk::open(option, "hardenctl settle");
  if (!desk) return give_up(desk.error());
  const auto standing = desk->store().standing();
  if (!standing) return give_up(standing.error());
  for (const std::string& warning : unsettled(desk->store())) complain(warning);
  const bool stuck = std::ranges::any_of(*standing, [](const Transaction& one) {
    return one.state != TransactionState::confirmed && one.state != TransactionState::applied;
  });
  return stuck ? ExitStatus::failed : ExitStatus::clean;
}

Action add(CLI::App& command) {
  const auto option = std::make_shared<DeskOption>();
  option->add(command);
  return [option] { return run(*option); };
}

const RegisterVerb registered({"settle", "Bring what was cut short, or not confirmed in time, to an end", add});

}  // namespace
}  // namespace harden::ctl
