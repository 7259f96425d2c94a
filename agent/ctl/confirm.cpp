// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>

#include "agent/answer/transactions.h"
#include "agent/ctl/backend.h"
#include "agent/ctl/desk.h"
#include "agent/ctl/verb.h"

namespace harden::ctl {
namespace {

struct Options {
  DeskOption desk;
  StyleOption style;
  DaemonOption daemon;
  std::int64_t id = 0;
  std::string format = "text";
};

ExitStatus run(const Options& options) {
  Question question{"POST", "/v1/transactions/" + std::to_string(options.id) + "/confirm", {}, "", true};
  const bool own = is_own(options.desk.host, options.desk.state, options.desk.clock);
  const auto asked = options.daemon.answer(std::move(question).shown(options.format, options.style), own);
  if (asked) return *asked;
  if (!may_change(options.desk, "confirm")) return ExitStatus::not_permitted;
  const auto desk = Desk::open_of_applied(options.desk, "hardenctl confirm");
  if (!desk) return give_up(desk.error());
  const auto outcome = confirm(options.id, desk->bench(), desk->now());
  if (!outcome) return give_up(outcome.error());
  return print(answer::outcome_answer(*outcome, TransactionState::confirmed, {options.format, options.style.style()}));
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->desk.add(command);
  options->style.add(command);
  options->daemon.add(command);
  add_transaction(command, options->id)->required();
  command.add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  return [options] { return run(*options); };
}

const RegisterVerb registered({"confirm", "Keep a transaction that waits for it", add});

}  // namespace
}  // namespace harden::ctl
