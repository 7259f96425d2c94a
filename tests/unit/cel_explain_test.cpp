// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "tests/support/cel.h"

using namespace harden;
using cel::Condition;
using cel::Program;
using test::denied;

namespace {

const std::vector<cel::Variable>& names() {
  static const std::vector<cel::Variable> all{
      {"cpu.possible", Type::Kind::integer},
      {"kernel.config", Type::map_of(Type::Kind::string, Type::Kind::string)},
      {"net.ipv6.enabled", Type::Kind::boolean},
      {"sysctl", Type::map_of(Type::Kind::string, {})},
      {"module", Type::map_of(Type::Kind::string, Type::record({{"loaded", Type::Kind::boolean, ""}}))},
      {"lsm.apparmor", Type::record({{"enabled", Type::Kind::boolean, ""}})},
      {"lsm.active", Type::list_of(Type::Kind::string)},
  };
  return all;
}

const test::Bound& facts() {
  static const test::Bound bound{
      {"cpu.possible", 4},
      {"kernel.config", test::record({{"IPV6", "y"}})},
      {"net.ipv6.enabled", false},
      {"sysctl", test::record({{"a", 1}, {"b", denied("sysctl[\"b\"]")}})},
      {"lsm.active", List{"yama", "bpf"}},
  };
  return bound;
}

Program compiled(std::string_view expression) {
  auto program = Program::compile(expression, names());
  REQUIRE(program);
  return *program;
}

std::vector<std::string> references(std::string_view expression) {
  std::vector<std::string> found;
  const Program program = compiled(expression);
  for (const cel::Reference& reference : program.references()) found.push_back(to_text(reference));
  return found;
}

// One line a condition: kind, text, wanted, value, what was seen.
void write(const Condition& condition, int depth, std::vector<std::string>& lines) {
  const char* kinds[] = {"all", "any", "leaf"};
  std::string line = std::string(static_cast<std::size_t>(depth), ' ') + kinds[static_cast<int>(condition.kind)] +
                     (condition.text.empty() ? "" : " " + condition.text) + (condition.wanted ? "" : " [not]") + " = " +
                     to_text(condition.value);
  for (const Condition::Seen& seen : condition.seen)
    line += "; " + to_text(seen.reference) + ": " + to_text(seen.value);
  lines.push_back(line);
  for (const Condition& child : condition.children) write(child, depth + 1, lines);
}

using Lines = std::vector<std::string>;

Lines explained(std::string_view expression) {
  Lines lines;
  write(compiled(expression).explain(test::bindings(facts())), 0, lines);
  return lines;
}

// A condition of leaves that are true, false, unknown and in error.
std::string condition_of(std::mt19937& random, int depth) {
  const auto part = [&] { return "(" + condition_of(random, depth - 1) + ")"; };
  const auto kind = depth == 0 ? 0 : std::uniform_int_distribution(0, 4)(random);
  switch (kind) {
    case 1: return part() + " && " + part() + " && " + part();
    case 2: return part() + " || " + part() + " || " + part();
    case 3: return "!" + part();
    case 4: return part() + " ? " + part() + " : " + part();
    default: break;
  }
  const char* leaves[] = {"cpu.possible > 1", "net.ipv6.enabled", "sysctl['b'] > 0", "lsm.apparmor.enabled"};
  return leaves[std::uniform_int_distribution(0, 3)(random)];
}

// Of a whole explanation, what Program::decide says decided.
std::string first_that_came_to(const Condition& part, bool value) {
  if (!part.value.is(Value::Kind::boolean) || (part.value.boolean() == part.wanted) != value) return "";
  if (part.kind == Condition::Kind::leaf) return part.text;
  for (const Condition& child : part.children) {
    if (std::string found = first_that_came_to(child, value); !found.empty()) return found;
  }
  return "";
}

}  // namespace

TEST_CASE("what decides is found without looking at the rest") {
  std::mt19937 random(1);
  int decided = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string source = condition_of(random, 3);
    CAPTURE(source);
    const Program program = compiled(source);
    const auto bindings = test::bindings(facts());
    const cel::Decision decision = program.decide(bindings);
    CHECK(to_text(decision.value) == to_text(program.evaluate(bindings)));
    if (!decision.value.is(Value::Kind::boolean)) continue;
    const std::string wanted = first_that_came_to(program.explain(bindings), decision.value.boolean());
    CHECK((decision.decider ? decision.decider->text : "") == wanted);
    decided += wanted.empty() ? 0 : 1;
  }
  CHECK(decided > 1000);
}

