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
  std::string format = "text";
};

ExitStatus run(const Options& options) {
  const Question question = Question{"GET", "/v1/drift", {}, "", false}.shown(options.format, options.style);
  const bool own = is_own(options.desk.host, options.desk.state, options.desk.clock);
  if (const auto asked = options.daemon.answer(question, own)) return *asked;
  const auto host = options.desk.host.open();
  if (!host) return give_up(host.error());
  settle_what_is_due(**host, options.desk, "hardenctl drift");
  const auto path = options.desk.state.path(**host, options.desk.host);
  if (!path) return give_up(path.error());
  DriftView view{{}, false, (*host)->name()};
  std::vector<std::string> warnings;
  const auto store = open_store_for_reading(*path);
  if (!store && store.error().code != Errc::absent) return give_up(store.error());
  if (store) {
    auto drifts = find_drift(**host, **store);
    if (!drifts) return give_up(drifts.error());
    view.drifts = std::move(*drifts);
    const auto standing = (*store)->standing();
    view.anything_stands = standing && !standing->empty();
    warnings = unsettled(**store);
  }
  auto answer = answer::drift_answer(view, {options.format, options.style.style()});
  if (answer) answer->warnings = std::move(warnings);
  return print(answer);
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->desk.add(command);
  options->style.add(command);
  options->daemon.add(command);
  command.add_option("--format", options->format, "How to show it")->check(CLI::IsMember(names_of(drift_formats())));
  return [options] { return run(*options); };
}

const RegisterVerb registered({"drift", "Show what was applied and no longer holds", add});

}  // namespace
}  // namespace harden::ctl
