// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "harden/plan.h"
#include "tests/support/drafting.h"
#include "tests/support/memory_host.h"
#include "tests/support/sample.h"

using namespace harden;
using test::joined;
using test::MemoryHost;
using test::Texts;

namespace {

// A policy that every host is exposed to, with these remedies.
Policy policy_with(const std::string& remedies, const std::string& id = "sample", const char* when = "true") {
  return policy_from("id = \"" + id + R"("
kind = "setting"
title = "a sample"
severity = "high"
description = "what happens"
references = ["https://example.org"]
[exposed]
when = ')" + when + "'\n" +
                         remedies + R"(
[[example]]
host = "a"
verdict = "exposed"
[[example]]
host = "a"
verdict = "not_affected"
[[example]]
host = "a"
verdict = "unknown"
)",
                     id + ".toml");
}

std::string remedy(const std::string& name, const std::string& what, const std::string& grade, int impacts = 0) {
  std::string out = "[[remedy]]\nname = \"" + name + "\"\n" + what + "\ngrade = \"" + grade + "\"\nbecause = \"why\"\n";
  for (int i = 0; i < impacts; ++i) out += "[[remedy.impact]]\nmessage = \"breaks " + std::to_string(i) + "\"\n";
  return out;
}

std::string sets(const std::string& key, int value) {
  return "sysctl = { \"" + key + "\" = " + std::to_string(value) + " }";
}

const std::string kPanic = sets("kernel.panic", 10);
const std::string kSysrq = sets("kernel.sysrq", 0);

Facts facts_here(std::vector<std::pair<std::string, Value>> more = {}) {
  std::vector<std::pair<std::string, Value>> values{
      {"sysctl", map_with({{"kernel.panic", 0}, {"kernel.sysrq", 1}, {"net.ipv4.ip_forward", 1}})},
      {"cmdline.params", Map()},
      {"net.namespaces", 1},
      {"module", Map({{"esp4", module_state(false, false, true, false)}})}};
  values.insert(values.end(), more.begin(), more.end());
  return facts_with(values);
}

MemoryHost host_here() {
  return MemoryHost{
      {"/proc/sys/kernel/panic", "0\n"}, {"/proc/sys/kernel/sysrq", "1\n"}, {"/proc/sys/net/ipv4/ip_forward", "1\n"}};
}

Plan plan_of(const std::vector<Policy>& policies, const PlanRequest& request = {}, const Facts& facts = facts_here(),
             const MemoryHost& host = host_here()) {
  return make_plan(policies, facts, host, request);
}

PlanRequest named(const std::string& remedy) { return {{"sample"}, {{"sample", remedy}}, false}; }

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the best grade is taken, then the least impact; the others say why not") {
  struct Row {
    std::string remedies;
    std::string chosen;
    std::string passed_over;
  };
  const Row rows[] = {
      {remedy("a", kPanic, "reduces") + remedy("b", kSysrq, "prevents"), "b", "a (reduces): a lesser grade"},
      {remedy("a", kPanic, "prevents", 2) + remedy("b", kSysrq, "prevents", 1), "b",
       "a (prevents): breaks more on this host"},
      {remedy("a", kPanic, "prevents", 1) + remedy("b", kSysrq, "reduces"), "a", "b (reduces): a lesser grade"},
      {remedy("a", "cmdline = \"x=1\"", "prevents") + remedy("b", kSysrq, "prevents"), "b",
       "a (prevents): takes a reboot"},
      {remedy("a", kPanic, "prevents") + remedy("b", kSysrq, "prevents"), "a", "b (prevents): of equal worth"},
      {remedy("a", "advice = \"move\"", "prevents") + remedy("b", kSysrq, "reduces"), "b",
       "a (prevents): only a person can do it: move"},
      {remedy("a", kPanic, "ineffective") + remedy("b", kSysrq, "reduces"), "b",
       "a (ineffective): planned only when it is named"},
      {remedy("a", kPanic, "unproven") + remedy("b", kSysrq, "reduces"), "b",
       "a (unproven): planned only when it is named"},
      {remedy("a", sets("kernel.nothing", 1), "prevents") + remedy("b", kSysrq, "reduces"), "b",
       "a (prevents): kernel.nothing does not exist on this host"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.passed_over);
    const Plan plan = plan_of({policy_with(row.remedies)});
    REQUIRE(plan.remedies.size() == 1);
    CHECK(plan.remedies[0].view.name == row.chosen);
    CHECK_FALSE(plan.remedies[0].named);
    CHECK(joined(plan.remedies[0].passed_over) == row.passed_over + "\n");
    CHECK(plan.conflicts.empty());
  }
}

