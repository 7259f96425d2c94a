// SPDX-License-Identifier: Apache-2.0
//
// What is said about an expression that is none, and where.
#include <doctest/doctest.h>

#include "tests/support/cel.h"

using namespace harden;
using test::mistakes;

namespace {

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("one mistake, one diagnostic, at the place") {
  struct Row {
    std::string expression;
    std::string diagnostic;
  };
  const Row rows[] = {
      {"", "1:1: expected a value, but the expression ends"},
      {"1 +", "1:4: expected a value, but the expression ends"},
      {"1 + + 2", "1:5: expected a value, but found '+'"},
      {"a b", "1:3: expected an operator or the end, but found 'b'"},
      {"1 1", "1:3: expected an operator or the end, but found a number"},
      {"1 'x'", "1:3: expected an operator or the end, but found a string"},
      {"(1", "1:1: '(' is never closed"},
      {"(1 + 2", "1:1: '(' is never closed"},
      {"[1, 2", "1:1: '[' is never closed"},
      {"{'a': 1", "1:1: '{' is never closed"},
      {"size('a'", "1:5: '(' is never closed"},
      {"1)", "1:2: expected an operator or the end, but found ')'"},
      {"[1}", "1:3: expected ',' or ']', but found '}'"},
      {"{1, 2: 3}", "1:3: expected ':', but found ','"},
      {"[1][", "1:5: expected a value, but the expression ends"},
      {"[1][0", "1:6: expected ']', but the expression ends"},
      {"true ? 1", "1:9: expected ':', but the expression ends"},
      {"true ? : 2", "1:8: expected a value, but found ':'"},
      {"'a'.", "1:5: expected the name of a field, but the expression ends"},
      {"'a'.1", "1:4: expected an operator or the end, but found a double"},
      {"{}.in", "1:4: expected the name of a field, but found 'in'"},
      {"size('a',)", "1:10: expected an argument, but found ')'"},
      {"1 = 1", "1:3: unexpected character '=' (equality is written '==')"},
      {"true & true", "1:6: unexpected character '&' (the logical operator is written '&&')"},
      {"true | true", "1:6: unexpected character '|' (the logical operator is written '||')"},
      {"1;", "1:2: unexpected character ';' (an expression ends without a sign)"},
      {"1 # 2", "1:3: unexpected character '#'"},
      {"\x01", "1:1: unexpected character '\\x01'"},
      {"é", "1:1: unexpected character 'é'"},
      {"'abc", "1:1: a string without its closing ' (a string over several lines has three quotes at each end)"},
      {"'''abc", "1:1: a string without its closing '''"},
      {R"('a\qb')",
       R"(1:3: '\q' is not an escape sequence (a backslash is written '\\', or the string begins with r))"},
      {R"(b'\u0041')",
       R"(1:3: '\u' is not an escape sequence of bytes (a backslash is written '\\', or the string begins with r))"},
      {"`a", "1:1: a field name within backquotes holds letters, digits, '_', '.', '-', '/' and spaces"},
      {"99999999999999999999", "1:1: the number does not fit 64 bits"},
      {"9223372036854775808", "1:1: the number does not fit an int (an unsigned number ends in 'u')"},
      {"-9223372036854775809", "1:1: the number does not fit an int"},
      {"0x", "1:1: a hexadecimal number without digits"},
      {"1e999", "1:1: the number 1e999 does not fit a double"},
      {"while", "1:1: 'while' is a reserved word"},
      {"has(1)", "1:1: 'has' wants one field selection, as in has(a.b)"},
      {"Thing{a: 1}", "1:6: messages cannot be built here (a map is written {\"key\": value})"},
      {"a.b.Thing{}", "1:10: messages cannot be built here (a map is written {\"key\": value})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.expression);
    const Lines found = mistakes(row.expression);
    REQUIRE(found.size() == 1);
    CHECK(found[0] == row.diagnostic);
  }
}

TEST_CASE("several mistakes are all told, in the order of their places") {
  CHECK(mistakes("[1 +, 2, * 3]") ==
        Lines{"1:5: expected a value, but found ','", "1:10: expected a value, but found '*'"});
  CHECK(mistakes("size(1 +) + size(-)") ==
        Lines{"1:9: expected a value, but found ')'", "1:19: expected a value, but found ')'"});
  CHECK(mistakes("'\\q' + 1 # '\\w'").size() == 3);
  CHECK(mistakes("{'a': , 'b' 2, 'c': 3}") ==
        Lines{"1:7: expected a value, but found ','", "1:13: expected ':', but found a number"});
}

TEST_CASE("no more than twenty are told") {
  CHECK(mistakes(std::string(500, '#')).size() == 20);
  std::string many = "[";
  for (int i = 0; i < 100; ++i) many += "*,";
  CHECK(mistakes(many + "]").size() == 20);
}

TEST_CASE("lines and columns count from 1, columns in bytes") {
  CHECK(mistakes("1 +\n  2 +\n  ") == Lines{"3:3: expected a value, but the expression ends"});
  CHECK(mistakes("'é' + ") == Lines{"1:8: expected a value, but the expression ends"});
  CHECK(mistakes("// one\n\n  #") == Lines{"3:3: unexpected character '#'"});
}

TEST_CASE("an expression in the middle of a file: only its first line is moved to the right") {
  const cel::Origin origin{"policy.toml", {17, 9}};
  CHECK(mistakes("1 +", {}, origin) == Lines{"17:12: expected a value, but the expression ends"});
  CHECK(mistakes("1\n+\n #", {}, origin) == Lines{"19:2: unexpected character '#'"});
  const auto program = cel::Program::parse("1 +", origin);
  REQUIRE_FALSE(program);
  CHECK(program.error().front().file == "policy.toml");
  CHECK(render(program.error().front()) == "policy.toml:17:12: expected a value, but the expression ends\n");
}

TEST_CASE("parse and compile refuse the same texts") {
  for (const char* expression : {"1 +", "'", "[", "f(", "a.", "has(1)", "[1].all(1, 2)"}) {
    CAPTURE(expression);
    CHECK_FALSE(cel::Program::parse(expression));
    CHECK_FALSE(cel::Program::compile(expression, {}));
  }
}
