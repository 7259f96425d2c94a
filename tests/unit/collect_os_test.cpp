// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/collect/os_release.h"
#include "tests/support/collected.h"
#include "tests/support/fault_host.h"

using namespace harden;
using namespace harden::test;

namespace {

constexpr const char* kEtc = "/etc/os-release";
constexpr const char* kUsr = "/usr/lib/os-release";
constexpr const char* kFacts[] = {"os.id", "os.id_like", "os.version_id", "os.pretty_name"};

}  // namespace

TEST_CASE("the usual os-release") {
  const Facts facts = collected("os", MemoryHost{{kEtc,
                                                  "PRETTY_NAME=\"Rocky Linux 9.4 (Blue Onyx)\"\nID=\"rocky\"\n"
                                                  "ID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\n"}});
  CHECK(shown(facts, "os.id") == "\"rocky\"");
  CHECK(shown(facts, "os.id_like") == R"(["rhel", "centos", "fedora"])");
  CHECK(shown(facts, "os.version_id") == "\"9.4\"");
  CHECK(shown(facts, "os.pretty_name") == "\"Rocky Linux 9.4 (Blue Onyx)\"");
  CHECK(facts.source("os.id") == kEtc);
}

TEST_CASE("values are unquoted as a shell would") {
  const std::pair<const char*, const char*> cases[] = {
      {"N=plain", "plain"},
      {"N=\"a b\"", "a b"},
      {"N='a \\ b'", "a \\ b"},
      {"N=\"a\\\"b\\$c\"", "a\"b$c"},
      {"N=a\\ b", "a b"},
      {"N=\"a\"'b'c", "abc"},
      {"N=", ""},
      {"N=\"\"", ""},
      {"  N=x  ", "x"},
      {"N=a=b", "a=b"},
      {"N=1\nN=2", "2"},
      {"N=\"it's\"", "it's"},
      {"#N=no\nN=yes", "yes"},
      {"N=x\r\nM=y", "x"},
      {"N=\"open\nN=closed", "closed"},
  };
  for (const auto& [text, value] : cases) {
    CAPTURE(text);
    const auto fields = probe::parse_os_release(text);
    REQUIRE(fields.contains("N"));
    CHECK(fields.at("N") == value);
  }
}

TEST_CASE("lines that assign nothing are left out") {
  for (const char* text : {"", "no equals", "=x", "lower=x", "A B=x", "N=\"open", "N='open", "# N=x", "\xff\xfe=1"}) {
    CAPTURE(text);
    CHECK(probe::parse_os_release(text).empty());
  }
}

TEST_CASE("fields that are not there have the defaults of os-release(5)") {
  const Facts facts = collected("os", MemoryHost{{kEtc, "NAME=Something\n"}});
  CHECK(shown(facts, "os.id") == "\"linux\"");
  CHECK(shown(facts, "os.id_like") == "[]");
  CHECK(shown(facts, "os.version_id") == "\"\"");
  CHECK(shown(facts, "os.pretty_name") == "\"Linux\"");
}

TEST_CASE("/usr/lib stands in where /etc has none, and only then") {
  const Facts usr = collected("os", MemoryHost{{kUsr, "ID=arch\n"}});
  CHECK(shown(usr, "os.id") == "\"arch\"");
  CHECK(usr.source("os.id") == kUsr);
  const Facts both = collected("os", MemoryHost{{kEtc, "ID=debian"}, {kUsr, "ID=arch\n"}});
  CHECK(shown(both, "os.id") == "\"debian\"");
  const Facts denied = collected("os", MemoryHost{{kUsr, "ID=arch\n"}}.error(kEtc, Errc::denied));
  CHECK(shown(denied, "os.id") == "unknown(denied)");
  const Facts linked = collected("os", MemoryHost{{kUsr, "ID=arch\n"}}.link(kEtc, "../usr/lib/os-release"));
  CHECK(shown(linked, "os.id") == "\"arch\"");
}

TEST_CASE("no os-release, an empty one and one that is no text") {
  const std::pair<MemoryHost, const char*> cases[] = {
      {MemoryHost{}, "unknown(absent)"},
      {MemoryHost{{kEtc, ""}}, "unknown(malformed)"},
      {MemoryHost{{kEtc, "<html>"}}, "unknown(malformed)"},
      {MemoryHost{{kEtc, std::string("ID=a\0b", 6)}}, "unknown(malformed)"},
      {MemoryHost{{kEtc, "ID=\xff"}}, "unknown(malformed)"},
      {MemoryHost{{kEtc, std::string(1 << 20, 'A')}}, "unknown(too_large)"},
      {MemoryHost{}.folder(kEtc), "unknown(malformed)"},
  };
  for (const auto& [host, expected] : cases) {
    const Facts facts = collected("os", host);
    for (const char* fact : kFacts) CHECK(shown(facts, fact) == expected);
  }
}

TEST_CASE("names that are no names are malformed, the rest is kept") {
  const Facts facts = collected(
      "os",
      MemoryHost{{kEtc, "ID=\"a b\"\nID_LIKE=\"rhel $(id)\"\nVERSION_ID=\"9\x1b[0m\"\nPRETTY_NAME=\"\x1b[31mred\"\n"}});
  CHECK(shown(facts, "os.id") == "unknown(malformed)");
  CHECK(shown(facts, "os.id_like") == "unknown(malformed)");
  CHECK(shown(facts, "os.version_id") == "unknown(malformed)");
  CHECK(shown(facts, "os.pretty_name") == R"("\x1b[31mred")");
}
