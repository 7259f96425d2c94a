// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/cel.h"

using namespace harden;
using test::check;
using test::record;
using test::run;
using test::shown;

TEST_CASE("integers overflow into an error, never silently") {
  check({
      {"9223372036854775807 + 1", "error"},
      {"-9223372036854775808 - 1", "error"},
      {"9223372036854775807 * 2", "error"},
      {"-9223372036854775808 * -1", "error"},
      {"-9223372036854775808 / -1", "error"},
      {"-9223372036854775808 % -1", "error"},
      {"-(-9223372036854775808)", "error"},
      {"9223372036854775806 + 1", "9223372036854775807"},
      {"18446744073709551615u + 1u", "error"},
      {"0u - 1u", "error"},
      {"18446744073709551615u * 2u", "error"},
      {"1u - 1u", "0u"},
  });
}

TEST_CASE("division and remainder follow the sign of the dividend") {
  check({
      {"7 / 2", "3"},
      {"-7 / 2", "-3"},
      {"7 % 3", "1"},
      {"-7 % 3", "-1"},
      {"7 % -3", "1"},
      {"7u / 2u", "3u"},
      {"7u % 4u", "3u"},
      {"1 / 0", "error"},
      {"1 % 0", "error"},
      {"1u / 0u", "error"},
      {"1u % 0u", "error"},
      {"1.0 / 0.0", "inf"},
      {"-1.0 / 0.0", "-inf"},
      {"1.0 % 2.0", "error"},
  });
}

TEST_CASE("arithmetic takes two of one kind") {
  check({
      {"1 + 1u", "error"},
      {"1 + 1.0", "error"},
      {"1u * 2.0", "error"},
      {"'a' + 1", "error"},
      {"'a' - 'a'", "error"},
      {"null + null", "error"},
      {"true + true", "error"},
      {"{} + {}", "error"},
      {"'a' + 'b'", "\"ab\""},
      {"b'a' + b'\\xff'", "b\"a\\xff\""},
      {"[1] + ['x']", "[1, \"x\"]"},
      {"[1] - [1]", "error"},
      {"-1u", "error"},
      {"-'a'", "error"},
      {"!1", "error"},
      {"!!true", "true"},
      {"--1", "1"},
      {"-(1.5)", "-1.5"},
  });
}

TEST_CASE("operators bind as the table of langdef.md says") {
  check({
      {"1 + 2 * 3", "7"},
      {"(1 + 2) * 3", "9"},
      {"10 - 4 - 3", "3"},
      {"24 / 4 / 2", "3"},
      {"-2 * 3", "-6"},
      {"1 + 1 == 2 && 2 < 3", "true"},
      {"true || false && false", "true"},
      {"!false && true", "true"},
      {"false ? 1 : true ? 2 : 3", "2"},
      {"true ? (false ? 1 : 2) : 3", "2"},
      {"true ? false ? 1 : 2 : 3", "error"},
      {"1 in [1] == true", "true"},
      {"1 < 2 == true", "true"},
      {"[1, 2][1] + 1", "3"},
      {"{'a': [5]}.a[0]", "5"},
      {"-[1, 2][1]", "-2"},
      {"3 -2", "1"},
      {"3 - -2", "5"},
  });
}

TEST_CASE("numbers compare across kinds, other kinds do not") {
  check({
      {"1 == 1.0", "true"},
      {"1 == 1u", "true"},
      {"-1 < 1u", "true"},
      {"18446744073709551615u > 9223372036854775807", "true"},
      {"1 < 1.5", "true"},
      {"2u >= 1.5", "true"},
      {"9007199254740993 == 9007199254740993.0", "true"},
      {"'a' < 'b'", "true"},
      {"'Z' < 'a'", "true"},
      {"b'a' < b'b'", "true"},
      {"false < true", "true"},
      {"'a' < 1", "error"},
      {"null < null", "error"},
      {"[1] < [2]", "error"},
      {"{} <= {}", "error"},
      {"int < uint", "error"},
      {"'1' == 1", "false"},
      {"'1' != 1", "true"},
      {"null == false", "false"},
      {"[] == {}", "false"},
      {"int == type(1)", "true"},
  });
}

TEST_CASE("NaN equals nothing and has no order") {
  const std::string nan = "double('NaN')";
  for (const char* op : {" == ", " < ", " <= ", " > ", " >= "}) {
    CAPTURE(op);
    CHECK(shown(nan + op + nan) == "false");
    CHECK(shown(nan + op + "1") == "false");
  }
  CHECK(shown(nan + " != " + nan) == "true");
  CHECK(shown("[" + nan + "] == [" + nan + "]") == "false");
}

