// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>

#include "agent/answer/facts.h"
#include "agent/ctl/backend.h"
#include "agent/ctl/verb.h"
#include "agent/report/terminal.h"

namespace harden::ctl {
namespace {

struct Options {
  HostOption host;
  StyleOption style;
  DaemonOption daemon;
  std::vector<std::string> names;
  std::string format = "text";
  bool describe = false;
};

std::string descriptions(const Style& style) {
  std::string out;
  for (const FactDecl& fact : fact_declarations()) {
    out += painted(fact.name, Paint::bold, style) + " : " + to_text(fact.type);
    if (!fact.unit.empty()) out += " [" + fact.unit + "]";
    out += "\n" + paragraph(4, "", fact.doc, style);
  }
  return out;
}

std::optional<ExitStatus> by_daemon(const Options& options) {
  std::string names;
  for (const std::string& name : options.names) names += (names.empty() ? "" : ",") + name;
  // It has what its policies look at. All that there is can only be read here.
  if (names.empty() && !options.daemon.demanded()) return std::nullopt;
  const Question question =
      Question{"GET", "/v1/facts", {{"name", names}}, "", false}.shown(options.format, options.style);
  return options.daemon.answer(question, !options.host.root.empty());
}

ExitStatus run(const Options& options) {
  if (options.describe) return print(descriptions(options.style.style()));
  const auto wanted = answer::facts_named(options.names);
  if (!wanted) return give_up(wanted.error());
  if (const auto asked = by_daemon(options)) return *asked;
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  const Facts facts = collect(*host, *wanted);
  return print(
      answer::facts_answer(facts, (*host)->name(), !options.names.empty(), {options.format, options.style.style()}));
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->host.add(command);
  options->style.add(command);
  options->daemon.add(command);
  command.add_option("NAME", options->names, "Facts, or the beginnings of their names; all where none is given");
  command.add_option("--format", options->format, "How to show them")->check(CLI::IsMember(names_of(facts_formats())));
  command.add_flag("--describe", options->describe, "Say which facts there are, and read nothing");
  return [options] { return run(*options); };
}

const RegisterVerb registered({"facts", "Show what can be read of this host, and where it came from", add});

}  // namespace
}  // namespace harden::ctl
