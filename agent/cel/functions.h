// SPDX-License-Identifier: Apache-2.0
//
// The functions that expressions may call. Each is a row of a table; the
// checker and the evaluator read the same rows, so they cannot disagree.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/cel/ast.h"
#include "agent/cel/budget.h"
#include "harden/type.h"
#include "harden/value.h"

namespace harden::cel {

// The kinds of arguments and results, one letter each: b(ool) i(nt) u(int)
// d(ouble) s(tring) y (bytes) l(ist) L (list of strings) m(ap) t(ype), '*' any.
struct Function {
  std::string_view name;  // "size", "strings.quote"
  bool method;            // called as a.name(…); `a` is the first parameter
  std::string_view parameters;
  char result;
  // Arguments are of the kinds of `parameters`, none an error or unknown.
  Value (*run)(Budget& budget, std::span<const Value> arguments);
};

std::span<const Function> standard_functions();
std::span<const Function> string_functions();
std::span<const Function> version_functions();

// The overloads of one name, next to each other in their table; may be empty.
std::span<const Function> find_functions(std::string_view name, bool method);
std::vector<std::string> function_names(bool method);

bool accepts(char parameter, const Value& value);
Type type_of(char letter);

// "%s and %.2f".format([…]) of the strings extension.
Value format(Budget& budget, const std::string& pattern, const List& arguments);

// Whether `text` matches. The regular expression is compiled anew.
Value matches(Budget& budget, const std::string& text, const std::string& pattern);
Value matches(Budget& budget, const std::string& text, const RE2& pattern);
std::shared_ptr<const RE2> compile_pattern(const std::string& pattern);

inline Value failure(std::string message) { return EvalError{std::move(message)}; }

}  // namespace harden::cel
