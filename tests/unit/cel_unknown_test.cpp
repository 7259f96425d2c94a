// SPDX-License-Identifier: Apache-2.0
//
// What could not be read is unknown, and stays so unless something else
// decides.
#include <doctest/doctest.h>

#include "tests/support/cel.h"

using namespace harden;
using test::Case;
using test::denied;
using test::record;
using test::run;
using test::shown;

namespace {

const test::Bound& facts() {
  static const test::Bound bound{
      {"u", denied("u")},
      {"v", denied("v")},
      {"t", true},
      {"f", false},
      {"sysctl", record({{"open", 1}, {"shut", denied("sysctl[\"shut\"]")}})},
      {"module", record({{"tipc", record({{"loaded", false}, {"blocked", denied("module[\"tipc\"].blocked")}})}})},
      {"list", List{1, denied("list[1]"), 3}},
  };
  return bound;
}

void check(std::initializer_list<Case> cases) {
  for (const Case& row : cases) {
    CAPTURE(row.expression);
    CHECK(shown(row.expression, facts()) == row.wanted);
  }
}

constexpr const char* kU = "unknown(u: denied)";
constexpr const char* kBoth = "unknown(u: denied, v: denied)";

}  // namespace

TEST_CASE("&& and || absorb what is unknown") {
  check({
      {"f && u", "false"},
      {"u && f", "false"},
      {"t || u", "true"},
      {"u || t", "true"},
      {"t && u", kU},
      {"u && t", kU},
      {"f || u", kU},
      {"u || f", kU},
      {"u && v", kBoth},
      {"v || u", kBoth},
      {"u && v && f", "false"},
      {"u || v || t", "true"},
      {"!u", kU},
      {"!(u && f)", "true"},
  });
}

TEST_CASE("&& and || absorb errors the same way, and unknown beats an error") {
  check({
      {"f && 1 / 0 > 0", "false"},
      {"1 / 0 > 0 && f", "false"},
      {"t || 1 / 0 > 0", "true"},
      {"1 / 0 > 0 || t", "true"},
      {"1 / 0 > 0 && t", "error"},
      {"f || 1 / 0 > 0", "error"},
      {"u && 1 / 0 > 0", kU},
      {"1 / 0 > 0 || u", kU},
      {"1 / 0 > 0 && u && f", "false"},
      {"1 && f", "false"},
      {"1 && t", "error"},
      {"t && 'x'", "error"},
      {"'x' || t", "true"},
      {"f || 'x'", "error"},
      {"1 && u", kU},
  });
}

TEST_CASE("a condition that is unknown leaves both branches alone") {
  check({
      {"u ? 1 : 2", kU},
      {"t ? 1 : u", "1"},
      {"f ? u : 2", "2"},
      {"t ? u : 2", kU},
      {"1 / 0 > 0 ? 1 : u", "error"},
  });
}

TEST_CASE("everything else is strict: unknown wins over error") {
  check({
      {"u + 1", kU},           {"1 + u", kU},           {"u + v", kBoth},  {"u == v", kBoth},
      {"u != 1", kU},          {"u < 1", kU},           {"-u", kU},        {"u in [1]", kU},
      {"1 in u", kU},          {"1 / 0 + u", kU},       {"u + 1 / 0", kU}, {"[u, v]", kBoth},
      {"[1 / 0, u]", kU},      {"{'a': u}", kU},        {"{u: 1}", kU},    {"size(u)", kU},
      {"u.contains('a')", kU}, {"'a'.contains(u)", kU}, {"nobody(u)", kU}, {"u.x", kU},
      {"u['x']", kU},          {"[1][u]", kU},          {"has(u.x)", kU},  {"type(u)", kU},
      {"dyn(u)", kU},
  });
}

