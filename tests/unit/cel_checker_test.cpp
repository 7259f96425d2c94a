// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/cel.h"

using namespace harden;
using cel::Variable;
using test::mistakes;

namespace {

using Lines = std::vector<std::string>;

const std::vector<Variable>& facts() {
  static const std::vector<Variable> all{
      {"cpu.possible", Type::Kind::integer},
      {"kernel.release", Type::Kind::string},
      {"kernel.config", Type::map_of(Type::Kind::string, Type::Kind::string)},
      {"net.ipv6.enabled", Type::Kind::boolean},
      {"sysctl", Type::map_of(Type::Kind::string, {})},
      {"lsm.active", Type::list_of(Type::Kind::string)},
      {"load", Type::Kind::real},
      {"big", Type::Kind::uinteger},
      {"lsm.apparmor", Type::record({{"enabled", Type::Kind::boolean, ""}, {"profiles", Type::Kind::integer, ""}})},
      {"net.listeners",
       Type::list_of(Type::record({{"family", Type::Kind::string, ""}, {"port", Type::Kind::integer, ""}}))},
      {"any", {}},
  };
  return all;
}

Type type_of(std::string_view expression) {
  const auto program = cel::Program::compile(expression, facts());
  REQUIRE(program);
  return program->type();
}

}  // namespace

TEST_CASE("what policies write is accepted") {
  for (const char* expression : {
           "net.ipv6.enabled && cpu.possible >= 2 && kernel.config.IPV6_MROUTE == \"y\"",
           "sysctl['kernel.panic'] > 0",
           "sysctl['net.ipv4.tcp_sack'] == 0 || !('net.ipv4.tcp_sack' in sysctl)",
           "net.listeners.exists(l, l.family == 'ipv6' && l.port < 1024)",
           "net.listeners.filter(l, l.port > 1).map(l, l.family).exists(f, f == 'ipv4')",
           "'bpf' in lsm.active",
           "lsm.apparmor.enabled ? lsm.apparmor.profiles > 0 : false",
           "lsm.apparmor['profiles'] > 0",
           "has(kernel.config.IPV6)",
           "has(lsm.apparmor.enabled)",
           "kernel.vercmp(kernel.release, '6.1') < 0",
           "kernel.release.matches(r'^6\\.1')",
           "cpu.possible == 1.0 && load > 1 && big == 3",
           "any.x.y[0].f > 1 && any && !any",
           "any.exists(a, a.x)",
           "cpu.possible == null",
           "size(lsm.active) + size(kernel.release) == 0",
           "type(cpu.possible) == int",
           "'%s'.format([cpu.possible])",
           "kernel.config.all(k, v, v != 'm')",
           "lsm.apparmor.exists(k, v, k == 'x' && v == 1)",
           "string(any) + 'x'",
           "-cpu.possible + int(load) < 0",
           "[1, 'a', cpu.possible].exists(x, x == 'a')",
           "dyn(1) == 'a'",
       }) {
    CAPTURE(expression);
    CHECK(mistakes(expression, facts()) == Lines{});
  }
}

TEST_CASE("names that are not declared, with the nearest that is") {
  CHECK(mistakes("net.ipv6.enabld", facts()) ==
        Lines{"1:1: 'net.ipv6.enabld' is not declared (did you mean 'net.ipv6.enabled'?)"});
  CHECK(mistakes("1 < cpu.posible", facts()) ==
        Lines{"1:5: 'cpu.posible' is not declared (did you mean 'cpu.possible'?)"});
  CHECK(mistakes("kernel.confg.IPV6 == 'y'", facts()) ==
        Lines{"1:1: 'kernel.confg.IPV6' is not declared (did you mean 'kernel.config'?)"});
  CHECK(mistakes("[1].all(element, elment > 0)", facts()) ==
        Lines{"1:18: 'elment' is not declared (did you mean 'element'?)"});
  CHECK(mistakes("zzzzzzzz", facts()) == Lines{"1:1: 'zzzzzzzz' is not declared"});
  CHECK(mistakes("[1].all(x, true) && x", facts()) == Lines{"1:21: 'x' is not declared"});
}

