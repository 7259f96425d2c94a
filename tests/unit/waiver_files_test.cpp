// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "harden/waiver.h"
#include "tests/support/memory_host.h"

using namespace harden;
using harden::test::MemoryHost;

namespace {

constexpr const char* kFolder = "/etc/hardend/waivers.d";
constexpr std::int64_t kNoon = 1798718400;  // 2026-12-31T12:00:00Z

WaiverSet load(const std::string& text) {
  return load_waivers(MemoryHost{{"/etc/hardend/waivers.d/x.toml", text}}, kFolder);
}

std::string entry(const std::string& policy, const std::string& until = "2026-12-31T12:00:00Z") {
  return "[[waiver]]\npolicy = \"" + policy + "\"\nreason = \"r\"\nuntil = " + until + "\n";
}

std::string rendered(const WaiverSet& set) {
  std::string text;
  for (const Diagnostic& diagnostic : set.diagnostics) text += render(diagnostic);
  return text;
}

}  // namespace

TEST_CASE("the waivers of a folder, by file and place") {
  MemoryHost host{{"/etc/hardend/waivers.d/b.toml", entry("three")},
                  {"/etc/hardend/waivers.d/a.toml", entry("two") + "owner = \"Alice\"\n" + entry("one")},
                  {"/etc/hardend/waivers.d/a.toml.bak", "no waiver"},
                  {"/etc/hardend/waivers.d/.a.toml", "no waiver"},
                  {"/elsewhere/c.toml", entry("four")}};
  host.link("/etc/hardend/waivers.d/c.toml", "/elsewhere/c.toml");
  const WaiverSet set = load_waivers(host, kFolder);
  CHECK(rendered(set).empty());
  REQUIRE(set.waivers.size() == 4);
  CHECK(set.waivers[0] == Waiver{"two", "r", "Alice", kNoon, 0, "/etc/hardend/waivers.d/a.toml"});
  CHECK(set.waivers[1] == Waiver{"one", "r", "", kNoon, 0, "/etc/hardend/waivers.d/a.toml"});
  CHECK(set.waivers[2].policy == "three");
  CHECK(set.waivers[3].policy == "four");
}

TEST_CASE("a time may be TOML's own or a string") {
  for (const auto& [until, wanted] :
       std::vector<std::pair<std::string, std::int64_t>>{{"2026-12-31", 1798761600},
                                                         {"\"2026-12-31\"", 1798761600},
                                                         {"2026-12-31T12:00:00Z", kNoon},
                                                         {"2026-12-31 12:00:00Z", kNoon},
                                                         {"2026-12-31T14:00:00.25+02:00", kNoon},
                                                         {"\"2026-12-31T14:00:00+02:00\"", kNoon},
                                                         {"2026-12-31T06:30:00-05:30 # noon", kNoon},
                                                         {"2026-12-31   # the end of the year", 1798761600},
                                                         {"2026-12-31\r", 1798761600}}) {
    CAPTURE(until);
    const WaiverSet set = load(entry("x", until));
    CHECK(rendered(set).empty());
    REQUIRE(set.waivers.size() == 1);
    CHECK(set.waivers[0].until == wanted);
  }
  const WaiverSet inline_table = load("waiver = [{ policy = \"x\", until = 2026-12-31, reason = \"\xc3\xa9\" }]");
  REQUIRE(inline_table.waivers.size() == 1);
  CHECK(inline_table.waivers[0].until == 1798761600);
}

TEST_CASE("no folder, an empty folder and an empty file waive nothing and are no mistake") {
  CHECK(load_waivers(MemoryHost{}, kFolder).diagnostics.empty());
  CHECK(load_waivers(MemoryHost().folder(kFolder), kFolder).diagnostics.empty());
  CHECK(load("# nothing yet\n").diagnostics.empty());
  CHECK(load("").waivers.empty());
}

