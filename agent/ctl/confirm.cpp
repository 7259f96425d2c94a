// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>

#include "agent/ctl/desk.h"
#include "agent/ctl/verb.h"

namespace harden::ctl {
namespace {

struct Options {
  DeskOption desk;
  StyleOption style;
  std::int64_t id = 0;
  std::string format = "text";
};

ExitStatus run(const Options& options) {
  if (!may_change(options.desk, "confirm")) return ExitStatus::not_permitted;
  const auto desk = Desk::open(options.desk, "hardenctl confirm");
  if (!desk) return give_up(desk.error());
  const auto outcome = confirm(options.id, desk->bench(), desk->now());
  if (!outcome) return give_up(outcome.error());
  return show(*outcome, options.format, options.style, TransactionState::confirmed);
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->desk.add(command);
  options->style.add(command);
  add_transaction(command, options->id)->required();
  command.add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  return [options] { return run(*options); };
}

const RegisterVerb registered({"confirm", "Keep a transaction that waits for it", add});

}  // namespace
}  // namespace harden::ctl
