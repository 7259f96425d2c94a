// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/cel.h"

using namespace harden;
using test::check;
using test::run;
using test::shown;

TEST_CASE("numbers are written as langdef.md says") {
  check({
      {"0", "0"},
      {"9223372036854775807", "9223372036854775807"},
      {"9223372036854775808", "error"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"-9223372036854775809", "error"},
      {"18446744073709551616", "error"},
      {"0x7fffffffffffffff", "9223372036854775807"},
      {"0x8000000000000000", "error"},
      {"-0x8000000000000000", "-9223372036854775808"},
      {"0XaB", "171"},
      {"0x", "error"},
      {"0xg", "error"},
      {"0x10000000000000000", "error"},
      {"18446744073709551615u", "18446744073709551615u"},
      {"18446744073709551616u", "error"},
      {"0xFFu", "255u"},
      {"7U", "7u"},
      {"1.5", "1.5"},
      {".5", "0.5"},
      {"1e3", "1000.0"},
      {"1E+3", "1000.0"},
      {"25e-1", "2.5"},
      {"1.5e2", "150.0"},
      {"-1.5", "-1.5"},
      {"-.5", "-0.5"},
      {"- 3", "-3"},
      {"1.", "error"},
      {"1e", "error"},
      {"1e400", "error"},
      {"1e-400", "0.0"},
      {"12ab", "error"},
      {"1 2", "error"},
  });
}

TEST_CASE("the smallest doubles are kept") {
  CHECK(run("4.9e-324").real() == std::numeric_limits<double>::denorm_min());
  CHECK(run("1.7976931348623157e308").real() == std::numeric_limits<double>::max());
  CHECK(std::signbit(run("-0.0").real()));
}

TEST_CASE("strings: every escape") {
  check({
      {R"('\a' == '\x07')", "true"},
      {R"('\b\f\n\r\t\v' == '\x08\x0c\x0a\x0d\x09\x0b')", "true"},
      {R"('\\ \? \" \' \`')", R"("\\ ? \" ' `")"},
      {R"('\101\x42\X43\u0044\U00000045')", "\"ABCDE\""},
      {R"('\377' == '\u00ff' && size('\377') == 1)", "true"},
      {R"('\ud83d\ude2c' == '\U0001F62C')", "true"},
      {R"('\ud83d')", "error"},
      {R"('\ud83dx')", "error"},
      {R"('\ude2c')", "error"},
      {R"('\ud83d\u0041')", "error"},
      {R"('\U00110000')", "error"},
      {R"('\UFFFFFFFF')", "error"},
      {R"('\q')", "error"},
      {R"('\400')", "error"},
      {R"('\18')", "error"},
      {R"('\x4')", "error"},
      {R"('\u12')", "error"},
      {R"('\')", "error"},
      {R"('\x-1')", "error"},
  });
}

TEST_CASE("strings: quotes, raw and triple-quoted") {
  check({
      {R"("it's")", R"("it's")"},
      {R"('say "x"' == "say \"x\"")", "true"},
      {R"(r'\n' == '\\n')", "true"},
      {R"(R"\d+" == '\\d+')", "true"},
      {R"(r'\')", R"("\\")"},
      {"'''a\nb''' == 'a\\nb'", "true"},
      {"\"\"\"a\r\nb\"\"\" == 'a\\r\\nb'", "true"},
      {"'''x''x''' == \"x''x\"", "true"},
      {"'''''' == ''", "true"},
      {"r'''\\n''' == '\\\\n'", "true"},
      {"'a\nb'", "error"},
      {"'a\rb'", "error"},
      {"'open", "error"},
      {"'''open''", "error"},
      {"'", "error"},
      {"'''", "error"},
      {"rr'x'", "error"},
      {"'a' 'b'", "error"},
  });
}

TEST_CASE("bytes: octets, and UTF-8 of what is written out") {
  check({
      {R"(b'\377\xff\X00')", R"(b"\xff\xff\x00")"},
      {"b'ÿ' == b'\\303\\277'", "true"},
      {R"(b'\u0041')", "error"},
      {R"(b'\U00000041')", "error"},
      {R"(br'\377' == b'\\377')", "true"},
      {R"(rb'\n' == b'\\n')", "true"},
      {R"(Rb"x" == bR"x")", "true"},
      {"b'''a\nb''' == b'a\\nb'", "true"},
      {"bb'x'", "error"},
  });
}

TEST_CASE("a string must be UTF-8") {
  CHECK(shown("'\xff'") == "error");
  CHECK(shown("'\xc3\xa9'") == "\"é\"");
  CHECK(shown("b'\xff'") == "error");
  CHECK(shown("x\xff") == "error");
}

TEST_CASE("white space and comments stand between words") {
  check({
      {"1// one\n+ 2", "3"},
      {" \t\f\r\n1 // the end", "1"},
      {"'// not a comment'", "\"// not a comment\""},
      {"// nothing", "error"},
      {"", "error"},
      {"1 /* no */", "error"},
      {"4 / 2", "2"},
  });
}

TEST_CASE("lists and maps, with a comma too many at most") {
  check({
      {"[]", "[]"},
      {"[1, 2,]", "[1, 2]"},
      {"[,]", "error"},
      {"[1,,2]", "error"},
      {"{}", "{}"},
      {"{'a': 1,}", "{\"a\": 1}"},
      {"{'a' 1}", "error"},
      {"{'a': 1, 'a': 2}", "error"},
      {"{1: 1, 1u: 2}", "error"},
      {"{true: 1, 1: 2, 2u: 3, 'x': 4}", "{true: 1, 1: 2, 2u: 3, \"x\": 4}"},
      {"{1.0: 1}", "error"},
      {"{null: 1}", "error"},
      {"{[]: 1}", "error"},
      {"size('x',)", "error"},
  });
}

TEST_CASE("reserved words name fields and methods, nothing else") {
  for (const char* word : {"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
                           "package", "namespace", "return", "var", "void", "while"}) {
    CAPTURE(word);
    CHECK(shown(word, {{word, 1}}) == "error");
    CHECK(shown(std::string("{'") + word + "': 1}." + word) == "1");
    CHECK(shown(std::string("a.") + word + "() || true") == "true");
    CHECK(shown(std::string(word) + "(1) || true") == "error");
  }
  for (const char* word : {"in", "true", "false", "null"}) {
    CAPTURE(word);
    CHECK(shown(std::string("{'") + word + "': 1}." + word) == "error");
  }
}

TEST_CASE("field names within backquotes hold what identifiers cannot") {
  check({
      {"{'a-b': 1}.`a-b`", "1"},
      {"{'a.b': 1}.`a.b`", "1"},
      {"{'/x y': 1}.`/x y`", "1"},
      {"{'in': 1}.`in`", "1"},
      {"has({'a-b': 1}.`a-b`)", "true"},
      {"has({'a-b': 1}.`a-c`)", "false"},
      {"{'a': 1}.``", "error"},
      {"{'a': 1}.`a", "error"},
      {"{'a': 1}.`a\"`", "error"},
      {"`a`", "error"},
  });
}
