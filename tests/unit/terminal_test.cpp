// SPDX-License-Identifier: Apache-2.0
#include "agent/report/terminal.h"

#include <doctest/doctest.h>

#include <string>

using namespace harden;

TEST_CASE("what another program laid out keeps its lines, tabs and colours") {
  for (const std::string text : {"", "plain\n", "a\tb\n\nc", "\x1b[1;31mEXPOSED\x1b[0m high\n", "\x1b[m",
                                 "caf\xc3\xa9 \xe2\x80\xa6\n", "a \\ b"}) {
    CAPTURE(text);
    CHECK(harmless(text) == text);
  }
}

TEST_CASE("everything else that a terminal would obey is escaped") {
  const std::pair<std::string, std::string> rows[] = {
      {"\x1b[2J", "\\x1b[2J"},
      {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
      {"\x1b[1;31", "\\x1b[1;31"},
      {"\x1b[31H", "\\x1b[31H"},
      {"\x1b", "\\x1b"},
      {"\x1b\x1b[0m", "\\x1b\x1b[0m"},
      {"\x1b[1111111111111111111111m", "\\x1b[1111111111111111111111m"},
      {"over\rwritten", "over\\rwritten"},
      {"\xe2\x80\xae"
       "abc",
       "\\u202eabc"},
      {"\xff", "\\xff"},
      {std::string("\0", 1), "\\x00"},
  };
  for (const auto& [text, wanted] : rows) {
    CAPTURE(wanted);
    CHECK(harmless(text) == wanted);
  }
}