TEST_CASE("what a person can do is left to one where nothing else helps") {
  const Plan plan = plan_of({policy_with(remedy("a", "advice = \"move away\"", "prevents"))});
  CHECK(plan.changes.empty());
  REQUIRE(plan.remedies.size() == 1);
  CHECK(plan.by_hand == Texts{"move away (sample)"});
}

TEST_CASE("nothing is planned where no remedy is worth it, and every reason is told") {
  const Plan plan = plan_of({policy_with(remedy("a", kPanic, "ineffective") + remedy("b", kPanic, "unproven") +
                                         remedy("c", sets("kernel.nothing", 1), "prevents"))});
  CHECK(plan.remedies.empty());
  CHECK(plan.changes.empty());
  REQUIRE(plan.unplanned.size() == 1);
  CHECK(plan.unplanned[0].because ==
        "no remedy is worth it here; a (ineffective): planned only when it is named; b (unproven): planned only when "
        "it is named; c (prevents): kernel.nothing does not exist on this host");
}

TEST_CASE("a remedy of any grade is taken when it is named, with a warning where it is worth nothing") {
  const Policy policy = policy_with(remedy("cure", kSysrq, "prevents") + remedy("placebo", kPanic, "ineffective") +
                                    remedy("rumour", kPanic, "unproven"));
  for (const auto& [name, grade] : {std::pair{"placebo", "ineffective"}, {"rumour", "unproven"}}) {
    const Plan plan = plan_of({policy}, named(name));
    REQUIRE(plan.remedies.size() == 1);
    CHECK(plan.remedies[0].named);
    CHECK(plan.remedies[0].why == "asked for by its name");
    CHECK(contains(joined(plan.remedies[0].passed_over), "cure (prevents): a better grade, and not the one asked for"));
    CHECK(joined(plan.warnings) == std::string(name) + " is graded " + grade + ": why; the host stays exposed\n");
    REQUIRE_FALSE(plan.changes.empty());
    CHECK(plan.changes[0].change.what == "kernel.panic");
    CHECK(plan.conflicts.empty());
  }
  CHECK(plan_of({policy}, named("cure")).warnings.empty());
}

TEST_CASE("naming what does not exist or cannot be done here is a conflict") {
  const Policy policy = policy_with(remedy("a", sets("kernel.nothing", 1), "prevents"));
  CHECK(plan_of({policy}, named("b")).conflicts == Texts{"sample has no remedy named b"});
  CHECK(plan_of({policy}, named("a")).conflicts.front() == "a of sample: kernel.nothing does not exist on this host");
}

TEST_CASE("a host that is not exposed is left alone unless a remedy is named") {
  const Policy policy = policy_with(remedy("cure", kPanic, "prevents"), "sample", "false");
  CHECK(plan_of({policy}).unplanned.empty());
  const Plan asked = plan_of({policy}, {{"sample"}, {}, false});
  REQUIRE(asked.unplanned.size() == 1);
  CHECK(contains(asked.unplanned[0].because, "not exposed (not_affected); name a remedy"));
}

TEST_CASE("a blocked module that is built in or in use is refused with the reason") {
  const Policy policy = policy_with(remedy("block", "module = \"esp4\"", "prevents"));
  const auto with = [&](const Value& state) {
    return plan_of({policy}, {}, facts_here({{"module", Map({{"esp4", state}})}}));
  };
  CHECK(contains(with(module_state(false, true, false, false)).unplanned.at(0).because, "built into this kernel"));
  CHECK(contains(with(module_state(true, false, true, false, 3)).unplanned.at(0).because, "in use (use count 3)"));
  CHECK(with(module_state(true, false, true, false)).changes.size() == 4);  // two folders, a file, the module
}

