// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/functions.h"

#include <algorithm>
#include <array>

namespace harden::cel {
namespace {

std::array<std::span<const Function>, 3> tables() {
  return {standard_functions(), string_functions(), version_functions()};
}

}  // namespace

std::span<const Function> find_functions(std::string_view name, bool method) {
  const auto wanted = [&](const Function& row) { return row.method == method && row.name == name; };
  for (const std::span<const Function> table : tables()) {
    const auto first = std::ranges::find_if(table, wanted);
    if (first == table.end()) continue;
    return {first, std::find_if_not(first, table.end(), wanted)};
  }
  return {};
}

std::vector<std::string> function_names(bool method) {
  std::vector<std::string> names;
  for (const std::span<const Function> table : tables()) {
    for (const Function& row : table) {
      if (row.method == method && (names.empty() || names.back() != row.name)) names.emplace_back(row.name);
    }
  }
  return names;
}

bool accepts(char parameter, const Value& value) {
  switch (parameter) {
    case 'b': return value.is(Value::Kind::boolean);
    case 'i': return value.is(Value::Kind::integer);
    case 'u': return value.is(Value::Kind::uinteger);
    case 'd': return value.is(Value::Kind::real);
    case 's': return value.is(Value::Kind::string);
    case 'y': return value.is(Value::Kind::bytes);
    case 'l':
    case 'L': return value.is(Value::Kind::list);
    case 'm': return value.is(Value::Kind::map);
    case 't': return value.is(Value::Kind::type);
    default: return true;
  }
}

Type type_of(char letter) {
  switch (letter) {
    case 'b': return Type::Kind::boolean;
    case 'i': return Type::Kind::integer;
    case 'u': return Type::Kind::uinteger;
    case 'd': return Type::Kind::real;
    case 's': return Type::Kind::string;
    case 'y': return Type::Kind::bytes;
    case 'l': return Type::list_of({});
    case 'L': return Type::list_of(Type::Kind::string);
    case 'm': return Type::map_of({}, {});
    case 't': return Type::Kind::type;
    default: return {};
  }
}

std::shared_ptr<const RE2> compile_pattern(const std::string& pattern) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(1 << 20);
  return std::make_shared<const RE2>(pattern, options);
}

Value matches(Budget& budget, const std::string& text, const RE2& pattern) {
  if (!pattern.ok()) return failure("not a regular expression: " + pattern.error());
  if (!budget.spend(text.size() / 4)) return budget.error();
  return RE2::PartialMatch(text, pattern);
}

Value matches(Budget& budget, const std::string& text, const std::string& pattern) {
  constexpr std::size_t kCompilation = 5000;  // steps; a pattern made up at run time is dear
  constexpr std::size_t kLongest = 16 << 10;
  if (!budget.spend(kCompilation)) return budget.error();
  if (pattern.size() > kLongest) return failure("the regular expression is too long");
  return matches(budget, text, *compile_pattern(pattern));
}

}  // namespace harden::cel
