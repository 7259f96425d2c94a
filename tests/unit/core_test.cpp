// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>

#include "agent/core/text.h"
#include "harden/diagnostic.h"
#include "harden/facts.h"
#include "harden/type.h"
#include "harden/value.h"

using namespace harden;

TEST_CASE("numbers of different kinds compare by what they mean") {
  CHECK(Value(1) == Value(std::uint64_t{1}));
  CHECK(Value(1) == Value(1.0));
  CHECK(Value(-1) != Value(std::uint64_t{18446744073709551615U}));
  CHECK(compare(Value(-1), Value(std::uint64_t{0})).sign == -1);
  CHECK(compare(Value(std::uint64_t{0}), Value(-1)).sign == 1);
  CHECK(compare(Value(std::int64_t{9007199254740993}), Value(9007199254740992.0)).ordered);
  CHECK(compare(Value(0), Value(-0.5)).sign == 1);
  CHECK(compare(Value(-0.5), Value(0)).sign == -1);
}

TEST_CASE("NaN equals nothing and has no order") {
  const Value nan(std::nan(""));
  CHECK(nan != nan);
  CHECK_FALSE(compare(nan, Value(1)).ordered);
  CHECK_FALSE(compare(Value(1), nan).ordered);
}

TEST_CASE("values of different kinds are unequal, not an error") {
  CHECK(Value(false) != Value());
  CHECK(Value("1") != Value(1));
  CHECK(Value(List{1, 2}) == Value(List{1.0, 2.0}));
}

TEST_CASE("a map finds numeric keys across kinds and keeps the last of equal keys") {
  const Map map({{Value(1), "a"}, {Value(std::uint64_t{1}), "b"}, {Value("x"), "c"}, {Value(true), "d"}});
  CHECK(map.size() == 3);
  CHECK(*map.find(Value(1.0)) == Value("b"));
  CHECK(*map.find("x") == Value("c"));
  CHECK(*map.find(Value(true)) == Value("d"));
  CHECK(map.find("y") == nullptr);
  CHECK(map.find(Value(List{})) == nullptr);
}

TEST_CASE("maps are equal whatever the order they were written in") {
  CHECK(Value(Map({{"a", 1}, {"b", 2}})) == Value(Map({{"b", 2}, {"a", 1}})));
  CHECK(Value(Map({{"a", 1}})) != Value(Map({{"a", 2}})));
}

TEST_CASE("text of values is CEL and safe for a terminal") {
  CHECK(to_text(Value("a\x1b[31m\n\"")) == R"("a\x1b[31m\n\"")");
  CHECK(to_text(Value(2.0)) == "2.0");
  CHECK(to_text(Value(std::uint64_t{7})) == "7u");
  CHECK(to_text(Value(Map({{"k", List{1, Value()}}}))) == R"({"k": [1, null]})");
  CHECK(to_text(Value(Bytes{std::string("\0\xff", 2)})) == R"(b"\x00\xff")");
  CHECK(to_text(Value::unknown("os.id", {Errc::denied, "m", "p"})) == "unknown(os.id: denied)");
}

TEST_CASE("printable text leaves nothing that moves a cursor or hides") {
  CHECK(text::printable("caf\xc3\xa9 \\ ok") == "caf\xc3\xa9 \\ ok");
  CHECK(text::printable("\xe2\x80\xae") == "\\u202e");          // right-to-left override
  CHECK(text::printable("\xc2\x9b") == "\\x9b");                // C1 control sequence introducer
  CHECK(text::printable("\xff\xc0\xaf") == "\\xff\\xc0\\xaf");  // not UTF-8, overlong
  CHECK(text::printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
}

TEST_CASE("to_int takes whole numbers only") {
  CHECK(text::to_int("-12") == -12);
  CHECK(text::to_int("+3") == 3);
  CHECK_FALSE(text::to_int(""));
  CHECK_FALSE(text::to_int("+"));
  CHECK_FALSE(text::to_int("+-5"));
  CHECK_FALSE(text::to_int("++5"));
  CHECK_FALSE(text::to_int("1 2"));
  CHECK_FALSE(text::to_int("99999999999999999999"));
}

TEST_CASE("lines, words and parts") {
  CHECK(text::lines("a\r\nb\n") == std::vector<std::string_view>{"a", "b"});
  CHECK(text::words(" a \t b\n") == std::vector<std::string_view>{"a", "b"});
  CHECK(text::split("a::b", ':') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(text::trim(" \n").empty());
}

TEST_CASE("types print as they are written in the documentation") {
  const Type type = Type::list_of(Type::record({{"name", Type::Kind::string, ""}, {"ipv6", Type::Kind::boolean, ""}}));
  CHECK(to_text(type) == "list(record{name: string, ipv6: bool})");
  CHECK(type == Type::list_of(Type::record({{"name", Type::Kind::string, ""}, {"ipv6", Type::Kind::boolean, ""}})));
  CHECK(type != Type::list_of(Type()));
  CHECK(to_text(Type::map_of(Type::Kind::string, Type())) == "map(string, dyn)");
}

TEST_CASE("a diagnostic shows the place") {
  const Diagnostic diagnostic{"p.toml", {2, 9}, "unknown key 'equls'", "did you mean 'equals'?"};
  CHECK(render(diagnostic, "a = 1\nsysctl.equls = 2\n") ==
        "p.toml:2:9: unknown key 'equls'\n"
        "  sysctl.equls = 2\n"
        "          ^\n"
        "  did you mean 'equals'?\n");
}

TEST_CASE("a diagnostic in a very long hostile line stays short") {
  const std::string line = std::string(100000, 'x') + "\x1b]0;owned\x07" + std::string(100000, 'y');
  const std::string text = render({"p", {1, 100001}, "bad", ""}, line);
  CHECK(text.size() < 400);
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("nearest finds misspellings and nothing else") {
  const std::vector<std::string> known{"net.ipv6.enabled", "os.id", "kernel.release"};
  CHECK(nearest("net.ipv6.enbaled", known) == "net.ipv6.enabled");
  CHECK(nearest("kernel.relase", known) == "kernel.release");
  CHECK(nearest("zzz", known).empty());
}

TEST_CASE("facts know where an entry came from") {
  Facts facts;
  facts.set({"sysctl", Map({{"kernel.panic", 0}}), "/proc/sys", {{"kernel.panic", "/proc/sys/kernel/panic"}}});
  CHECK(facts.source("sysctl") == "/proc/sys");
  CHECK(facts.source("sysctl", "kernel.panic") == "/proc/sys/kernel/panic");
  CHECK(facts.source("sysctl", "other") == "/proc/sys");
  CHECK(facts.find("os.id") == nullptr);
}
