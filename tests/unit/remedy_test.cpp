// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/remedy/remedy.h"
#include "tests/support/sample.h"

using namespace harden;

namespace {

std::optional<bool> in_force(const Remedy& remedy, const Facts& facts) {
  return rules_of(remedy.kind).in_force(remedy, facts).yes;
}

std::string obstacle(const Remedy& remedy, const Facts& facts) { return rules_of(remedy.kind).obstacle(remedy, facts); }

Remedy sysctl(const std::string& key, const std::string& value, SysctlWant::Compare compare = {}) {
  Remedy remedy;
  remedy.kind = RemedyKind::sysctl;
  remedy.sysctls = {{key, value, compare}};
  return remedy;
}

Facts sysctls(std::vector<Map::Entry> entries) { return facts_with({{"sysctl", Map(std::move(entries))}}); }

Remedy module(std::vector<std::string> names) {
  Remedy remedy;
  remedy.kind = RemedyKind::module;
  remedy.modules = std::move(names);
  return remedy;
}

Facts modules(std::vector<Map::Entry> entries) { return facts_with({{"module", Map(std::move(entries))}}); }

Remedy cmdline(std::vector<std::string> parameters) {
  Remedy remedy;
  remedy.kind = RemedyKind::cmdline;
  remedy.cmdline = std::move(parameters);
  return remedy;
}

}  // namespace

TEST_CASE("answers: one no decides, one unknown leaves it open") {
  const Answer unknown = Answer::unknown({{"os.id", {Errc::denied, "m", "p"}}});
  CHECK(all_of({Answer::of(true), Answer::of(true)}).yes == true);
  CHECK(all_of({unknown, Answer::of(false)}).yes == false);
  CHECK_FALSE(all_of({Answer::of(true), unknown}).yes);
  CHECK(all_of({Answer::of(true), unknown}).missing.size() == 1);
}

TEST_CASE("a CEL error and a value that is no bool are no answer") {
  CHECK(answer_of(Value(true), "x").yes == true);
  CHECK_FALSE(answer_of(Value(EvalError{"no such key"}), "x").yes);
  CHECK_FALSE(answer_of(Value(1), "x").yes);
  CHECK(answer_of(Value(EvalError{"no such key"}), "x").missing.front().error.message == "no such key");
}

TEST_CASE("a sysctl is in force when its value is, as a number or as folded text") {
  CHECK(in_force(sysctl("a.b", "0"), sysctls({{"a.b", 0}})) == true);
  CHECK(in_force(sysctl("a.b", "0"), sysctls({{"a.b", 1}})) == false);
  CHECK(in_force(sysctl("a.b", "1  2"), sysctls({{"a.b", "1 2"}})) == true);
  CHECK(in_force(sysctl("a.b", "always"), sysctls({{"a.b", 1}})) == false);
}

TEST_CASE("a stricter sysctl than asked for is kept") {
  using Compare = SysctlWant::Compare;
  CHECK(in_force(sysctl("a.b", "2", Compare::at_least), sysctls({{"a.b", 3}})) == true);
  CHECK(in_force(sysctl("a.b", "2", Compare::at_least), sysctls({{"a.b", 1}})) == false);
  CHECK(in_force(sysctl("a.b", "2", Compare::at_most), sysctls({{"a.b", 1}})) == true);
  CHECK(in_force(sysctl("a.b", "2", Compare::at_most), sysctls({{"a.b", "text"}})) == false);
}

TEST_CASE("a sysctl that does not exist is not in force, and says so; one that is denied is open") {
  const Remedy remedy = sysctl("kernel.io_uring_disabled", "2");
  CHECK(in_force(remedy, sysctls({})) == false);
  CHECK(obstacle(remedy, sysctls({})) == "kernel.io_uring_disabled does not exist on this host");
  const Facts denied = sysctls({{"kernel.io_uring_disabled", unreadable("kernel.io_uring_disabled")}});
  CHECK_FALSE(in_force(remedy, denied));
  CHECK(obstacle(remedy, denied).empty());
  CHECK_FALSE(in_force(remedy, facts_with({{"sysctl", unreadable("sysctl")}})));
  CHECK_FALSE(in_force(remedy, facts_with({})));
}

