// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/cel.h"

using namespace harden;
using test::check;

TEST_CASE("has asks for a field without reading it") {
  check({
      {"has({'a': 1}.a)", "true"},
      {"has({'a': null}.a)", "true"},
      {"has({'a': 1}.b)", "false"},
      {"has({'a': {'b': 1}}.a.b)", "true"},
      {"has({'a': {}}.a.b)", "false"},
      {"has({}.a.b)", "error"},
      {"has(1.a)", "error"},
      {"has([].a)", "error"},
      {"has(1)", "error"},
      {"has({}['a'])", "error"},
      {"has()", "error"},
      {"has({}.a, {}.b)", "error"},
  });
}

TEST_CASE("all and exists") {
  check({
      {"[].all(x, false)", "true"},
      {"[].exists(x, true)", "false"},
      {"[1, 2].all(x, x > 0)", "true"},
      {"[1, 2].all(x, x > 1)", "false"},
      {"[1, 2].exists(x, x == 2)", "true"},
      {"[1, 2].exists(x, x == 3)", "false"},
      {"{'a': 1, 'b': 2}.all(k, k < 'c')", "true"},
      {"{'a': 1}.exists(k, k == 'a')", "true"},
      {"'abc'.all(c, true)", "error"},
      {"1.exists(c, true)", "error"},
      {"[1].all(x, x)", "error"},
      {"[1].exists(x, 'yes')", "error"},
  });
}

TEST_CASE("all and exists absorb errors where another element decides") {
  check({
      {"[0, 1].all(x, 1 / x == 2)", "false"},
      {"[1, 0].all(x, 1 / x == 2)", "false"},
      {"[0, 1].all(x, 1 / x == 1)", "error"},
      {"[0, 1].exists(x, 1 / x == 1)", "true"},
      {"[1, 0].exists(x, 1 / x == 1)", "true"},
      {"[0, 1].exists(x, 1 / x == 2)", "error"},
      {"['a', 1].exists(x, x == 1 || x)", "true"},
  });
}

TEST_CASE("exists_one counts, and is strict") {
  check({
      {"[].exists_one(x, true)", "false"},
      {"[1, 2, 3].exists_one(x, x == 2)", "true"},
      {"[2, 2].exists_one(x, x == 2)", "false"},
      {"[1, 2].existsOne(x, x == 2)", "true"},
      {"{'a': 1, 'b': 2}.exists_one(k, k == 'a')", "true"},
      {"[0, 1].exists_one(x, 1 / x == 1)", "error"},
      {"[1].exists_one(x, x)", "error"},
  });
}

TEST_CASE("map and filter make lists") {
  check({
      {"[1, 2].map(x, x * 2)", "[2, 4]"},
      {"[1, 2, 3].map(x, x > 1, x * 2)", "[4, 6]"},
      {"{'a': 1, 'b': 2}.map(k, k)", "[\"a\", \"b\"]"},
      {"[1, 2, 3].filter(x, x % 2 == 1)", "[1, 3]"},
      {"{'a': 1, 'b': 2}.filter(k, k == 'b')", "[\"b\"]"},
      {"[1, 0].map(x, 1 / x)", "error"},
      {"[1, 0].filter(x, 1 / x == 1)", "error"},
      {"[1].filter(x, 1)", "error"},
      {"[1].map(x, 1, x)", "error"},
      {"1.map(x, x)", "error"},
  });
}

TEST_CASE("the macros of two variables: index or key, and value") {
  check({
      {"[5, 6].all(i, v, v == i + 5)", "true"},
      {"[5, 6].exists(i, v, i == 1 && v == 6)", "true"},
      {"[5, 6].exists_one(i, v, v > 5)", "true"},
      {"[5, 6].existsOne(i, v, v > 4)", "false"},
      {"{'a': 1}.all(k, v, k == 'a' && v == 1)", "true"},
      {"{'a': 0, 'b': 1}.exists(k, v, 1 / v == 1)", "true"},
      {"[5, 6].transformList(i, v, i * 10 + v)", "[5, 16]"},
      {"[5, 6].transformList(i, v, i > 0, v)", "[6]"},
      {"{'a': 1, 'b': 2}.transformList(k, v, k + string(v))", "[\"a1\", \"b2\"]"},
      {"{'a': 1, 'b': 2}.transformMap(k, v, v + 1)", "{\"a\": 2, \"b\": 3}"},
      {"{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v + 1)", "{\"b\": 3}"},
      {"['x', 'y'].transformMap(i, v, v + v)", "{0: \"xx\", 1: \"yy\"}"},
      {"{'a': 'x'}.transformMapEntry(k, v, {v: k})", "{\"x\": \"a\"}"},
      {"['x', 'y'].transformMapEntry(i, v, i > 0, {v: i})", "{\"y\": 1}"},
      {"['x', 'x'].transformMapEntry(i, v, {v: i})", "error"},
      {"['x'].transformMapEntry(i, v, v)", "error"},
      {"[0].transformMap(i, v, 1 / v)", "error"},
      {"[1].transformList(i, v, 1, v)", "error"},
  });
}

TEST_CASE("a macro's variables are its own") {
  check({{"[1, 2].map(x, [3, 4].map(x, x))", "[[3, 4], [3, 4]]"},
         {"[1, 2].map(x, [3, 4].map(y, x * y))", "[[3, 4], [6, 8]]"},
         {"[[1], [2, 3]].map(x, x.map(x, x + 1))", "[[2], [3, 4]]"},
         {"[1].map(x, x) + [x]", "[1, 9]"},
         {"[[1, 2]].map(x, x.exists(y, y == 2) ? x[0] : 0)", "[1]"},
         {"[1].map(i, [5].map(j, k, i + j + k))[0] == 1", "error"},
         {"[1].all(y, [7].all(i, v, i == 0 && v == 7 && y == 1))", "true"},
         {"[{'n': 2}, {'n': 3}].filter(e, e.n > 2).map(e, e.n)", "[3]"}},
        {{"x", 9}});
}

TEST_CASE("what is not a variable's name is refused where a macro wants one") {
  using test::mistakes;
  CHECK(mistakes("[1].all(1, true)").at(0) == "1:9: 'all' wants the name of a variable here");
  CHECK(mistakes("[1].map(a.b, 1)").at(0) == "1:9: 'map' wants the name of a variable here");
  CHECK(mistakes("[1].exists(.a, true)").at(0) == "1:12: 'exists' wants the name of a variable here");
  CHECK(mistakes("[1].all(i, i, true)").at(0) == "1:12: the two variables of 'all' have the same name");
}

TEST_CASE("the wrong number of arguments makes no macro") {
  check({
      {"[1].all(x)", "error"},
      {"[1].map(x)", "error"},
      {"[1].filter(x, true, x)", "error"},
      {"[1].transformList(i, 1)", "error"},
      {"all([1], x, true)", "error"},
  });
}