TEST_CASE("fields that a record does not have") {
  CHECK(mistakes("lsm.apparmor.enable", facts()) ==
        Lines{"1:14: there is no field 'enable' (did you mean 'enabled'?)"});
  CHECK(mistakes("net.listeners.exists(l, l.famly == 'x')", facts()).at(0).find("did you mean 'family'?") !=
        std::string::npos);
  CHECK(mistakes("lsm.apparmor['profile'] > 0", facts()) ==
        Lines{"1:14: there is no field 'profile' (did you mean 'profiles'?)"});
  CHECK(mistakes("has(lsm.apparmor.zzz)", facts()) == Lines{"1:18: there is no field 'zzz'"});
  CHECK(mistakes("lsm.apparmor.enable.x.y", facts()) ==
        Lines{"1:14: there is no field 'enable' (did you mean 'enabled'?)"});
  CHECK(mistakes("kernel.release.x == 1", facts()) == Lines{"1:16: a value of type string has no fields"});
  CHECK(mistakes("net.listeners[0].prt == 1", facts()) ==
        Lines{"1:18: there is no field 'prt' (did you mean 'port'?)"});
}

TEST_CASE("functions that are not there, or take something else") {
  CHECK(mistakes("sise([1])") == Lines{"1:1: 'sise' is not a function (did you mean 'size'?)"});
  CHECK(mistakes("'a'.startWith('b')") == Lines{"1:5: 'startWith' is not a method (did you mean 'startsWith'?)"});
  CHECK(mistakes("kernel.vercomp('1', '2')") ==
        Lines{"1:1: 'kernel.vercomp' is not a function (did you mean 'kernel.vercmp'?)"});
  CHECK(mistakes("size(1, 2)") == Lines{"1:1: 'size' does not take 2 arguments"});
  CHECK(mistakes("'a'.contains()") == Lines{"1:5: 'contains' does not take 0 arguments"});
  CHECK(mistakes("'a'.contains(1)") == Lines{"1:5: 'contains' does not take (string, int)"});
  CHECK(mistakes("size(1)") == Lines{"1:1: 'size' does not take (int)"});
  CHECK(mistakes("kernel.vercmp(1, '2')") == Lines{"1:8: 'kernel.vercmp' does not take (int, string)"});
  CHECK(mistakes("[1].join()") == Lines{"1:5: 'join' does not take (list(int))"});
  CHECK(mistakes("size(lsm.apparmor) == 2", facts()) == Lines{});
}

