// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/collected.h"
#include "tests/support/fault_host.h"

using namespace harden;
using namespace harden::test;

namespace {

constexpr const char* kHead = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n";
constexpr const char* kMemory = "/sys/fs/cgroup/memory";

MemoryHost version1(const char* cmdline = "quiet") {
  return {{"/proc/cgroups", std::string(kHead) + "cpu\t3\t65\t1\nmemory\t7\t120\t1\nrdma\t0\t1\t0\n"},
          {"/proc/self/mounts", "cgroup /sys/fs/cgroup/memory cgroup rw,nosuid,memory 0 0\n"},
          {"/proc/cmdline", cmdline}};
}

MemoryHost version2(const char* cmdline = "quiet") {
  return {{"/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n"}, {"/proc/cmdline", cmdline}};
}

std::string group(const char* name, const char* file) { return std::string(kMemory) + "/" + name + "/" + file; }

std::string accounting(const MemoryHost& host) { return shown(collected("cgroup", host), "cgroup.kmem_accounting"); }

}  // namespace

TEST_CASE("version 2") {
  const Facts facts = collected("cgroup", version2());
  CHECK(shown(facts, "cgroup.version") == "2");
  CHECK(shown(facts, "cgroup.controllers") == R"(["cpuset", "cpu", "io", "memory", "pids"])");
  CHECK(shown(facts, "cgroup.kmem_accounting") == "true");
}

TEST_CASE("version 1 is told by the memory controller's hierarchy") {
  const Facts facts = collected("cgroup", version1());
  CHECK(shown(facts, "cgroup.version") == "1");
  CHECK(shown(facts, "cgroup.controllers") == R"(["cpu", "memory"])");
  CHECK(facts.source("cgroup.version") == "/proc/cgroups");
}

TEST_CASE("the hybrid layout has the version that has the memory controller") {
  MemoryHost host = version1();
  host.file("/proc/self/mounts",
            "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n");
  host.file("/sys/fs/cgroup/unified/cgroup.controllers", "\n");
  CHECK(shown(collected("cgroup", host), "cgroup.version") == "1");
  host.file("/proc/cgroups", std::string(kHead) + "cpu\t3\t65\t1\nmemory\t0\t120\t1\n");
  CHECK(shown(collected("cgroup", host), "cgroup.version") == "unknown(unsupported)");
  host.file("/sys/fs/cgroup/unified/cgroup.controllers", "memory pids\n");
  CHECK(shown(collected("cgroup", host), "cgroup.version") == "2");
}

TEST_CASE("no control groups, or none that can be asked") {
  const std::pair<MemoryHost, const char*> cases[] = {
      {MemoryHost{}, "unknown(absent)"},
      {version2().error("/sys/fs/cgroup/cgroup.controllers", Errc::denied), "unknown(denied)"},
      {version1().error("/proc/cgroups", Errc::denied), "unknown(denied)"},
      {version1().file("/proc/cgroups", "memory\n"), "unknown(malformed)"},
      {version1().file("/proc/cgroups", "memory x 1 1\n"), "unknown(malformed)"},
      {version1().file("/proc/cgroups", "\xff"), "unknown(malformed)"},
      {version1().file("/proc/cgroups", kHead).remove("/proc/self"), "unknown(unsupported)"},
  };
  for (const auto& [host, expected] : cases) CHECK(shown(collected("cgroup", host), "cgroup.version") == expected);
}

TEST_CASE("accounting switched off on the command line is off in every version") {
  for (const char* off : {"cgroup.memory=nokmem", "cgroup.memory=nosocket,nokmem", "cgroup_disable=memory"}) {
    CHECK(accounting(version1(off)) == "false");
    CHECK(accounting(version2(off)) == "false");
  }
  for (const char* other : {"cgroup.memory=nosocket", "cgroup.memory=nokmemory", "x -- cgroup.memory=nokmem"}) {
    CHECK(accounting(version2(other)) == "true");
  }
  CHECK(accounting(version2().error("/proc/cmdline", Errc::denied)) == "unknown(denied)");
}

TEST_CASE("in version 1 the groups of containers tell") {
  MemoryHost host = version1();
  CHECK(accounting(host) == "unknown(absent)");  // the mount is not there
  host.folder(kMemory);
  CHECK(accounting(host) == "unknown(unsupported)");  // no group
  host.error(group("system.slice", "memory.kmem.slabinfo"), Errc::failed)
      .file(group("system.slice", "memory.kmem.usage_in_bytes"), "0\n");
  CHECK(accounting(host) == "false");
  host.error(group("docker/c0ffee", "memory.kmem.slabinfo"), Errc::failed);
  CHECK(accounting(host) == "false");
  host.file(group("docker/c0ffee", "memory.kmem.usage_in_bytes"), "4096\n");
  CHECK(accounting(host) == "true");
  CHECK(collected("cgroup", host).source("cgroup.kmem_accounting") == kMemory);
}

TEST_CASE("a group's list of slabs says that it accounts, an empty one nothing") {
  MemoryHost host = version1().file(group("a", "memory.kmem.slabinfo"), "slabinfo - version: 2.1\n");
  CHECK(accounting(host) == "true");
  host.file(group("a", "memory.kmem.slabinfo"), "");
  CHECK(accounting(host) == "unknown(unsupported)");
  host.error(group("a", "memory.kmem.slabinfo"), Errc::denied);
  CHECK(accounting(host) == "unknown(unsupported)");
  host.error(kMemory, Errc::denied);
  CHECK(accounting(host) == "unknown(denied)");
}

TEST_CASE("of very many groups not all are asked, and then nothing is claimed") {
  MemoryHost host = version1();
  for (int i = 0; i < 300; ++i)
    host.error(group(("g" + std::to_string(i)).c_str(), "memory.kmem.slabinfo"), Errc::failed);
  CHECK(accounting(host) == "unknown(too_large)");
}

TEST_CASE("the groups are not looked at unless that is wanted") {
  const auto host = std::make_shared<MemoryHost>(version1().folder(kMemory));
  Wanted wanted;
  wanted.add("cgroup.version");
  collected("cgroup", host, wanted);
  CHECK_FALSE(host->was_asked("read /proc/cmdline"));
  CHECK_FALSE(host->was_asked(std::string("list ") + kMemory));
}

TEST_CASE("a host of garbage") {
  const auto host = std::make_shared<FaultHost>(std::make_shared<MemoryHost>(version1()));
  host->garbage("/proc/*").endless("/sys/*");
  const Facts facts = collected("cgroup", host);
  for (const char* fact : {"cgroup.version", "cgroup.controllers"}) CHECK(shown(facts, fact) == "unknown(too_large)");
  CHECK(shown(facts, "cgroup.kmem_accounting") == "unknown(malformed)");
}
