// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/collected.h"
#include "tests/support/fault_host.h"

using namespace harden;
using namespace harden::test;

namespace {

constexpr const char* kActive = "/sys/kernel/security/lsm";
constexpr const char* kProfiles = "/sys/kernel/security/apparmor/profiles";
constexpr const char* kEnabled = "/sys/module/apparmor/parameters/enabled";

MemoryHost with_active(const char* active) {
  return MemoryHost{{kActive, active}}.folder("/sys/fs").folder("/sys/module");
}

}  // namespace

TEST_CASE("the usual security modules") {
  const Facts facts =
      collected("lsm", MemoryHost{{kActive, "lockdown,capability,landlock,yama,apparmor,bpf"},
                                  {"/sys/kernel/security/lockdown", "none [integrity] confidentiality\n"},
                                  {kProfiles, "docker-default (enforce)\n/usr/bin/man (complain)\nx y (unconfined)\n"},
                                  {kEnabled, "Y\n"},
                                  {"/proc/sys/kernel/yama/ptrace_scope", "2\n"}});
  CHECK(shown(facts, "lsm.active") == R"(["lockdown", "capability", "landlock", "yama", "apparmor", "bpf"])");
  CHECK(shown(facts, "lsm.bpf") == "true");
  CHECK(shown(facts, "lsm.selinux") == "\"disabled\"");
  CHECK(shown(facts, "lsm.apparmor") == R"({"complain": 1, "enabled": true, "enforce": 1, "profiles": 3})");
  CHECK(shown(facts, "lsm.lockdown") == "\"integrity\"");
  CHECK(shown(facts, "lsm.yama") == "2");
}

TEST_CASE("a list of modules that is none, or cannot be had") {
  CHECK(shown(collected("lsm", with_active("capability")), "lsm.bpf") == "false");
  for (const char* text : {"", "a,,b", "a b", "A", "x\x1b", "\xff"}) {
    CAPTURE(text);
    const Facts facts = collected("lsm", with_active(text));
    CHECK(shown(facts, "lsm.active") == "unknown(malformed)");
    CHECK(shown(facts, "lsm.bpf") == "unknown(malformed)");
  }
  CHECK(shown(collected("lsm", MemoryHost{}), "lsm.active") == "unknown(absent)");
  CHECK(shown(collected("lsm", MemoryHost{}.error("/sys/kernel", Errc::denied)), "lsm.bpf") == "unknown(denied)");
}

TEST_CASE("SELinux") {
  const auto mode = [](const MemoryHost& host) { return shown(collected("lsm", host), "lsm.selinux"); };
  constexpr const char* kEnforce = "/sys/fs/selinux/enforce";
  CHECK(mode(MemoryHost{{kEnforce, "1"}}) == "\"enforcing\"");
  CHECK(mode(MemoryHost{{kEnforce, "0"}}) == "\"permissive\"");
  CHECK(mode(MemoryHost{{kEnforce, "yes"}}) == "unknown(malformed)");
  CHECK(mode(MemoryHost{}.error(kEnforce, Errc::denied)) == "unknown(denied)");
  CHECK(mode(with_active("capability")) == "\"disabled\"");
  CHECK(mode(with_active("capability,selinux")) == "unknown(absent)");
  // An old kernel has no list; the folder is there when SELinux is on.
  CHECK(mode(MemoryHost{}.folder("/sys/fs")) == "\"disabled\"");
  CHECK(mode(MemoryHost{}.folder("/sys/fs/selinux")) == "unknown(absent)");
  CHECK(mode(MemoryHost{}) == "unknown(absent)");
}

TEST_CASE("AppArmor off, not built in, and not to be asked") {
  const auto apparmor = [](const MemoryHost& host) { return shown(collected("lsm", host), "lsm.apparmor"); };
  CHECK(apparmor(MemoryHost{{kEnabled, "N\n"}}) == R"({"complain": 0, "enabled": false, "enforce": 0, "profiles": 0})");
  CHECK(apparmor(MemoryHost{}.folder("/sys/module")) ==
        R"({"complain": 0, "enabled": false, "enforce": 0, "profiles": 0})");
  CHECK(apparmor(MemoryHost{}) == "unknown(absent)");
  CHECK(apparmor(MemoryHost{}.error("/sys/module", Errc::denied)) == "unknown(denied)");
}

TEST_CASE("AppArmor's profiles are for root: without them only the counts are unknown") {
  for (const auto& [host, expected] :
       {std::pair{MemoryHost{{kEnabled, "Y"}}.error(kProfiles, Errc::denied), "unknown(denied)"},
        std::pair{MemoryHost{{kEnabled, "Y"}, {kProfiles, "nonsense\n"}}, "unknown(malformed)"}}) {
    const Facts facts = collected("lsm", host);
    CHECK(shown(facts, "lsm.apparmor", {"enabled"}) == "true");
    for (const char* count : {"profiles", "enforce", "complain"})
      CHECK(shown(facts, "lsm.apparmor", {count}) == expected);
  }
  CHECK(shown(collected("lsm", MemoryHost{{kEnabled, "Y"}, {kProfiles, ""}}), "lsm.apparmor", {"profiles"}) == "0");
}

TEST_CASE("lockdown") {
  const auto level = [](MemoryHost host, const char* text) {
    return shown(collected("lsm", host.file("/sys/kernel/security/lockdown", text)), "lsm.lockdown");
  };
  CHECK(level({}, "[none] integrity confidentiality\n") == "\"none\"");
  CHECK(level({}, "none integrity [confidentiality]\n") == "\"confidentiality\"");
  CHECK(level({}, "none integrity\n") == "unknown(malformed)");
  CHECK(shown(collected("lsm", with_active("capability")), "lsm.lockdown") == "\"none\"");
  CHECK(shown(collected("lsm", with_active("lockdown")), "lsm.lockdown") == "unknown(absent)");
  CHECK(shown(collected("lsm", MemoryHost{}), "lsm.lockdown") == "unknown(absent)");
}

TEST_CASE("Yama") {
  CHECK(shown(collected("lsm", MemoryHost{}.folder("/proc/sys/kernel")), "lsm.yama") == "0");
  CHECK(shown(collected("lsm", MemoryHost{}), "lsm.yama") == "unknown(absent)");
  CHECK(shown(collected("lsm", MemoryHost{{"/proc/sys/kernel/yama/ptrace_scope", "x"}}), "lsm.yama") ==
        "unknown(malformed)");
  const auto host = std::make_shared<FaultHost>(std::make_shared<MemoryHost>());
  host->endless("/proc/*").garbage("/sys/*");
  const Facts facts = collected("lsm", host);
  CHECK(shown(facts, "lsm.yama") == "unknown(too_large)");
  CHECK(shown(facts, "lsm.active") == "unknown(malformed)");
  CHECK(shown(facts, "lsm.apparmor") == "unknown(malformed)");
}
