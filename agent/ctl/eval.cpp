// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <cstdio>

#include "agent/ctl/common.h"
#include "agent/ctl/verb.h"
#include "agent/report/json.h"
#include "agent/report/terminal.h"

namespace harden::ctl {
namespace {

struct Options {
  HostOption host;
  StyleOption style;
  std::string expression;
  bool trace = false;
};

std::string step_line(const cel::Step& step, const cel::Program& program, const Facts& facts, const Style& style) {
  std::string out(static_cast<std::size_t>(step.depth) * 2, ' ');
  out += plain(step.text) + painted(" = ", Paint::dim, style) + plain(to_text(step.value));
  for (const cel::Reference& reference : program.references()) {
    if (cel::to_text(reference) != step.text) continue;
    out += painted("   <- " + plain(facts.source(reference.fact, reference.key.value_or(""))), Paint::dim, style);
  }
  return out + "\n";
}

ExitStatus show(const Value& value) {
  if (value.is(Value::Kind::error)) {
    complain(value.error());
    return ExitStatus::failed;
  }
  const bool unknown = value.is(Value::Kind::unknown);
  return print(pretty(to_json(value)), unknown ? ExitStatus::undecided : ExitStatus::clean);
}

ExitStatus run(const Options& options) {
  const auto program = cel::Program::compile(options.expression, policy_variables());
  if (!program) {
    for (const Diagnostic& diagnostic : program.error()) {
      std::fputs(render(diagnostic, options.expression).c_str(), stderr);
    }
    return ExitStatus::bad_data;
  }
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  Wanted wanted;
  for (const cel::Reference& reference : program->references()) {
    if (reference.key) {
      wanted.add(reference.fact, *reference.key);
    } else {
      wanted.add(reference.fact);
    }
  }
  const Facts facts = collect(*host, wanted);
  if (!options.trace) return show(program->evaluate(cel::bind(facts)));
  std::string out;
  for (const cel::Step& step : program->trace(cel::bind(facts))) {
    out += step_line(step, *program, facts, options.style.style());
  }
  print(out);
  return show(program->evaluate(cel::bind(facts)));
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->host.add(command);
  options->style.add(command);
  command.add_option("EXPR", options->expression, "A CEL expression over facts")->required();
  command.add_flag("--trace", options->trace, "Print every subexpression's value and where it came from");
  return [options] { return run(*options); };
}

const RegisterVerb registered({"eval", "Evaluate a CEL expression over this host's facts", add});

}  // namespace
}  // namespace harden::ctl