TEST_CASE("kinds are carried out in one order, whatever the policies'") {
  const std::vector<Policy> policies{policy_with(remedy("c", "cmdline = \"x=1\"", "prevents"), "one"),
                                     policy_with(remedy("m", "module = \"esp4\"", "prevents"), "two"),
                                     policy_with(remedy("s", kPanic, "prevents"), "zzz")};
  auto host = host_here();
  host.folder("/etc/default/grub.d");
  const Plan plan = plan_of(policies, {}, facts_here(), host);
  Texts places;
  for (const PlannedChange& planned : plan.changes) places.push_back(planned.change.path);
  CHECK(joined(places) ==
        "/proc/sys/kernel/panic\n/etc/sysctl.d\n/etc/sysctl.d/99-zz-hardend.conf\n/etc/modprobe.d\n"
        "/etc/modprobe.d/hardend.conf\n/etc/default/grub.d/99-zz-hardend.cfg\n");
  CHECK(plan.needs_reboot);
  CHECK_FALSE(plan.irreversible);
  CHECK_FALSE(plan.has_impact);
}

TEST_CASE("the folders that new files need are made first, each once, and are changes of their own") {
  auto host = host_here();
  host.folder("/etc");
  const std::vector<Policy> policies{policy_with(remedy("m", "module = \"esp4\"", "prevents"), "one"),
                                     policy_with(remedy("s", kPanic, "prevents"), "two")};
  const auto places_of = [&](const MemoryHost& on) {
    Texts places;
    for (const PlannedChange& planned : plan_of(policies, {}, facts_here(), on).changes) {
      places.push_back(std::string(to_string(planned.change.layer)) + " " + planned.change.path);
    }
    return joined(places);
  };
  CHECK(places_of(host) ==
        "runtime /proc/sys/kernel/panic\nfolder /etc/sysctl.d\nfile /etc/sysctl.d/99-zz-hardend.conf\n"
        "folder /etc/modprobe.d\nfile /etc/modprobe.d/hardend.conf\n");
  host.folder("/etc/sysctl.d");
  host.folder("/etc/modprobe.d");
  CHECK(places_of(host) ==
        "runtime /proc/sys/kernel/panic\nfile /etc/sysctl.d/99-zz-hardend.conf\n"
        "file /etc/modprobe.d/hardend.conf\n");
}

TEST_CASE("a folder that cannot be written to is a conflict of every file in it, there or not yet there") {
  const Policy policy = policy_with(remedy("s", kPanic, "prevents"));
  auto host = host_here();
  host.folder("/etc/sysctl.d").read_only("/etc/sysctl.d");
  CHECK(plan_of({policy}, {}, facts_here(), host).conflicts ==
        Texts{"/etc/sysctl.d/99-zz-hardend.conf cannot be written: /etc/sysctl.d: it can only be read"});
  CHECK(plan_of({policy}, {{}, {}, true}, facts_here(), host).conflicts.empty());
  auto without = host_here();
  without.folder("/etc").read_only("/etc");
  CHECK(plan_of({policy}, {}, facts_here(), without).conflicts ==
        Texts{"/etc/sysctl.d/99-zz-hardend.conf cannot be written: /etc: it can only be read"});
}

TEST_CASE("a key of IPv6 beside a boot without IPv6 is warned of") {
  const Policy boots = policy_with(remedy("off", "cmdline = \"ipv6.disable=1\"", "prevents"), "one");
  const std::string key = "net.ipv6.conf.all.disable_ipv6";
  const Policy sets_key = policy_with(remedy("key", sets(key, 1), "prevents"), "two");
  auto host = host_here();
  host.file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0\n");
  const Facts facts = facts_here({{"sysctl", map_with({{key, 0}})}});
  CHECK(contains(joined(plan_of({boots, sets_key}, {}, facts, host).warnings),
                 key + " of key is gone after the next boot: off boots with ipv6.disable=1"));
  CHECK(plan_of({boots, sets_key}, {}, facts, host).conflicts.empty());
  CHECK_FALSE(contains(joined(plan_of({sets_key}, {}, facts, host).warnings), "is gone after"));
  CHECK_FALSE(contains(joined(plan_of({boots}, {}, facts, host).warnings), "is gone after"));
}