TEST_CASE("an entry may be unknown within a map that is known") {
  check({
      {"sysctl['shut']", "unknown(sysctl[\"shut\"]: denied)"},
      {"sysctl['shut'] > 0", "unknown(sysctl[\"shut\"]: denied)"},
      {"sysctl.shut", "unknown(sysctl[\"shut\"]: denied)"},
      {"'shut' in sysctl", "true"},
      {"has(sysctl.shut)", "true"},
      {"'gone' in sysctl", "false"},
      {"sysctl['gone']", "error"},
      {"sysctl['open'] == 1", "true"},
      {"size(sysctl)", "2"},
      {"sysctl['open'] == 1 || sysctl['shut'] == 1", "true"},
      {"module['tipc'].loaded", "false"},
      {"module['tipc'].blocked", "unknown(module[\"tipc\"].blocked: denied)"},
      {"!module['tipc'].loaded && !module['tipc'].blocked", "unknown(module[\"tipc\"].blocked: denied)"},
      {"module['tipc'].loaded && !module['tipc'].blocked", "false"},
  });
}

TEST_CASE("comparing what holds an unknown is unknown unless the rest differs") {
  const std::string entry = "unknown(list[1]: denied)";
  CHECK(shown("list == [1, 2, 3]", facts()) == entry);
  CHECK(shown("list == [1, 2, 4]", facts()) == "false");
  CHECK(shown("list != [1, 2, 4]", facts()) == "true");
  CHECK(shown("list == [1, 2]", facts()) == "false");
  CHECK(shown("sysctl == {'open': 2, 'shut': 1}", facts()) == "false");
  CHECK(shown("sysctl == {'open': 1, 'shut': 1}", facts()) == "unknown(sysctl[\"shut\"]: denied)");
  CHECK(shown("3 in list", facts()) == "true");
  CHECK(shown("4 in list", facts()) == entry);
}

TEST_CASE("macros over what is unknown") {
  check({
      {"u.all(x, true)", kU},
      {"u.exists(x, false)", kU},
      {"u.map(x, 1)", kU},
      {"u.filter(x, false)", kU},
      {"u.exists_one(x, true)", kU},
      {"u.transformMap(k, w, w)", kU},
      {"[1, 2].all(x, u)", kU},
      {"[1, 2].all(x, u && x == 1)", "false"},
      {"[1, 2].exists(x, u || x == 2)", "true"},
      {"[1, 2].exists(x, x == 1 ? u : v)", kBoth},
      {"[1].map(x, u)", kU},
      {"[1].filter(x, u)", kU},
      {"[1].exists_one(x, u)", kU},
      {"[0, 1].exists_one(x, 1 / x == 1 && u)", kU},
      {"[0, 1].map(x, x == 0 ? 1 / x : u)", kU},
      {"list.exists(x, x == 3)", "true"},
      {"list.exists(x, x == 4)", "unknown(list[1]: denied)"},
      {"list.all(x, x > 0)", "unknown(list[1]: denied)"},
      {"list.all(x, x > 1)", "false"},
      {"list.map(x, 1)", "[1, 1, 1]"},
      {"list.filter(x, true)", "unknown(list[1]: denied)"},
      {"sysctl.exists(k, w, w == 1)", "true"},
      {"sysctl.all(k, w, w == 1)", "unknown(sysctl[\"shut\"]: denied)"},
  });
}

TEST_CASE("strings made of what is unknown are unknown") {
  const test::Bound bound{{"parts", List{"a", denied("p")}}};
  CHECK(shown("parts.join()", bound) == "unknown(p: denied)");
  CHECK(shown("'%s %s'.format(parts)", bound) == "unknown(p: denied)");
  CHECK(shown("'%s'.format([parts])", bound) == "unknown(p: denied)");
}

TEST_CASE("the same missing fact is named once, all of them in order") {
  const Value value = run("v && u && v && (u == 1)", facts());
  REQUIRE(value.is(Value::Kind::unknown));
  REQUIRE(value.missing().size() == 2);
  CHECK(value.missing()[0].fact == "u");
  CHECK(value.missing()[1].error.code == Errc::denied);
}

TEST_CASE("facts of a host are bindings") {
  Facts host;
  host.set({"cpu.possible", 4, "/sys", {}});
  host.set({"kernel.arch", Value::unknown("kernel.arch", {Errc::absent, "m", "p"}), "/proc", {}});
  const auto program = cel::Program::parse("cpu.possible > 2 && kernel.arch == 'x86_64'");
  REQUIRE(program);
  CHECK(to_text(program->evaluate(cel::bind(host))) == "unknown(kernel.arch: absent)");
  CHECK(program->evaluate({}).is(Value::Kind::error));
}
