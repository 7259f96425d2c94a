// SPDX-License-Identifier: Apache-2.0
//
// From sightings to the facts that are to be read again.
#include "agent/daemon/changed_by.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "harden/collector.h"
#include "tests/support/sample.h"

using namespace harden;
using daemon::Sighting;
using Kind = Sighting::Kind;

namespace {

std::string policy_text(const std::string& id, const std::string& remedy) {
  return "id = \"" + id +
         "\"\nkind = \"setting\"\ntitle = \"t\"\nseverity = \"low\"\ndescription = \"d\"\nreferences = "
         "[\"https://example.org\"]\n[exposed]\nwhen = 'cpu.possible >= 2'\n[[remedy]]\nname = \"r\"\n" +
         remedy + "\ngrade = \"prevents\"\nbecause = \"b\"\n" +
         "[[example]]\nhost = \"a\"\nverdict = \"exposed\"\n[[example]]\nhost = \"b\"\nverdict = \"not_affected\"\n"
         "[[example]]\nhost = \"c\"\nverdict = \"unknown\"\n";
}

// What some policies want of sysctls.
const Dependents& dependents() {
  static const Dependents made = [] {
    std::vector<Policy> policies;
    for (const char* key : {"net.ipv4.tcp_sack", "net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.eth0.disable_ipv6",
                            "net.ipv4.conf.*.rp_filter", "net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding",
                            "vm.dirty_bytes", "vm.dirty_ratio", "net.bridge.bridge-nf-call-iptables"}) {
      const std::string id = "p" + std::to_string(policies.size());
      policies.push_back(policy_from(policy_text(id, std::string("sysctl = { \"") + key + "\" = 1 }"), id + ".toml"));
    }
    return Dependents(policies);
  }();
  return made;
}

std::set<std::string> facts_of(Kind kind, const std::string& what = {}) {
  Sighting sighting;
  sighting.kind = kind;
  sighting.what = what;
  std::set<std::string> names;
  for (const auto& reference : daemon::changed_by(sighting, dependents()).facts) names.insert(cel::to_text(reference));
  return names;
}

std::string sysctl(const std::string& key) { return "sysctl[\"" + key + "\"]"; }

}  // namespace

TEST_CASE("a sysctl is itself, with what the kernel changes along with it") {
  using Names = std::set<std::string>;
  CHECK(facts_of(Kind::sysctl, "net.ipv4.tcp_sack") == Names{sysctl("net.ipv4.tcp_sack")});
  CHECK(facts_of(Kind::sysctl, "net.ipv6.conf.all.disable_ipv6") ==
        Names{sysctl("net.ipv6.conf.all.disable_ipv6"), sysctl("net.ipv6.conf.eth0.disable_ipv6")});
  CHECK(facts_of(Kind::sysctl, "vm.dirty_bytes") == Names{sysctl("vm.dirty_bytes"), sysctl("vm.dirty_ratio")});
  CHECK(facts_of(Kind::sysctl, "net.ipv4.ip_forward") ==
        Names{sysctl("net.ipv4.ip_forward"), sysctl("net.ipv4.conf.all.forwarding")});
  CHECK(facts_of(Kind::sysctl, "net.ipv4.conf.default.rp_filter").contains(sysctl("net.ipv4.conf.*.rp_filter")));
}

TEST_CASE("facts that collectors read from a sysctl go with it") {
  CHECK(facts_of(Kind::sysctl, "kernel.panic_on_oops").contains("crash.panic_on_oops"));
  CHECK(facts_of(Kind::sysctl, "kernel.panic").contains("crash.panic_timeout"));
  CHECK(facts_of(Kind::sysctl, "kernel.yama.ptrace_scope").contains("lsm.yama"));
  CHECK(facts_of(Kind::sysctl, "kernel.modules_disabled").contains("module"));
  CHECK_FALSE(facts_of(Kind::sysctl, "net.ipv4.tcp_sack").contains("module"));
}

TEST_CASE("an interface puts its own keys in doubt, and patterns") {
  const auto names = facts_of(Kind::interface, "eth0");
  CHECK(names.contains("net.interfaces"));
  CHECK(names.contains(sysctl("net.ipv6.conf.eth0.disable_ipv6")));
  CHECK(names.contains(sysctl("net.ipv4.conf.*.rp_filter")));
  CHECK_FALSE(names.contains(sysctl("net.ipv4.tcp_sack")));
  CHECK_FALSE(facts_of(Kind::interface, "eth1").contains(sysctl("net.ipv6.conf.eth0.disable_ipv6")));
}

TEST_CASE("a module puts its state and its keys in doubt") {
  const auto names = facts_of(Kind::module, "br_netfilter");
  CHECK(names.contains("module[\"br_netfilter\"]"));
  CHECK(names.contains(sysctl("net.bridge.bridge-nf-call-iptables")));
  CHECK(names.contains("kernel.tainted"));
  CHECK_FALSE(names.contains("module"));
}

TEST_CASE("an engine is its networks and containers, and what containers bring") {
  const auto names = facts_of(Kind::engine, "/run/docker.sock: network create");
  for (const char* fact : {"docker.engines", "docker.networks", "docker.containers", "net.namespaces"}) {
    CAPTURE(fact);
    CHECK(names.contains(fact));
  }
}

TEST_CASE("what was lost is everything that its source could have told") {
  CHECK(facts_of(Kind::lost, "sysctls").contains("sysctl"));
  CHECK(facts_of(Kind::lost, "sysctls").contains("lsm.yama"));
  CHECK(facts_of(Kind::lost, "interfaces").contains("sysctl"));
  CHECK(facts_of(Kind::lost, "modules").contains("module"));
  CHECK_FALSE(facts_of(Kind::lost, "engine /run/docker.sock").contains("sysctl"));
  CHECK(facts_of(Kind::lost, "engine /run/docker.sock").contains("docker.networks"));
  const auto unheard_of = facts_of(Kind::lost, "something else");
  for (const char* fact : {"sysctl", "module", "docker.engines", "net.interfaces"}) CHECK(unheard_of.contains(fact));
}

TEST_CASE("files that are no facts change none") {
  for (const Kind kind : {Kind::policies, Kind::waivers, Kind::sysctl_d}) CHECK(facts_of(kind, "/etc/x").empty());
  CHECK(facts_of(Kind::modprobe_d, "/etc/modprobe.d") == std::set<std::string>{"module"});
}

TEST_CASE("every fact of the tables is one that a collector declares") {
  std::set<std::string> names;
  for (const Kind kind : {Kind::interface, Kind::engine, Kind::module, Kind::modprobe_d, Kind::crash, Kind::kmsg}) {
    names.merge(facts_of(kind, "x"));
  }
  names.merge(facts_of(Kind::lost, "something else"));
  for (const char* key : {"kernel.panic", "kernel.panic_on_oops", "kernel.yama.ptrace_scope", "kernel.tainted"}) {
    names.merge(facts_of(Kind::sysctl, key));
  }
  for (const std::string& name : names) {
    const std::string fact = name.substr(0, name.find('['));
    CAPTURE(fact);
    CHECK(std::ranges::find(fact_declarations(), fact, &FactDecl::name) != fact_declarations().end());
  }
}
