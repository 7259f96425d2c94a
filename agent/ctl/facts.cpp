// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>

#include "agent/ctl/common.h"
#include "agent/ctl/verb.h"
#include "agent/report/terminal.h"

namespace harden::ctl {
namespace {

struct Options {
  HostOption host;
  StyleOption style;
  std::vector<std::string> names;
  std::string format = "text";
  bool describe = false;
};

// "kernel.release", every fact below "kernel", or one entry of a map fact
// written as an expression: sysctl["kernel.panic"]. False: there is no such.
bool want(const std::string& name, Wanted& wanted) {
  bool found = false;
  for (const FactDecl& fact : fact_declarations()) {
    if (fact.name != name && !fact.name.starts_with(name + ".")) continue;
    wanted.add(fact.name);
    found = true;
  }
  if (found) return true;
  const auto program = cel::Program::compile(name, policy_variables());
  if (!program || program->references().size() != 1) return false;
  const cel::Reference& reference = program->references().front();
  if (!reference.key) return false;
  wanted.add(reference.fact, *reference.key);
  return true;
}

ExitStatus no_such_fact(const std::string& name) {
  std::vector<std::string> known;
  for (const FactDecl& fact : fact_declarations()) known.push_back(fact.name);
  const std::string near = nearest(name, known);
  complain("there is no fact '" + name + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?") +
           " (hardenctl facts --describe lists them)");
  return ExitStatus::usage;
}

std::string descriptions(const Style& style) {
  std::string out;
  for (const FactDecl& fact : fact_declarations()) {
    out += painted(fact.name, Paint::bold, style) + " : " + to_text(fact.type);
    if (!fact.unit.empty()) out += " [" + fact.unit + "]";
    out += "\n" + paragraph(4, "", fact.doc, style);
  }
  return out;
}

ExitStatus run(const Options& options) {
  if (options.describe) return print(descriptions(options.style.style()));
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  Wanted wanted = options.names.empty() ? Wanted::everything() : Wanted();
  for (const std::string& name : options.names) {
    if (!want(name, wanted)) return no_such_fact(name);
  }
  const Facts facts = collect(*host, wanted);
  const auto format = std::ranges::find(facts_formats(), options.format, &FactsFormat::name);
  return print(format->render({facts, (*host)->name(), !options.names.empty()}, options.style.style()));
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->host.add(command);
  options->style.add(command);
  command.add_option("NAME", options->names, "Facts, or the beginnings of their names; all where none is given");
  command.add_option("--format", options->format, "How to show them")->check(CLI::IsMember(names_of(facts_formats())));
  command.add_flag("--describe", options->describe, "Say which facts there are, and read nothing");
  return [options] { return run(*options); };
}

const RegisterVerb registered({"facts", "Show what can be read of this host, and where it came from", add});

}  // namespace
}  // namespace harden::ctl