TEST_CASE("a key that can only be read is in the way of a remedy that would change it, and of no other") {
  const auto here = [](Value value, Value read_only) {
    return facts_with({{"sysctl", map_with({{"net.ipv4.conf.all.x", 1}, {"net.ipv4.conf.eth0.x", std::move(value)}})},
                       {"sysctl_read_only", std::move(read_only)}});
  };
  const Value closed = map_with({{"net.ipv4.conf.eth0.x", "its file system is mounted read-only"}});
  const char* const why = "net.ipv4.conf.eth0.x cannot be written: its file system is mounted read-only";
  for (const char* key : {"net.ipv4.conf.eth0.x", "net.ipv4.conf.*.x"}) {
    CAPTURE(std::string(key));
    CHECK(obstacle(sysctl(key, "1"), here(0, closed)) == why);
    CHECK(obstacle(sysctl(key, "1"), here(1, closed)).empty());  // nothing is to be written
    CHECK(obstacle(sysctl(key, "1"), here(0, Map())).empty());
    CHECK(obstacle(sysctl(key, "1"), here(0, unreadable("sysctl_read_only"))).empty());
  }
  CHECK(obstacle(sysctl("net.ipv4.conf.all.x", "0"), here(0, closed)).empty());
}

TEST_CASE("a key that need not be there counts only where it is") {
  Remedy both = sysctl("net.ipv4.a", "1");
  both.sysctls.push_back({"net.ipv6.a", "1", SysctlWant::Compare::equal, true});
  CHECK(in_force(both, sysctls({{"net.ipv4.a", 1}, {"net.ipv6.a", 1}})) == true);
  CHECK(in_force(both, sysctls({{"net.ipv4.a", 1}, {"net.ipv6.a", 0}})) == false);
  CHECK(in_force(both, sysctls({{"net.ipv4.a", 1}})) == true);
  CHECK(in_force(both, sysctls({{"net.ipv4.a", 0}})) == false);
  // Not there and not to be told are two things.
  CHECK_FALSE(in_force(both, sysctls({{"net.ipv4.a", 1}, {"net.ipv6.a", unreadable("sysctl")}})));
  CHECK(obstacle(both, sysctls({{"net.ipv4.a", 0}})).empty());
  CHECK(obstacle(both, sysctls({{"net.ipv6.a", 0}})) == "net.ipv4.a does not exist on this host");
  for (const char* key : {"net.ipv6.a", "net.ipv6.*.a"}) {
    Remedy alone = sysctl(key, "1");
    alone.sysctls[0].if_present = true;
    CHECK(in_force(alone, sysctls({{"net.ipv4.a", 1}})) == false);
    CHECK(obstacle(alone, sysctls({{"net.ipv4.a", 1}})) == "none of its keys exists on this host");
  }
  CHECK(rules_of(RemedyKind::sysctl).action(both) == "net.ipv4.a = 1, net.ipv6.a = 1 where it is there");
}

TEST_CASE("the one-way knobs are marked, and only at their one-way values") {
  const auto irreversible = [](const char* key, const char* value) {
    return rules_of(RemedyKind::sysctl).irreversible(sysctl(key, value));
  };
  CHECK(irreversible("kernel.modules_disabled", "1"));
  CHECK(irreversible("kernel.kexec_load_disabled", "1"));
  CHECK(irreversible("kernel.unprivileged_bpf_disabled", "1"));
  CHECK_FALSE(irreversible("kernel.unprivileged_bpf_disabled", "2"));
  CHECK(irreversible("kernel.yama.ptrace_scope", "3"));
  CHECK_FALSE(irreversible("kernel.yama.ptrace_scope", "2"));
}

TEST_CASE("that containers keep their own value is said where the kernel is known to be so") {
  const auto price = [](const char* key, const char* release, int namespaces = 3) {
    const Facts facts = facts_with({{"kernel.release", release}, {"net.namespaces", namespaces}});
    return rules_of(RemedyKind::sysctl).price(sysctl(key, "0"), facts);
  };
  CHECK(price("net.ipv4.tcp_sack", "4.15.0-20-generic").size() == 1);
  CHECK(price("net.ipv4.tcp_sack", "3.10.0-862.el7.x86_64").empty());  // one value for all
  CHECK(price("net.ipv4.conf.*.rp_filter", "3.10.0-862.el7.x86_64").size() == 1);
  CHECK(price("net.core.somaxconn", "6.1.0-40-amd64").empty());  // not known
  CHECK(price("kernel.panic", "6.1.0-40-amd64").empty());
  CHECK(price("net.ipv4.tcp_sack", "6.1.0-40-amd64", 1).empty());  // there is no other
  CHECK(rules_of(RemedyKind::sysctl).price(sysctl("net.ipv4.tcp_sack", "0"), Facts()).empty());
}

TEST_CASE("a module is kept out when it is blocked and not in the kernel already") {
  const Remedy remedy = module({"tipc"});
  CHECK(in_force(remedy, modules({{"tipc", module_state(false, false, true, true)}})) == true);
  CHECK(in_force(remedy, modules({{"tipc", module_state(true, false, true, true)}})) == false);
  CHECK(in_force(remedy, modules({{"tipc", module_state(false, true, false, true)}})) == false);
  CHECK(in_force(remedy, modules({{"tipc", module_state(false, false, true, false)}})) == false);
  CHECK(in_force(remedy, modules({{"tipc", module_state(false, false, false, false)}})) == false);
  CHECK_FALSE(in_force(remedy, facts_with({{"module", unreadable("module")}})));
  CHECK_FALSE(in_force(remedy, modules({})));
}

