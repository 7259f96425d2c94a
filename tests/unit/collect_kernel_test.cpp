// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/collected.h"
#include "tests/support/fault_host.h"

using namespace harden;
using namespace harden::test;

namespace {

constexpr const char* kRelease = "/proc/sys/kernel/osrelease";
constexpr const char* kVersion = "/proc/sys/kernel/version";
constexpr const char* kDerived[] = {"kernel.vendor", "kernel.vendor_release", "kernel.package", "kernel.upstream"};

MemoryHost debian() {
  return {{kRelease, "6.1.0-40-amd64\n"},
          {kVersion, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-01-01)\n"},
          {"/etc/os-release", "ID=debian\nVERSION_ID=12\n"}};
}

}  // namespace

TEST_CASE("the usual kernel") {
  const Facts facts = collected("kernel", debian().file("/proc/sys/kernel/arch", "x86_64\n"));
  CHECK(shown(facts, "kernel.release") == "\"6.1.0-40-amd64\"");
  CHECK(shown(facts, "kernel.version") == "\"#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-01-01)\"");
  CHECK(shown(facts, "kernel.arch") == "\"x86_64\"");
  CHECK(facts.source("kernel.release") == kRelease);
}

TEST_CASE("releases that are no release make everything about the kernel malformed") {
  const std::string releases[] = {"",
                                  "\n",
                                  "6",
                                  "linux",
                                  "6.1.0 -40",
                                  "../../../etc/passwd",
                                  "6.1.0/../../x",
                                  "6.1.0-\x1b[31m",
                                  "6.1.0-\xff",
                                  std::string("6.1.0\0x", 7),
                                  "9999999999.1.0",
                                  "6.1.0-" + std::string(64, 'a')};
  for (const std::string& release : releases) {
    CAPTURE(release);
    const Facts facts = collected("kernel", debian().file(kRelease, release));
    CHECK(shown(facts, "kernel.release") == "unknown(malformed)");
    for (const char* fact : kDerived) CHECK(shown(facts, fact) == "unknown(malformed)");
  }
}

TEST_CASE("a kernel that cannot be asked is unknown for that reason") {
  const Facts absent = collected("kernel", MemoryHost{});
  CHECK(shown(absent, "kernel.release") == "unknown(absent)");
  CHECK(shown(absent, "kernel.upstream") == "unknown(absent)");
  CHECK(shown(absent, "kernel.arch") == "unknown(absent)");
  const Facts denied = collected("kernel", debian().error("/proc", Errc::denied));
  for (const char* fact : kDerived) CHECK(shown(denied, fact) == "unknown(denied)");
}

TEST_CASE("without uname -v a vendor that the release does not name stays unknown") {
  const Facts facts = collected("kernel", debian().error(kVersion, Errc::denied));
  CHECK(shown(facts, "kernel.version") == "unknown(denied)");
  for (const char* fact : kDerived) CHECK(shown(facts, fact) == "unknown(denied)");
  const Facts rhel =
      collected("kernel", debian().error(kVersion, Errc::denied).file(kRelease, "3.10.0-862.el7.x86_64"));
  CHECK(shown(rhel, "kernel.vendor") == "\"rhel\"");
  CHECK(shown(rhel, "kernel.package") == "\"3.10.0-862.el7\"");
}

TEST_CASE("a build line with control characters, no text or no end is not taken") {
  for (const std::string& version :
       {std::string("#1 SMP\x1b[2J"), std::string(""), std::string("#1\nSMP"), std::string("\xc3\x28")}) {
    const Facts facts = collected("kernel", debian().file(kVersion, version));
    CHECK(shown(facts, "kernel.version") == "unknown(malformed)");
    CHECK(shown(facts, "kernel.vendor") == "unknown(malformed)");
  }
  const auto host = std::make_shared<FaultHost>(std::make_shared<MemoryHost>(debian()));
  host->endless(kVersion).garbage(kRelease);
  const Facts facts = collected("kernel", host);
  CHECK(shown(facts, "kernel.version") == "unknown(too_large)");
  CHECK(shown(facts, "kernel.release") == "unknown(malformed)");
}

TEST_CASE("a signature that cannot be read leaves Ubuntu's package and upstream unknown") {
  const Facts facts =
      collected("kernel", MemoryHost{{kRelease, "5.15.0-100-generic"}, {kVersion, "#110-Ubuntu SMP"}}.error(
                              "/proc/version_signature", Errc::denied));
  CHECK(shown(facts, "kernel.vendor") == "\"ubuntu\"");
  CHECK(shown(facts, "kernel.vendor_release") == "unknown(absent)");
  CHECK(shown(facts, "kernel.package") == "unknown(denied)");
  CHECK(shown(facts, "kernel.upstream") == "unknown(denied)");
}

TEST_CASE("Container-Optimized OS is told by its compiler") {
  MemoryHost host{{kRelease, "6.1.100+"}, {kVersion, "#1 SMP PREEMPT_DYNAMIC Sat Jul 27 2024"}};
  CHECK(shown(collected("kernel", host), "kernel.vendor") == "\"unrecognised\"");
  host.file("/proc/version", "Linux version 6.1.100+ (builder@localhost) (Chromium OS 17.0_pre clang) #1 SMP\n");
  const Facts facts = collected("kernel", host);
  CHECK(shown(facts, "kernel.vendor") == "\"cos\"");
  CHECK(shown(facts, "kernel.upstream") == "\"6.1.100\"");
}

TEST_CASE("the architecture, where the kernel does not name it, is that of the release") {
  const std::pair<const char*, const char*> cases[] = {
      {"3.10.0-862.el7.x86_64", "\"x86_64\""},   {"4.18.0-553.el8_10.aarch64", "\"aarch64\""},
      {"5.14.0-427.el9_4.s390x", "\"s390x\""},   {"5.14.0-427.el9_4.x86_64+rt", "\"x86_64\""},
      {"6.1.0-40-arm64", "\"aarch64\""},         {"6.1.0-40-cloud-amd64", "\"x86_64\""},
      {"6.1.0-40-686-pae", "\"i686\""},          {"6.18.44-fc-v657", "unknown(absent)"},
      {"5.15.0-100-generic", "unknown(absent)"},
  };
  for (const auto& [release, arch] : cases) {
    CAPTURE(release);
    CHECK(shown(collected("kernel", debian().file(kRelease, release)), "kernel.arch") == arch);
  }
  CHECK(shown(collected("kernel", debian().error("/proc/sys/kernel/arch", Errc::denied)), "kernel.arch") ==
        "unknown(denied)");
}

TEST_CASE("no more is read than is wanted") {
  const auto host = std::make_shared<MemoryHost>(debian());
  Wanted wanted;
  wanted.add("kernel.release");
  collected("kernel", host, wanted);
  CHECK_FALSE(host->was_asked("read /etc/os-release"));
  CHECK_FALSE(host->was_asked("read /proc/sys/kernel/arch"));
  wanted.add("kernel.upstream");
  collected("kernel", host, wanted);
  CHECK(host->was_asked("read /etc/os-release"));
}
