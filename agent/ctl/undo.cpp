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
  bool last = false;
  bool force = false;
  std::string format = "text";
};

// The newest transaction that can still be taken back.
Result<std::int64_t> last_of(const Store& store) {
  const auto standing = store.standing();
  if (!standing) return std::unexpected(standing.error());
  if (standing->empty()) return fail(Errc::absent, "there is nothing to undo");
  return standing->back().id;
}

ExitStatus in_process(const Options& options) {
  if (!may_change(options.desk, "undo")) return ExitStatus::not_permitted;
  const auto desk = Desk::open_of_applied(options.desk, "hardenctl undo");
  if (!desk) return give_up(desk.error());
  const auto id = options.last ? last_of(desk->store()) : Result<std::int64_t>(options.id);
  if (!id) return give_up(id.error());
  const auto outcome = undo(*id, desk->bench(), desk->now(), options.force);
  if (!outcome) return give_up(outcome.error());
  return print(answer::outcome_answer(*outcome, TransactionState::undone, {options.format, options.style.style()}));
}

ExitStatus run(const Options& options) {
  const std::string which = options.last ? "last" : std::to_string(options.id);
  Question question{
      "POST", "/v1/transactions/" + which + "/undo", {}, options.force ? R"({"force": true})" : "{}", true};
  const bool own = is_own(options.desk.host, options.desk.state, options.desk.clock);
  const auto asked = options.daemon.answer(std::move(question).shown(options.format, options.style), own);
  return asked ? *asked : in_process(options);
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->desk.add(command);
  options->style.add(command);
  options->daemon.add(command);
  auto* which = command.add_option_group("which");
  add_transaction(*which, options->id);
  which->add_flag("--last", options->last, "The newest that stands");
  which->require_option(1);
  command.add_flag("--force", options->force, "Overwrite what somebody else has written since");
  command.add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  return [options] { return run(*options); };
}

const RegisterVerb registered({"undo", "Take a transaction back", add});

}  // namespace
}  // namespace harden::ctl