TEST_CASE("lists and maps are equal by their content") {
  check({
      {"[1, [2, 3]] == [1.0, [2u, 3]]", "true"},
      {"[1, 2] == [1]", "false"},
      {"{'a': [1]} == {'a': [1.0]}", "true"},
      {"{1: 'x'} == {1u: 'x'}", "true"},
      {"{'a': 1} == {'b': 1}", "false"},
      {"{'a': 1} == {'a': 1, 'b': 2}", "false"},
      {"{'a': 1} != {'a': 2}", "true"},
  });
}

TEST_CASE("in finds elements of lists and keys of maps") {
  check({
      {"2 in [1, 2]", "true"},
      {"2.0 in [1, 2]", "true"},
      {"'2' in [1, 2]", "false"},
      {"[1] in [[1], [2]]", "true"},
      {"'a' in {'a': 1}", "true"},
      {"1 in {'a': 1}", "false"},
      {"1.0 in {1u: 1}", "true"},
      {"[1] in {}", "false"},
      {"'a' in 'abc'", "error"},
      {"1 in 1", "error"},
  });
}

TEST_CASE("indexing") {
  check({
      {"[7, 8][0]", "7"},
      {"[7, 8][1u]", "8"},
      {"[7, 8][1.0]", "8"},
      {"[7, 8][0.5]", "error"},
      {"[7, 8][2]", "error"},
      {"[7, 8][-1]", "error"},
      {"[7, 8][18446744073709551615u]", "error"},
      {"[7, 8][1e300]", "error"},
      {"[7, 8]['0']", "error"},
      {"[7, 8][null]", "error"},
      {"{'a': 1}['a']", "1"},
      {"{'a': 1}['b']", "error"},
      {"{1: 'x'}[1u]", "\"x\""},
      {"{1: 'x'}[1.0]", "\"x\""},
      {"{true: 'x'}[true]", "\"x\""},
      {"{1: 'x'}[null]", "error"},
      {"'abc'[0]", "error"},
      {"1[0]", "error"},
  });
}

TEST_CASE("a dotted name is the longest variable there is, then fields of it") {
  const test::Bound bound{{"a", record({{"b", record({{"c", "fields"}})}})},
                          {"net.ipv6", record({{"enabled", true}})},
                          {"x.y", record({{"z", "field"}})},
                          {"x.y.z", "variable"}};
  check({{"a.b.c", "\"fields\""},
         {"net.ipv6.enabled", "true"},
         {"net.ipv6['enabled']", "true"},
         {"net.ipv6.absent", "error"},
         {"net.ipv6.enabled.more", "error"},
         {"net", "error"},
         {"x.y.z", "\"variable\""},
         {"(x.y).z", "\"field\""},
         {".x.y.z", "\"variable\""},
         {"has(x.y.z)", "true"},
         {"has(a.b.c)", "true"},
         {"has(a.b.d)", "false"},
         {"has(a.x.d)", "error"},
         {"has(q.b)", "error"},
         {"has(net.ipv6.enabled.more)", "error"},
         {"[1].map(a, a)", "[1]"},
         {"[{'b': 2}].map(a, a.b)", "[2]"},
         {"[{'b': {'c': 3}}].map(a, .a.b.c)", "[\"fields\"]"}},
        bound);
}

TEST_CASE("names of types are values unless a variable has the name") {
  check({{"int", "int"}, {"type(int)", "type"}, {"type(null) == null_type", "true"}, {"list == type([])", "true"}});
  CHECK(shown("int", {{"int", 5}}) == "5");
  CHECK(shown("string.x") == "error");
}

TEST_CASE("messages of errors name what went wrong") {
  const auto message = [](std::string_view expression) { return run(expression).error(); };
  CHECK(message("1 / 0") == "division by zero");
  CHECK(message("1 % 0") == "modulus by zero");
  CHECK(message("{'a': 1}['b']") == "no such key: \"b\"");
  CHECK(message("{'a': 1}.b") == "no such key: 'b'");
  CHECK(message("[1][4]") == "index out of range: 4");
  CHECK(message("1 + 'a'") == "no such overload: + of (int, string)");
  CHECK(message("size(1)") == "no such overload: size of (int)");
  CHECK(message("nobody") == "'nobody' has no value");
  CHECK(message("nobody(1)") == "'nobody' is not a function");
  CHECK(message("1 ? 2 : 3") == "no such overload: ?: of (int)");
  CHECK(message("{}['" + std::string(500, 'x') + "']").size() < 120);
}