TEST_CASE("references: facts, and the entries of map facts with constant keys") {
  CHECK(references("cpu.possible > 1") == Lines{"cpu.possible"});
  CHECK(references("sysctl['net.ipv4.tcp_sack'] == 0") == Lines{"sysctl[\"net.ipv4.tcp_sack\"]"});
  CHECK(references("'x' in sysctl") == Lines{"sysctl[\"x\"]"});
  CHECK(references("kernel.config.IPV6 == 'y'") == Lines{"kernel.config[\"IPV6\"]"});
  CHECK(references("has(kernel.config.IPV6)") == Lines{"kernel.config[\"IPV6\"]"});
  CHECK(references("module['tipc'].loaded || module.dccp.loaded") == Lines{"module[\"dccp\"]", "module[\"tipc\"]"});
  CHECK(references("sysctl['a' + 'b'] == 0") == Lines{"sysctl"});
  CHECK(references("sysctl.exists(k, k.startsWith('net'))") == Lines{"sysctl"});
  CHECK(references("size(sysctl) > 0 && sysctl['a'] == 1") == Lines{"sysctl", "sysctl[\"a\"]"});
  CHECK(references("lsm.apparmor.enabled && lsm.apparmor['enabled']") == Lines{"lsm.apparmor"});
  CHECK(references("lsm.active[0] == 'x' && 'y' in lsm.active") == Lines{"lsm.active"});
  CHECK(references("['a'].all(sysctl, sysctl == 'a')") == Lines{});
  CHECK(references("sysctl[cpu.possible > 1 ? 'a' : 'b'] == 1") == Lines{"cpu.possible", "sysctl"});
  CHECK(references("[1].map(x, sysctl['a'])") == Lines{"sysctl[\"a\"]"});
  CHECK(references("sysctl['a'] == 1 || sysctl['a'] == 2") == Lines{"sysctl[\"a\"]"});
  CHECK(references("1 + 1 == 2") == Lines{});
}

TEST_CASE("references after parse are whole dotted names") {
  const auto program = Program::parse("a.b.c == 1 && m['k'] == 2 && int == type(1)");
  REQUIRE(program);
  Lines found;
  for (const auto& reference : program->references()) found.push_back(to_text(reference));
  CHECK(std::ranges::find(found, "a.b.c") != found.end());
  CHECK(std::ranges::find(found, "m[\"k\"]") != found.end());
}

TEST_CASE("explain: a leaf shows what it looked at") {
  CHECK(explained("cpu.possible >= 2") == Lines{"leaf cpu.possible >= 2 = true; cpu.possible: 4"});
  CHECK(explained("sysctl['b'] > 0") ==
        Lines{"leaf sysctl['b'] > 0 = unknown(sysctl[\"b\"]: denied); sysctl[\"b\"]: unknown(sysctl[\"b\"]: denied)"});
  CHECK(explained("sysctl['c'] > 0").at(0).ends_with("; sysctl[\"c\"]: unknown(sysctl[\"c\"]: absent)"));
  CHECK(explained("lsm.apparmor.enabled").at(0).find("lsm.apparmor: error(") != std::string::npos);
  CHECK(explained("1 + 1") == Lines{"leaf 1 + 1 = 2"});
}

TEST_CASE("explain: && and || become all and any") {
  CHECK(explained("net.ipv6.enabled && cpu.possible > 1 && sysctl.a == 1") ==
        Lines{"all = false", " leaf net.ipv6.enabled = false; net.ipv6.enabled: false",
              " leaf cpu.possible > 1 = true; cpu.possible: 4", " leaf sysctl.a == 1 = true; sysctl[\"a\"]: 1"});
  CHECK(explained("true || (false && true)") ==
        Lines{"any = true", " leaf true = true", " all = false", "  leaf false = false", "  leaf true = true"});
}

TEST_CASE("explain: ! goes through to the leaves") {
  CHECK(explained("!net.ipv6.enabled") == Lines{"leaf net.ipv6.enabled [not] = false; net.ipv6.enabled: false"});
  CHECK(explained("!!net.ipv6.enabled") == Lines{"leaf net.ipv6.enabled = false; net.ipv6.enabled: false"});
  CHECK(explained("!(true && !false)") == Lines{"any [not] = true", " leaf true [not] = true", " leaf false = false"});
  CHECK(explained("!(false || true) && true") == Lines{"all = false", " all [not] = true", "  leaf false [not] = false",
                                                       "  leaf true [not] = true", " leaf true = true"});
}

