// SPDX-License-Identifier: Apache-2.0
//
// What tests/oracle/diff.py cannot ask diff(1) for.
#include <doctest/doctest.h>

#include "agent/report/diff.h"

using namespace harden;

namespace {

std::string shown(Layer layer, std::optional<std::string> before, std::optional<std::string> after,
                  bool color = false) {
  return change_diff({layer, "/place", "module sctp", std::move(before), std::move(after)}, {color, 100});
}

}  // namespace

TEST_CASE("a sysctl's value ends in a newline, as the kernel shows it") {
  CHECK(shown(Layer::runtime, "1", "0") == "--- /place\n+++ /place\n@@ -1 +1 @@\n-1\n+0\n");
  CHECK(shown(Layer::runtime, "1", "1").empty());
}

TEST_CASE("a file that is made or taken away is /dev/null on the other side") {
  CHECK(shown(Layer::file, std::nullopt, "a\n") == "--- /dev/null\n+++ /place\n@@ -0,0 +1 @@\n+a\n");
  CHECK(shown(Layer::file, "a\n", std::nullopt) == "--- /place\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
  CHECK(shown(Layer::file, "a", "a\n") ==
        "--- /place\n+++ /place\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

TEST_CASE("a module is a line that patch reads over") {
  CHECK(shown(Layer::module, kModuleLoaded, std::nullopt) == "unload module sctp\n");
}

TEST_CASE("tabs stay, and what could steer a terminal is escaped") {
  CHECK(shown(Layer::file, std::nullopt, "\ta\tb\r\n\x1b[2J\n") ==
        "--- /dev/null\n+++ /place\n@@ -0,0 +1,2 @@\n+\ta\tb\\r\n+\\x1b[2J\n");
  const std::string painted = shown(Layer::runtime, "1", "0", true);
  CHECK(painted.find("\x1b[1;31m-1\x1b[0m\n") != std::string::npos);
}

TEST_CASE("a text of very many lines is replaced as a whole") {
  std::string before;
  for (int i = 0; i < 2001; ++i) before += "x\n";
  const std::string diff = unified_diff("/place", before, before + "y\n");
  CHECK(diff.starts_with("--- /place\n+++ /place\n@@ -1,2001 +1,2002 @@\n-x\n"));
  CHECK(diff.ends_with("+x\n+y\n"));
}
