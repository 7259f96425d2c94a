// SPDX-License-Identifier: Apache-2.0
//
// Ordinary boots give no record, however their text is wrapped or cut.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "agent/core/text.h"
#include "harden/crash.h"
#include "tests/support/source_dir.h"

using namespace harden;

namespace {

std::string boot(const char* name) {
  std::ifstream stream(test::source_dir() / "tests/crash/boots" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string wrapped(const std::string& log, const std::function<std::string(std::string_view)>& wrap) {
  std::string out;
  for (const std::string_view line : text::lines(log)) out += wrap(line) + "\n";
  return out;
}

}  // namespace

TEST_CASE("boots of a real kernel give no record") {
  for (const char* name : {"plain.log", "debug.log"}) {
    CAPTURE(name);
    const std::string log = boot(name);
    REQUIRE(log.size() > 20'000);
    const auto reading = parse_crashes(log);
    CHECK(reading.crashes.empty());
    CHECK(reading.precursors.empty());
    CHECK(reading.kernel.starts_with("6.1.0-"));
    CHECK_FALSE(reading.more);
  }
}

TEST_CASE("nor do they in any wrapping") {
  const std::string log = boot("debug.log");
  CHECK(parse_crashes(wrapped(log, [](auto line) { return "<6>" + std::string(line) + "\r"; })).crashes.empty());
  CHECK(parse_crashes(wrapped(log, [](auto line) {
          return "Nov 26 11:11:11 host kernel: " + std::string(line);
        })).crashes.empty());
  CHECK(parse_crashes(wrapped(log, [](auto line) {
          return std::string(line.substr(std::min<std::size_t>(15, line.size())));
        })).crashes.empty());
}

TEST_CASE("nor cut at either end, nor one after the other") {
  const std::string log = boot("plain.log");
  for (std::size_t part = 1; part < 20; ++part) {
    CHECK(parse_crashes(log.substr(log.size() * part / 20)).crashes.empty());
    CHECK(parse_crashes(log.substr(0, log.size() * part / 20)).crashes.empty());
  }
  CHECK(parse_crashes(log + log + boot("debug.log") + log).crashes.empty());
}

TEST_CASE("a machine that boots again in the middle of its work is told") {
  const std::string running = "[  100.5] usb 1-1: new device\n[  101.5] docker0: port 1 entered forwarding state\n";
  const auto reading = parse_crashes(running + "SeaBIOS (version 1.16.2-debian-1.16.2-1)\n" + boot("plain.log"));
  REQUIRE(reading.crashes.size() == 1);
  CHECK(reading.crashes[0].title == "unexpected kernel reboot");
  CHECK(parse_crashes(running + "[  102.5] reboot: Restarting system\nSeaBIOS (version 1.16.2)\n" + boot("plain.log"))
            .crashes.empty());
}
