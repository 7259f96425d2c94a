// SPDX-License-Identifier: Apache-2.0
// Processors, memory, crash readiness, taint and live patches.
#include <doctest/doctest.h>

#include "tests/support/collected.h"
#include "tests/support/fault_host.h"

using namespace harden;
using namespace harden::test;

namespace {

constexpr const char* kCpu = "/sys/devices/system/cpu";
constexpr const char* kWeak = "/sys/devices/system/cpu/vulnerabilities";

std::string at(const char* folder, const char* name) { return std::string(folder) + "/" + name; }

}  // namespace

TEST_CASE("processors are counted from the kernel's ranges") {
  const std::pair<const char*, const char*> cases[] = {
      {"0\n", "1"},
      {"0-3\n", "4"},
      {"0-3,8\n", "5"},
      {"0,2,4-7\n", "6"},
      {"0-65535", "65536"},
      {"", "unknown(malformed)"},
      {"0-", "unknown(malformed)"},
      {"3-0", "unknown(malformed)"},
      {"0-3,2", "unknown(malformed)"},
      {"0-3,,8", "unknown(malformed)"},
      {"-1", "unknown(malformed)"},
      {"0-99999999999", "unknown(malformed)"},
      {"0-9223372036854775807", "unknown(malformed)"},
      {"many", "unknown(malformed)"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    const Facts facts = collected("cpu", MemoryHost{{at(kCpu, "possible"), text}, {at(kCpu, "online"), "0-1"}});
    CHECK(shown(facts, "cpu.possible") == expected);
    CHECK(shown(facts, "cpu.online") == "2");
  }
}

TEST_CASE("processors that cannot be counted") {
  const Facts facts = collected("cpu", MemoryHost{}.error(at(kCpu, "possible"), Errc::denied));
  CHECK(shown(facts, "cpu.possible") == "unknown(denied)");
  CHECK(shown(facts, "cpu.online") == "unknown(absent)");
}

TEST_CASE("weaknesses of the processor, each by itself") {
  const Facts facts =
      collected("cpu", MemoryHost{{at(kWeak, "meltdown"), "Mitigation: PTI\n"}, {at(kWeak, "l1tf"), "\xff"}}.error(
                           at(kWeak, "mds"), Errc::denied));
  CHECK(shown(facts, "cpu.vulnerabilities", {"meltdown"}) == "\"Mitigation: PTI\"");
  CHECK(shown(facts, "cpu.vulnerabilities", {"l1tf"}) == "unknown(malformed)");
  CHECK(shown(facts, "cpu.vulnerabilities", {"mds"}) == "unknown(denied)");
  CHECK(facts.source("cpu.vulnerabilities", "mds") == at(kWeak, "mds"));
}

TEST_CASE("a kernel too old to name weaknesses names none, a host without the folder cannot tell") {
  CHECK(shown(collected("cpu", MemoryHost{}.folder(kCpu)), "cpu.vulnerabilities") == "{}");
  CHECK(shown(collected("cpu", MemoryHost{}), "cpu.vulnerabilities") == "unknown(absent)");
  CHECK(shown(collected("cpu", MemoryHost{}.error(kWeak, Errc::denied)), "cpu.vulnerabilities") == "unknown(denied)");
}

TEST_CASE("memory in bytes") {
  const Facts facts = collected("memory", MemoryHost{{"/proc/meminfo",
                                                      "MemTotal:       16316412 kB\nMemFree:         1 kB\n"
                                                      "MemAvailable:    8000000 kB\nSwapTotal:             0 kB\n"}});
  CHECK(shown(facts, "memory.total") == "16708005888");
  CHECK(shown(facts, "memory.available") == "8192000000");
  CHECK(shown(facts, "memory.swap_total") == "0");
}

TEST_CASE("memory lines that are missing, forged or too large") {
  const std::pair<const char*, const char*> cases[] = {
      {"MemFree: 1 kB\n", "unknown(unsupported)"},
      {"MemTotal: 1\n", "unknown(malformed)"},
      {"MemTotal: 1 MB\n", "unknown(malformed)"},
      {"MemTotal: -1 kB\n", "unknown(malformed)"},
      {"MemTotal: 9223372036854775807 kB\n", "unknown(malformed)"},
      {"MemTotal: 9007199254740991 kB\n", "9223372036854774784"},
      {"MemTotal:\n", "unknown(malformed)"},
      {"MemTotalX: 5 kB\nMemTotal: 1 kB\n", "1024"},
      {"\xff", "unknown(malformed)"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(shown(collected("memory", MemoryHost{{"/proc/meminfo", text}}), "memory.total") == expected);
  }
  CHECK(shown(collected("memory", MemoryHost{}), "memory.swap_total") == "unknown(absent)");
}

TEST_CASE("readiness for a crash") {
  MemoryHost host{{"/sys/kernel/kexec_crash_size", "268435456\n"},
                  {"/sys/kernel/kexec_crash_loaded", "1\n"},
                  {"/sys/module/pstore/parameters/backend", "efi_pstore\n"},
                  {"/proc/sys/kernel/panic_on_oops", "1\n"},
                  {"/proc/sys/kernel/panic", "-1\n"}};
  const Facts facts = collected("crash_readiness", host);
  CHECK(shown(facts, "crash.kernel_reserved") == "268435456");
  CHECK(shown(facts, "crash.kernel_loaded") == "true");
  CHECK(shown(facts, "crash.pstore") == "\"efi_pstore\"");
  CHECK(shown(facts, "crash.panic_on_oops") == "1");
  CHECK(shown(facts, "crash.panic_timeout") == "-1");
  host.file("/sys/module/pstore/parameters/backend", "(null)\n");
  CHECK(shown(collected("crash_readiness", host), "crash.pstore") == "\"\"");
}

TEST_CASE("a kernel built without kexec and pstore is known to have neither") {
  const Facts facts = collected("crash_readiness", MemoryHost{}.folder("/sys/kernel").folder("/sys/module"));
  CHECK(shown(facts, "crash.kernel_reserved") == "0");
  CHECK(shown(facts, "crash.kernel_loaded") == "false");
  CHECK(shown(facts, "crash.pstore") == "\"\"");
  CHECK(shown(facts, "crash.panic_on_oops") == "unknown(absent)");
}

TEST_CASE("without /sys nothing is known about readiness") {
  const Facts absent = collected("crash_readiness", MemoryHost{});
  const Facts denied = collected("crash_readiness", MemoryHost{}.error("/sys", Errc::denied));
  for (const char* fact : {"crash.kernel_reserved", "crash.kernel_loaded", "crash.pstore"}) {
    CHECK(shown(absent, fact) == "unknown(absent)");
    CHECK(shown(denied, fact) == "unknown(denied)");
  }
  const auto host = std::make_shared<FaultHost>(std::make_shared<MemoryHost>());
  host->garbage("/sys/*").endless("/proc/*");
  const Facts bad = collected("crash_readiness", host);
  CHECK(shown(bad, "crash.kernel_loaded") == "unknown(malformed)");
  CHECK(shown(bad, "crash.panic_timeout") == "unknown(too_large)");
}

TEST_CASE("taint as number and letters") {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"0\n", "0", "[]"},
      {"1\n", "1", "[\"P\"]"},
      {"12289\n", "12289", R"(["P", "O", "E"])"},
      {"32896\n", "32896", R"(["D", "K"])"},
      {"1048575\n", "1048575",
       R"(["P", "F", "S", "R", "M", "B", "U", "D", "A", "W", "C", "I", "O", "E", "L", "K", "X", "T", "N", "J"])"},
      {"536870912\n", "536870912", "[\"?\"]"},
      {"-1\n", "unknown(malformed)", "unknown(malformed)"},
      {"x\n", "unknown(malformed)", "unknown(malformed)"},
  };
  for (const auto& [text, number, letters] : cases) {
    const Facts facts = collected("kernel_state", MemoryHost{{"/proc/sys/kernel/tainted", text}});
    CHECK(shown(facts, "kernel.tainted") == number);
    CHECK(shown(facts, "kernel.taints") == letters);
  }
}

