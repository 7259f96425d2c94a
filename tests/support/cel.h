// SPDX-License-Identifier: Apache-2.0
//
// Short ways to run an expression in a test.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harden/cel.h"

namespace harden::test {

using Bound = std::map<std::string, Value, std::less<>>;

cel::Bindings bindings(const Bound& bound);  // `bound` must outlive them

// The value of an expression that is only parsed; a mistake in it is an error
// value "file:line:column: message".
Value run(std::string_view expression, const Bound& bound = {}, const cel::Limits& limits = {});

// to_text() of it: "3u", "[1, 2]"; "error" alone for any error.
std::string shown(std::string_view expression, const Bound& bound = {});

// What compile() finds, each as "line:column: message (hint)".
std::vector<std::string> mistakes(std::string_view expression, const std::vector<cel::Variable>& variables = {},
                                  const cel::Origin& origin = {});

// A map, also where one of a single entry would be ambiguous.
inline Value record(std::vector<Map::Entry> entries) { return Map(std::move(entries)); }

// A fact that could not be read.
Value denied(const std::string& fact);

// A row of a table: an expression and the text of what it comes to.
struct Case {
  std::string_view expression;
  std::string_view wanted;
};

// CHECKs that each is shown as it is wanted.
void check(std::initializer_list<Case> cases, const Bound& bound = {});

}  // namespace harden::test