TEST_CASE("every mistake of a file is told at once, with its place") {
  const WaiverSet set = load(
      "[[waiver]]\n"
      "policy = \"a b\"\n"
      "reason = \" \"\n"
      "until = 2026-12-31T12:00:00\n"
      "[[waiver]]\n"
      "policy = 7\n"
      "reson = \"x\"\n"
      "until = 12:00:00\n"
      "[[waiver]]\n"
      "policy = \"twice\"\n"
      "reason = \"r\"\n"
      "until = 20261231\n"
      "[[waiver]]\n"
      "policy = \"twice\"\n"
      "reason = \"r\"\n"
      "until = \"soon\"\n"
      "owner = []\n"
      "[other]\n");
  CHECK(set.waivers.empty());
  const std::string text = rendered(set);
  const std::string file = "/etc/hardend/waivers.d/x.toml:";
  for (const char* wanted :
       {"2:10: \"a b\" is not the id of a policy", "3:10: this string is empty", "4:9: ", "6:10: expected a string",
        "7:1: unknown key \"reson\"", "did you mean 'reason'?",
        "8:9: ", "12:9: expected a date or time, not an integer", "13:1: this file waives \"twice\" twice",
        "16:9: \"soon\" is neither", "17:9: expected a string", "unknown key \"other\"", "has no \"reason\""}) {
    CAPTURE(wanted);
    CAPTURE(text);
    CHECK(text.find(wanted) != std::string::npos);
  }
  CHECK(text.find(file + "2:10:") != std::string::npos);
}

TEST_CASE("a file with a mistake gives none, and does not stop the others") {
  const MemoryHost host{{"/etc/hardend/waivers.d/a.toml", entry("a") + "[[waiver]]\n"},
                        {"/etc/hardend/waivers.d/b.toml", "[[waiver"},
                        {"/etc/hardend/waivers.d/c.toml", std::string("\xff\x00", 2)},
                        {"/etc/hardend/waivers.d/d.toml", std::string(2 << 20, '#')},
                        {"/etc/hardend/waivers.d/e.toml", "waiver = " + std::string(100'000, '[')},
                        {"/etc/hardend/waivers.d/f.toml", "waiver = []"},
                        {"/etc/hardend/waivers.d/g.toml", "waiver = 1"},
                        {"/etc/hardend/waivers.d/h.toml", "waiver = [1, \"x\", 2026-12-31]"},
                        {"/etc/hardend/waivers.d/y.toml", entry("y")}};
  const WaiverSet set = load_waivers(host, kFolder);
  REQUIRE(set.waivers.size() == 1);
  CHECK(set.waivers[0].policy == "y");
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    const std::string place = std::string("/etc/hardend/waivers.d/") + name + ".toml:";
    CAPTURE(place);
    CHECK(rendered(set).find(place) != std::string::npos);
  }
}

TEST_CASE("what cannot be read is told, never taken for nothing") {
  MemoryHost folder_denied;
  folder_denied.error(kFolder, Errc::denied);
  CHECK(load_waivers(folder_denied, kFolder).diagnostics.size() == 1);
  MemoryHost file_denied{{"/etc/hardend/waivers.d/y.toml", entry("y")}};
  file_denied.error("/etc/hardend/waivers.d/x.toml", Errc::denied);
  const WaiverSet set = load_waivers(file_denied, kFolder);
  CHECK(set.diagnostics.size() == 1);
  CHECK(set.waivers.size() == 1);
}

TEST_CASE("texts, files and waivers are bounded") {
  CHECK(load(entry("x") + "owner = \"" + std::string(4096, 'x') + "\"\n").waivers.size() == 1);
  CHECK(load(entry("x") + "owner = \"" + std::string(4097, 'x') + "\"\n").diagnostics.size() == 1);
  MemoryHost host;
  for (int i = 0; i < 1002; ++i) {
    const std::string number = std::to_string(i);
    host.file("/etc/hardend/waivers.d/" + number + ".toml", entry("p" + number));
  }
  const WaiverSet set = load_waivers(host, kFolder);
  CHECK(set.waivers.size() == 1000);
  CHECK(set.diagnostics.size() == 1);
}