TEST_CASE("of several modules all must be kept out; those that do not exist are") {
  const Remedy remedy = module({"esp4", "esp6"});
  const Value blocked = module_state(false, false, true, true);
  const Value nothing = module_state(false, false, false, false);
  const Value open = module_state(false, false, true, false);
  CHECK(in_force(remedy, modules({{"esp4", blocked}, {"esp6", nothing}})) == true);
  CHECK(in_force(remedy, modules({{"esp4", blocked}, {"esp6", open}})) == false);
  CHECK(in_force(remedy, modules({{"esp4", nothing}, {"esp6", nothing}})) == false);
}

TEST_CASE("what stands in the way of blocking a module") {
  const Remedy remedy = module({"esp4"});
  CHECK(obstacle(remedy, modules({{"esp4", module_state(false, true, false, false)}})) ==
        "esp4 is built into this kernel, where modprobe.d cannot block it");
  CHECK(obstacle(remedy, modules({{"esp4", module_state(true, false, true, false, 2)}})) ==
        "esp4 is loaded and in use (use count 2)");
  CHECK(obstacle(remedy, modules({{"esp4", module_state(true, false, true, false)}})).empty());
}

TEST_CASE("a kernel parameter is in force by its value, or as one of a list") {
  const auto params = [](std::vector<Map::Entry> entries) {
    return facts_with({{"cmdline.params", Map(std::move(entries))}});
  };
  CHECK(in_force(cmdline({"ipv6.disable=1"}), params({{"ipv6.disable", "1"}})) == true);
  CHECK(in_force(cmdline({"ipv6.disable=1"}), params({{"ipv6.disable", "0"}})) == false);
  CHECK(in_force(cmdline({"cgroup.memory=nokmem"}), params({{"cgroup.memory", "nosocket,nokmem"}})) == true);
  CHECK(in_force(cmdline({"init-debug"}), params({{"init_debug", ""}})) == true);
  CHECK(in_force(cmdline({"quiet", "x=1"}), params({{"quiet", ""}})) == false);
  CHECK_FALSE(in_force(cmdline({"x=1"}), facts_with({{"cmdline.params", unreadable("cmdline.params")}})));
  CHECK(rules_of(RemedyKind::cmdline).needs_reboot);
}

TEST_CASE("a docker option is what every Docker engine here says") {
  Remedy remedy;
  remedy.kind = RemedyKind::docker;
  remedy.docker = {{"userland-proxy", "true"}};
  const auto engine = [](const char* name, bool proxy) -> Value {
    return Map({{"engine", name}, {"userland_proxy", proxy}});
  };
  const auto engines = [](List list) { return facts_with({{"docker.engines", std::move(list)}}); };
  CHECK(in_force(remedy, engines({engine("docker", true)})) == true);
  CHECK(in_force(remedy, engines({engine("docker", true), engine("docker", false)})) == false);
  CHECK(in_force(remedy, engines({engine("podman", true)})) == false);
  CHECK(obstacle(remedy, engines({engine("podman", true)})) == "there is no Docker engine on this host");
  CHECK(obstacle(remedy, engines({engine("docker", true)})).empty());
  CHECK_FALSE(in_force(remedy, facts_with({{"docker.engines", unreadable("docker.engines", Errc::unavailable)}})));
  remedy.docker = {{"log-level", "\"debug\""}};
  CHECK_FALSE(in_force(remedy, engines({engine("docker", true)})));
}

TEST_CASE("what is done is said in a few words") {
  const auto action = [](const Remedy& remedy) { return rules_of(remedy.kind).action(remedy); };
  CHECK(action(sysctl("net.ipv4.tcp_sack", "0")) == "net.ipv4.tcp_sack = 0");
  CHECK(action(sysctl("a.b", "2", SysctlWant::Compare::at_least)) == "a.b >= 2");
  CHECK(action(module({"esp4", "esp6"})) == "keep from loading: esp4 esp6");
  CHECK(action(cmdline({"ipv6.disable=1"})) == "boot with ipv6.disable=1");
}

TEST_CASE("whether advice is followed cannot be told") {
  Remedy remedy;
  remedy.kind = RemedyKind::advice;
  remedy.name = "ask-somebody";
  const Answer answer = rules_of(RemedyKind::advice).in_force(remedy, Facts());
  CHECK_FALSE(answer.yes);
  REQUIRE(answer.missing.size() == 1);
  CHECK(answer.missing[0].fact == "ask-somebody");
}
