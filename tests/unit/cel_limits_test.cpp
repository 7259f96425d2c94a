// SPDX-License-Identifier: Apache-2.0
//
// Expressions that would take too much. None of these may take long, whatever
// they come to.
#include <doctest/doctest.h>

#include "tests/support/cel.h"

using namespace harden;
using test::mistakes;
using test::run;
using test::shown;

namespace {

std::string repeated(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

bool is_spent(const Value& value) {
  return value.is(Value::Kind::error) &&
         (value.error().find("steps") != std::string::npos || value.error().find("bytes") != std::string::npos);
}

}  // namespace

TEST_CASE("an expression may be so long") {
  CHECK(run("'" + std::string(65534, 'a') + "'").is(Value::Kind::string));
  CHECK(mistakes("'" + std::string(65535, 'a') + "'") ==
        std::vector<std::string>{"1:1: the expression is longer than 65536 bytes"});
}

TEST_CASE("an expression may be nested so deep, in whatever way") {
  const auto nested = [](std::string_view open, std::string_view middle, std::string_view shut, int count) {
    return repeated(open, count) + std::string(middle) + repeated(shut, count);
  };
  CHECK(shown(nested("(", "1", ")", 200)) == "1");
  CHECK(shown(nested("[", "1", "][0]", 100)) == "1");
  CHECK(shown(nested("!", "true", "", 200)) == "true");
  CHECK(shown("1" + repeated(" + 1", 200)) == "201");
  for (const std::string& text : {nested("(", "1", ")", 300),
                                  nested("(", "1", ")", 30000),
                                  nested("[", "1", "]", 300),
                                  nested("!", "true", "", 60000),
                                  nested("-", "x", "", 300),
                                  nested("{1:", "1", "}", 300),
                                  nested("size(", "1", ")", 300),
                                  nested("a[", "0", "]", 300),
                                  "1" + repeated(" + 1", 300),
                                  "1" + repeated(" == 1", 10000),
                                  "a" + repeated(".b", 300),
                                  "a" + repeated("[0]", 300),
                                  "a" + repeated(".f()", 300),
                                  nested("true ? 1 : ", "2", "", 300),
                                  nested("[1].map(x, ", "1", ")", 300),
                                  repeated("(", 60000),
                                  repeated("[", 60000),
                                  repeated("{", 60000),
                                  repeated("!", 60000),
                                  repeated("f(", 30000)}) {
    CAPTURE(text.substr(0, 20));
    const auto found = mistakes(text, {{"a", {}}, {"x", {}}});
    REQUIRE(found.size() == 1);
    CHECK(found[0].find("levels deep") != std::string::npos);
  }
}

TEST_CASE("a chain of && or || has no depth") {
  CHECK(shown("true" + repeated(" && true", 5000)) == "true");
  CHECK(shown("false" + repeated(" || false", 5000)) == "false");
}

TEST_CASE("an evaluation may take so many steps") {
  const test::Bound bound{{"many", List(2000, Value(1))}};
  CHECK(is_spent(run("many.all(x, many.all(y, x == y))", bound)));
  CHECK(is_spent(run("many.map(x, many.map(y, many))", bound)));
  CHECK(is_spent(run("many.exists(x, many.exists(y, x != y))", bound)));
  CHECK(is_spent(run("many.exists_one(x, many.exists_one(y, x != y))", bound)));
  CHECK(is_spent(run("many.all(x, many == many)", bound)));
  CHECK(is_spent(run("many.all(x, !(2 in many))", bound)));
  CHECK(run("many.all(x, x == 1)", bound) == Value(true));
}

TEST_CASE("&& and || cannot hide that the steps are used up") {
  const test::Bound bound{{"many", List(2000, Value(1))}};
  CHECK(is_spent(run("many.all(x, many.all(y, x == y)) || true", bound)));
  CHECK(is_spent(run("many.all(x, many.all(y, x == y)) && false", bound)));
  CHECK(run("true || many.all(x, many.all(y, x == y))", bound) == Value(true));
}

TEST_CASE("limits are those that were asked for") {
  CHECK(is_spent(run("1 + 1", {}, {.steps = 2})));
  CHECK(run("1 + 1", {}, {.steps = 3}) == Value(2));
  CHECK(is_spent(run("'aaaa' + 'aaaa'", {}, {.value_bytes = 7})));
  CHECK(run("'aaaa' + 'aaaa'", {}, {.value_bytes = 8}).is(Value::Kind::string));
  CHECK(run("((1))", {}, {.depth = 2}).is(Value::Kind::error));
  CHECK(run("((1))", {}, {.depth = 3}) == Value(1));
  CHECK(run("12345", {}, {.source_bytes = 4}).is(Value::Kind::error));
}

TEST_CASE("strings that grow without bound") {
  const test::Bound bound{{"s", std::string(1 << 20, 'a')}, {"b", Bytes{std::string(1 << 20, 'a')}}};
  CHECK(is_spent(run("s" + repeated(" + s", 200), bound)));
  CHECK(is_spent(run("b" + repeated(" + b", 200), bound)));
  CHECK(is_spent(run("s.replace('a', s)", bound)));
  CHECK(is_spent(run("s.replace('', s)", bound)));
  CHECK(is_spent(run("[" + repeated("s,", 100) + "].join(s)", bound)));
  CHECK(is_spent(run("'" + repeated("%s", 100) + "'.format([" + repeated("s,", 100) + "])", bound)));
  CHECK(is_spent(run("'" + repeated("%x", 20) + "'.format([" + repeated("s,", 20) + "])", bound)));
  CHECK(is_spent(run("s.split('').map(x, s)", bound)));
  CHECK(is_spent(run("[1,2,3,4,5,6,7,8,9,0].map(x, [1,2,3,4,5,6,7,8,9,0].map(y, s))", bound)));
}

TEST_CASE("values that double with every step look small and are not") {
  CHECK(is_spent(run("[[1,1]]" + repeated(".map(x, [x, x])", 60))));
  CHECK(is_spent(run("['a']" + repeated(".map(x, x + x)", 60))));
  CHECK(is_spent(run("[{'a': 1}]" + repeated(".map(x, {'a': x, 'b': x})", 60))));
  CHECK(is_spent(run("[[1]]" + repeated(".map(x, x + x)", 60))));
  CHECK(is_spent(run("['a']" + repeated(".map(x, '%s%s'.format([x, x]))", 60))));
  CHECK(is_spent(run("[{'a': 'aaaaaaaa'}]" + repeated(".transformMap(i, x, [x, x])", 60))));
}

TEST_CASE("regular expressions cannot run away") {
  const test::Bound bound{{"s", std::string(1 << 16, 'a')}, {"many", List(2000, Value("(a*)*b"))}};
  CHECK(run("s.matches('(a+)+$')", bound) == Value(true));
  CHECK(run("s.matches('(a|aa)+b')", bound) == Value(false));
  CHECK(run("s.matches('((a{100}){100}){100}')", bound).is(Value::Kind::error));
  CHECK(run("s.matches('(" + repeated("(", 2000) + "')", bound).is(Value::Kind::error));
  CHECK(is_spent(run("many.all(p, !s.matches(p))", bound)));
  CHECK(is_spent(run("many.all(p, s.matches('a$'))", bound)));
  CHECK(run("'x'.matches(s)", bound).is(Value::Kind::error));
}

TEST_CASE("a binding that throws is an error value") {
  const auto program = cel::Program::parse("x == 1");
  const Value value = program->evaluate([](std::string_view) -> const Value* { throw std::runtime_error("no"); });
  CHECK(value.is(Value::Kind::error));
}

TEST_CASE("data nested deeper than anybody needs is an error, not a crash") {
  Value deep = 1;
  for (int i = 0; i < 1500; ++i) deep = List{deep};
  const test::Bound bound{{"deep", deep}};
  CHECK(run("deep == deep", bound).is(Value::Kind::error));
  CHECK(run("[deep]", bound).is(Value::Kind::error));
  CHECK(run("'%s'.format([deep])", bound).is(Value::Kind::error));
  CHECK(run("'%s'.format(deep)", bound).is(Value::Kind::error));
  CHECK(run("size(deep)", bound) == Value(1));
}