TEST_CASE("what is irreversible and what has a price is marked, an impact that may be one too") {
  const Policy one_way = policy_with(remedy("a", sets("kernel.modules_disabled", 1), "prevents"));
  auto host = host_here();
  host.file("/proc/sys/kernel/modules_disabled", "0\n");
  CHECK(
      plan_of({one_way}, {}, facts_here({{"sysctl", map_with({{"kernel.modules_disabled", 0}})}}), host).irreversible);
  CHECK(plan_of({policy_with(remedy("a", kPanic, "prevents", 1))}).has_impact);
  const std::string impact = "[[remedy.impact]]\nwhen = 'memory.total > 1'\nmessage = \"slow\"\n";
  const Policy maybe = policy_with(remedy("a", kPanic, "prevents") + impact);
  CHECK(plan_of({maybe}, {}, facts_here({{"memory.total", unreadable("memory.total")}})).has_impact);
  CHECK_FALSE(plan_of({maybe}, {}, facts_here({{"memory.total", 1}})).has_impact);
}

TEST_CASE("the digest stays while nothing changes, and changes with everything that counts") {
  const std::string cure = remedy("cure", kPanic, "prevents");
  const Policy policy = policy_with(cure);
  const std::string digest = plan_of({policy}).digest;
  CHECK(digest.size() == 64);
  CHECK(digest.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(plan_of({policy}).digest == digest);
  auto other_value = host_here();
  other_value.file("/proc/sys/kernel/panic", "1\n");
  auto other_file = host_here();
  other_file.file("/etc/sysctl.d/99-zz-hardend.conf", "kernel.sysrq = 0\n");
  const PlanRequest runtime_only{{}, {}, true};
  const std::string others[] = {
      plan_of({policy}, {}, facts_here(), other_value).digest,
      plan_of({policy}, {}, facts_here(), other_file).digest,
      plan_of({policy}, runtime_only).digest,
      plan_of({policy_with(remedy("cure", sets("kernel.panic", 11), "prevents"))}).digest,
      plan_of({policy_with(remedy("other", kPanic, "prevents"))}).digest,
      plan_of({policy_with(cure, "sample2")}).digest,
      plan_of({policy_with(remedy("cure", kPanic, "prevents", 1))}).digest,
      plan_of({policy, policy_with(remedy("more", kSysrq, "prevents"), "sample2")}).digest,
      plan_of({}).digest,
  };
  for (const std::string& other : others) CHECK(other != digest);
}

TEST_CASE("a remedy that is known to cut off what runs here is a conflict") {
  const auto networks = [](List list) { return facts_here({{"docker.networks", std::move(list)}}); };
  const auto network = [](const char* name, const char* driver, bool ipv6, bool encrypted) -> Value {
    return Map({{"name", name}, {"driver", driver}, {"ipv6", ipv6}, {"encrypted", encrypted}});
  };
  const Policy forward = policy_with(remedy("stop", sets("net.ipv4.ip_forward", 0), "prevents"));
  const Policy esp = policy_with(remedy("block", "module = \"esp4\"", "prevents"));
  const Facts bridge = networks({network("shop", "bridge", false, false), network("host", "host", false, false)});
  const Facts secret = networks({network("tunnel", "overlay", false, true), network("open", "overlay", false, false)});
  const Facts bare = networks({network("host", "host", false, false), network("none", "null", false, false)});
  CHECK(plan_of({forward}, {}, bridge).conflicts ==
        Texts{"stop clashes with the Docker networks shop: without IPv4 forwarding the containers of these networks "
              "reach nothing"});
  CHECK(plan_of({forward}, {}, bare).conflicts.empty());
  CHECK(plan_of({esp}, {}, secret).conflicts ==
        Texts{"block clashes with the Docker networks tunnel: the encryption of these overlay networks is IPsec ESP"});
  CHECK(plan_of({esp}, {}, bridge).conflicts.empty());
}