TEST_CASE("operators that do not take these types") {
  struct Row {
    const char* expression;
    const char* diagnostic;
  };
  const Row rows[] = {
      {"1 && true", "1:1: '&&' wants a bool, not int"},
      {"true || 'x'", "1:9: '||' wants a bool, not string"},
      {"!1", "1:2: '!' wants a bool, not int"},
      {"1 ? 2 : 3", "1:1: '?:' wants a bool, not int"},
      {"1 + 'a'", "1:3: '+' does not take int and string"},
      {"1 + 1.0", "1:3: '+' does not take int and double (convert one of them with int(), uint() or double())"},
      {"'a' * 2", "1:5: '*' does not take string and int"},
      {"1.0 % 2.0", "1:5: '%' does not take double and double"},
      {"-'a'", "1:1: '-' wants a number with a sign, not string"},
      {"-1u", "1:1: '-' wants a number with a sign, not uint"},
      {"kernel.release > 6", "1:16: there is no order between string and int"},
      {"[1] < [2]", "1:5: there is no order between list(int) and list(int)"},
      {"kernel.release == 6", "1:16: a value of type string never equals one of type int"},
      {"lsm.active == ['a', 1]", nullptr},
      {"lsm.active == [1]", "1:12: a value of type list(string) never equals one of type list(int)"},
      {"1 in lsm.active", "1:3: a value of type int is never among those of type string"},
      {"1 in kernel.config", "1:3: a value of type int is never among those of type string"},
      {"'a' in 'abc'", "1:5: 'in' wants a list or a map, not string (a part of a string is found with contains())"},
      {"lsm.active['a']", "1:12: a list is indexed by an int, not by string"},
      {"kernel.config[1]", "1:15: the keys are of type string, not int"},
      {"1[0]", "1:2: a value of type int cannot be indexed"},
      {"{1.5: 1}", nullptr},
      {"{[]: 1}", "1:2: a value of type list(dyn) cannot be a key"},
      {"1.all(x, true)", "1:3: 'all' wants a list or a map, not int"},
      {"[1].all(x, x)", "1:12: 'all' wants a bool, not int"},
      {"[1].filter(x, 'a')", "1:15: 'filter' wants a bool, not string"},
      {"[1].map(x, x, x)", "1:12: 'map' wants a bool, not int"},
      {"[1].transformMapEntry(i, v, v)", "1:29: 'transformMapEntry' wants a map, not int"},
      {"'a'.matches('[')", "1:13: not a regular expression: missing ]: ["},
  };
  for (const Row& row : rows) {
    CAPTURE(row.expression);
    CHECK(mistakes(row.expression, facts()) == (row.diagnostic == nullptr ? Lines{} : Lines{row.diagnostic}));
  }
}

TEST_CASE("every mistake is told, not only the first") {
  CHECK(mistakes("nothing && 1 && size(1) > 'a'", facts()) == Lines{"1:1: 'nothing' is not declared",
                                                                    "1:12: '&&' wants a bool, not int",
                                                                    "1:17: 'size' does not take (int)"});
}

TEST_CASE("the type of an expression") {
  CHECK(type_of("1") == Type::Kind::integer);
  CHECK(type_of("1u + big") == Type::Kind::uinteger);
  CHECK(type_of("cpu.possible > 1") == Type::Kind::boolean);
  CHECK(type_of("sysctl['x']") == Type::Kind::dyn);
  CHECK(type_of("kernel.config['x']") == Type::Kind::string);
  CHECK(to_text(type_of("[1, 2]")) == "list(int)");
  CHECK(to_text(type_of("[1, 'a']")) == "list(dyn)");
  CHECK(to_text(type_of("{'a': 1}")) == "map(string, int)");
  CHECK(to_text(type_of("lsm.active.map(x, size(x))")) == "list(int)");
  CHECK(to_text(type_of("lsm.active.filter(x, true)")) == "list(string)");
  CHECK(to_text(type_of("'a'.split('')")) == "list(string)");
  CHECK(to_text(type_of("[5].transformMap(i, v, 'x')")) == "map(int, string)");
  CHECK(to_text(type_of("[5].transformMapEntry(i, v, {'k': v})")) == "map(string, int)");
  CHECK(type_of("true ? 1 : 2") == Type::Kind::integer);
  CHECK(type_of("true ? 1 : 'a'") == Type::Kind::dyn);
  CHECK(type_of("int") == Type::Kind::type);
  CHECK(type_of("null") == Type::Kind::null);
  CHECK(type_of("any + 1") == Type::Kind::integer);
  CHECK(cel::Program::parse("1")->type() == Type::Kind::dyn);
}

TEST_CASE("a declared variable without a value is an error where it is used") {
  const auto program = cel::Program::compile("cpu.possible > 1 || net.ipv6.enabled", facts());
  REQUIRE(program);
  CHECK(program->evaluate({}).is(Value::Kind::error));
  const test::Bound bound{{"net.ipv6.enabled", true}};
  CHECK(program->evaluate(test::bindings(bound)) == Value(true));
}