TEST_CASE("explain: ?: is one of two") {
  CHECK(explained("true ? false : true") == Lines{"any = false", " all = false", "  leaf true = true",
                                                  "  leaf false = false", " all = false", "  leaf true [not] = true",
                                                  "  leaf true = true"});
  CHECK(explained("!(true ? false : true)") == Lines{"any [not] = false", " all = true", "  leaf true = true",
                                                     "  leaf false [not] = false", " all = false",
                                                     "  leaf true [not] = true", "  leaf true [not] = true"});
  CHECK(explained("true ? 1 : 2") == Lines{"leaf true ? 1 : 2 = 1"});
}

TEST_CASE("explain: the text is on one line, without comments, safe to print") {
  CHECK(explained("1  // one\n  <   2") == Lines{"leaf 1 < 2 = true"});
  CHECK(explained("'''a\nb''' == 'x'").at(0) == "leaf '''a\\nb''' == 'x' = false");
}

TEST_CASE("explain after parse finds the fact behind a dotted name") {
  const auto program = Program::parse("kernel.config.IPV6 == 'y' || nobody.at == 1");
  REQUIRE(program);
  Lines lines;
  write(program->explain(test::bindings(facts())), 0, lines);
  REQUIRE(lines.size() == 3);
  CHECK(lines[1] == " leaf kernel.config.IPV6 == 'y' = true; kernel.config[\"IPV6\"]: \"y\"");
  CHECK(lines[2].find("nobody.at: error(") != std::string::npos);
}

TEST_CASE("trace: parts come before the whole, literals are left out") {
  Lines lines;
  for (const cel::Step& step : compiled("cpu.possible + 1 > 2 &&\n net.ipv6.enabled").trace(test::bindings(facts()))) {
    lines.push_back(std::to_string(step.at.line) + ":" + std::to_string(step.at.column) +
                    std::string(static_cast<std::size_t>(step.depth + 1), ' ') + step.text + " = " +
                    to_text(step.value));
  }
  CHECK(lines == Lines{"1:1    cpu.possible = 4", "1:1   cpu.possible + 1 = 5", "1:1  cpu.possible + 1 > 2 = true",
                       "2:2  net.ipv6.enabled = false", "1:1 cpu.possible + 1 > 2 && net.ipv6.enabled = false"});
}

TEST_CASE("trace: what is skipped is not told") {
  const auto steps = compiled("net.ipv6.enabled && cpu.possible > 1").trace(test::bindings(facts()));
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].text == "net.ipv6.enabled");
}

TEST_CASE("trace: the first hundred rounds of a macro are told, also of one within another") {
  const test::Bound bound{{"many", List(1000, Value(1))}};
  const auto count = [&](std::string_view expression, std::string_view text) {
    const auto steps = Program::parse(expression)->trace(test::bindings(bound));
    return std::ranges::count(steps, text, &cel::Step::text);
  };
  CHECK(count("many.all(x, x == 1)", "x == 1") == 100);
  CHECK(count("many.all(x, many.all(y, y == 1))", "y == 1") == 100);
  CHECK(count("many.exists(x, x == 2)", "many.exists(x, x == 2)") == 1);
}

TEST_CASE("trace: very long texts are cut between characters") {
  const auto steps = Program::parse("'" + std::string(239, 'a') + "é' == 'b'")->trace({});
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].text == "'" + std::string(239, 'a') + "...");
}

TEST_CASE("explain: a leaf says what it should have been") {
  const auto wanted = [](std::string_view expression) {
    return compiled(expression).explain(test::bindings(facts())).wanted_text;
  };
  CHECK(wanted("cpu.possible >= 2") == ">= 2");
  CHECK(wanted("2 <= cpu.possible") == ">= 2");
  CHECK(wanted("!(cpu.possible >= 2)") == "< 2");
  CHECK(wanted("!(2 < cpu.possible)") == "<= 2");
  CHECK(wanted("cpu.possible != 1 + 1") == "!= 1 + 1");
  CHECK(wanted("!(1 == cpu.possible)") == "!= 1");
  CHECK(wanted("net.ipv6.enabled") == "true");
  CHECK(wanted("!net.ipv6.enabled") == "false");
  CHECK(wanted("cpu.possible == cpu.possible") == "true");
}