TEST_CASE("live patches") {
  const Facts facts = collected("kernel_state", MemoryHost{{"/sys/kernel/livepatch/kpatch_1/enabled", "1\n"},
                                                           {"/sys/kernel/livepatch/kpatch_2/enabled", "0\n"},
                                                           {"/sys/kernel/livepatch/stray", "file"}});
  CHECK(shown(facts, "kernel.livepatches") ==
        R"([{"enabled": true, "name": "kpatch_1"}, {"enabled": false, "name": "kpatch_2"}])");
}

TEST_CASE("live patches of kpatch's own module, in both of its layouts") {
  const Facts facts = collected("kernel_state", MemoryHost{{"/sys/kernel/kpatch/kpatch_7_1/enabled", "1\n"},
                                                           {"/sys/kernel/kpatch/patches/kpatch_old/enabled", "1\n"},
                                                           {"/sys/kernel/kpatch/stray", "file"}});
  CHECK(shown(facts, "kernel.livepatches") ==
        R"([{"enabled": true, "name": "kpatch_7_1"}, {"enabled": true, "name": "kpatch_old"}])");
  CHECK(facts.source("kernel.livepatches") == "/sys/kernel/kpatch");
}

TEST_CASE("a live patch of kGraft is there, and whether it is in use is unknown") {
  const Facts facts = collected("kernel_state", MemoryHost{{"/sys/kernel/kgraft/in_progress", "0\n"},
                                                           {"/sys/kernel/kgraft/kgraft_patch_1/refs", "1\n"}});
  REQUIRE(facts.value("kernel.livepatches")->list().size() == 1);
  const Map& patch = facts.value("kernel.livepatches")->list()[0].map();
  CHECK(*patch.find("name") == Value("kgraft_patch_1"));
  CHECK(patch.find("enabled")->is(Value::Kind::unknown));
}

TEST_CASE("a live patch that does not say whether it is enabled leaves only that unknown") {
  const Facts facts = collected("kernel_state", MemoryHost{}.error("/sys/kernel/livepatch/p/enabled", Errc::denied));
  REQUIRE(facts.value("kernel.livepatches")->list().size() == 1);
  const Map& patch = facts.value("kernel.livepatches")->list()[0].map();
  CHECK(*patch.find("name") == Value("p"));
  CHECK(patch.find("enabled")->is(Value::Kind::unknown));
}

TEST_CASE("no folder of live patches: none where /sys/kernel is there, else unknown") {
  CHECK(shown(collected("kernel_state", MemoryHost{}.folder("/sys/kernel")), "kernel.livepatches") == "[]");
  CHECK(shown(collected("kernel_state", MemoryHost{}), "kernel.livepatches") == "unknown(absent)");
  CHECK(shown(collected("kernel_state", MemoryHost{}.error("/sys", Errc::denied)), "kernel.livepatches") ==
        "unknown(denied)");
  MemoryHost crowded;
  for (int i = 0; i < 1001; ++i) crowded.folder("/sys/kernel/livepatch/p" + std::to_string(i));
  CHECK(shown(collected("kernel_state", crowded), "kernel.livepatches") == "unknown(too_large)");
}
