// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/log.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "tests/support/source_dir.h"

using namespace harden::daemon;

TEST_CASE("every message has an id of its own, and the catalog explains it, and no other") {
  std::ifstream stream(harden::test::source_dir() / "dist/catalog/hardend.catalog");
  const std::string catalog(std::istreambuf_iterator<char>(stream), {});
  std::set<std::string> explained;
  const std::regex head("(^|\n)-- ([0-9a-f]{32})\n");
  for (auto one = std::sregex_iterator(catalog.begin(), catalog.end(), head); one != std::sregex_iterator(); ++one) {
    explained.insert((*one)[2]);
  }
  std::set<std::string> ids;
  for (int number = 0; number <= static_cast<int>(Message::notice); ++number) {
    CAPTURE(number);
    CHECK(ids.insert(std::string(message_id(static_cast<Message>(number)))).second);
  }
  CHECK(ids == explained);
}
