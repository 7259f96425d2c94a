// SPDX-License-Identifier: Apache-2.0
// What holds for every collector there is, whatever the host answers.
#include <doctest/doctest.h>

#include "tests/support/collected.h"
#include "tests/support/fault_host.h"

using namespace harden;
using namespace harden::test;

namespace {

MemoryHost plain_machine() {
  return {{"/etc/os-release", "ID=debian\nVERSION_ID=12\n"},
          {"/proc/sys/kernel/osrelease", "6.1.0-40-amd64\n"},
          {"/proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-01-01)\n"},
          {"/proc/sys/kernel/tainted", "0\n"},
          {"/proc/modules", ""},
          {"/proc/cmdline", "quiet\n"},
          {"/proc/meminfo", "MemTotal: 1 kB\n"},
          {"/boot/config-6.1.0-40-amd64", "CONFIG_A=y\n"},
          {"/sys/devices/system/cpu/possible", "0-1\n"},
          {"/sys/devices/system/cpu/vulnerabilities/mds", "Not affected\n"},
          {"/sys/kernel/security/lsm", "capability\n"},
          {"/sys/fs/cgroup/cgroup.controllers", "memory\n"}};
}

// `collected` itself checks the type and the source of every fact.
void collect_all(const std::shared_ptr<const Host>& host) {
  for (const Collector& collector : collectors()) {
    CAPTURE(collector.name);
    CHECK_FALSE(collected(collector.name, host).all().empty());
  }
}

bool knows_anything(const Facts& facts) {
  for (const auto& [name, fact] : facts.all()) {
    if (!fact.value.is(Value::Kind::unknown)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every collector keeps its types on a plain and on an empty host") {
  collect_all(std::make_shared<MemoryHost>(plain_machine()));
  collect_all(std::make_shared<MemoryHost>());
}

TEST_CASE("every collector keeps its types on hosts that answer garbage, too much, or errors") {
  for (const char* where : {"*", "/proc*", "/sys*", "/etc*", "/boot*"}) {
    CAPTURE(where);
    const auto plain = std::make_shared<MemoryHost>(plain_machine());
    const auto garbage = std::make_shared<FaultHost>(plain);
    collect_all((garbage->garbage(where), garbage));
    const auto endless = std::make_shared<FaultHost>(plain);
    collect_all((endless->endless(where), endless));
    for (const Errc code : {Errc::denied, Errc::timeout, Errc::failed, Errc::absent}) {
      const auto broken = std::make_shared<FaultHost>(plain);
      collect_all((broken->fail(where, code), broken));
    }
  }
}

TEST_CASE("a host that may not be looked at is not known in any respect") {
  for (const char* name : {"cgroup", "cmdline", "cpu", "crash_readiness", "kernel", "kernel_config", "kernel_state",
                           "lsm", "memory", "module", "os", "sysctl"}) {
    CAPTURE(name);
    for (const Errc code : {Errc::denied, Errc::timeout, Errc::absent}) {
      const auto host = std::make_shared<FaultHost>(std::make_shared<MemoryHost>(plain_machine()));
      host->fail("*", code);
      CHECK_FALSE(knows_anything(collected(name, host)));
    }
  }
}
