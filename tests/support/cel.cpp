// SPDX-License-Identifier: Apache-2.0
#include "tests/support/cel.h"

#include <doctest/doctest.h>

namespace harden::test {
namespace {

std::string place(const Diagnostic& diagnostic) {
  return std::to_string(diagnostic.at.line) + ":" + std::to_string(diagnostic.at.column) + ": ";
}

}  // namespace

cel::Bindings bindings(const Bound& bound) {
  return [&bound](std::string_view name) {
    const auto found = bound.find(name);
    return found == bound.end() ? nullptr : &found->second;
  };
}

Value run(std::string_view expression, const Bound& bound, const cel::Limits& limits) {
  const auto program = cel::Program::parse(expression, {}, limits);
  if (!program) return EvalError{place(program.error().front()) + program.error().front().message};
  return program->evaluate(bindings(bound));
}

std::string shown(std::string_view expression, const Bound& bound) {
  const Value value = run(expression, bound);
  return value.is(Value::Kind::error) ? "error" : to_text(value);
}

std::vector<std::string> mistakes(std::string_view expression, const std::vector<cel::Variable>& variables,
                                  const cel::Origin& origin) {
  const auto program = cel::Program::compile(expression, variables, origin);
  std::vector<std::string> found;
  if (program) return found;
  for (const Diagnostic& diagnostic : program.error()) {
    const std::string hint = diagnostic.hint.empty() ? "" : " (" + diagnostic.hint + ")";
    found.push_back(place(diagnostic) + diagnostic.message + hint);
  }
  return found;
}

Value denied(const std::string& fact) { return Value::unknown(fact, {Errc::denied, "permission denied", "/proc"}); }

void check(std::initializer_list<Case> cases, const Bound& bound) {
  for (const Case& row : cases) {
    CAPTURE(row.expression);
    CHECK(shown(row.expression, bound) == row.wanted);
  }
}

}  // namespace harden::test
