// SPDX-License-Identifier: Apache-2.0
//
// Which policies a change concerns, what is read again for it, and the facts
// that come of it.
#include "agent/engine/dependents.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/policy/references.h"
#include "tests/support/sample.h"

using namespace harden;

namespace {

std::string policy_text(const std::string& id, const std::string& when, const std::string& remedy) {
  return "id = \"" + id +
         "\"\nkind = \"setting\"\ntitle = \"t\"\nseverity = \"low\"\ndescription = \"d\"\nreferences = "
         "[\"https://example.org\"]\n"
         "[exposed]\nwhen = '''" +
         when + "'''\n[[remedy]]\nname = \"r\"\n" + remedy + "\ngrade = \"prevents\"\nbecause = \"b\"\n" +
         "[[example]]\nhost = \"a\"\nverdict = \"exposed\"\n[[example]]\nhost = \"b\"\nverdict = \"not_affected\"\n"
         "[[example]]\nhost = \"c\"\nverdict = \"unknown\"\n";
}

// 0 looks at one sysctl, 1 at a pattern of them, 2 at a module, 3 at all sysctls, 4 at none of them.
const std::vector<Policy>& policies() {
  static const std::vector<Policy> made = [] {
    const std::vector<std::pair<std::string, std::string>> parts{
        {R"(sysctl["net.ipv4.tcp_sack"] == 1)", "advice = \"a\""},
        {"cpu.possible >= 2", R"(sysctl = { "net.ipv4.conf.*.rp_filter" = 1 })"},
        {R"(module["nf-nat"].loaded)", "module = [\"nf_nat\"]"},
        {R"(sysctl.exists(k, k == "x"))", "advice = \"a\""},
        {"cpu.possible >= 4", "docker = { \"userland-proxy\" = false }"},
    };
    std::vector<Policy> policies;
    for (const auto& [when, remedy] : parts) {
      const std::string id = "p" + std::to_string(policies.size());
      policies.push_back(policy_from(policy_text(id, when, remedy), id + ".toml"));
    }
    return policies;
  }();
  return made;
}

std::vector<std::size_t> concerned(const Changed& changed) { return Dependents(policies()).of(changed); }

Facts sysctls(const std::vector<std::pair<std::string, Value>>& values) {
  std::vector<Map::Entry> entries;
  Fact fact{"sysctl", {}, "/proc/sys", {}};
  for (const auto& [key, value] : values) {
    entries.emplace_back(key, value);
    fact.entry_sources[key] = "/source/" + key;
  }
  fact.value = Map(std::move(entries));
  Facts facts;
  facts.set(std::move(fact));
  return facts;
}

// Two policies without the one that looks at every sysctl.
std::vector<Policy> narrow() { return {policies()[0], policies()[1]}; }

}  // namespace

TEST_CASE("a pattern means the keys that differ in its stars alone") {
  CHECK(key_matches("net.ipv4.conf.*.rp_filter", "net.ipv4.conf.eth0.rp_filter"));
  CHECK(key_matches("net.ipv4.conf.*.rp_filter", "net.ipv4.conf.eth0/100.rp_filter"));
  CHECK_FALSE(key_matches("net.ipv4.conf.*.rp_filter", "net.ipv4.conf.rp_filter"));
  CHECK_FALSE(key_matches("net.ipv4.conf.*.rp_filter", "net.ipv4.conf.eth0.x.rp_filter"));
  CHECK_FALSE(key_matches("net.ipv4.conf.*.rp_filter", "net.ipv4.conf.eth0.forwarding"));
  CHECK(key_matches("vm.swappiness", "vm.swappiness"));
  CHECK_FALSE(key_matches("vm.swappiness", "vm.*"));
}

TEST_CASE("a change concerns those that look at it, in the policies' order") {
  using Places = std::vector<std::size_t>;
  const std::vector<std::pair<Changed, Places>> cases{
      {{{}}, {}},
      {{{{"sysctl", "net.ipv4.tcp_sack"}}}, {0, 3}},
      {{{{"sysctl", "net.ipv4.tcp_syncookies"}}}, {3}},
      {{{{"sysctl", "net.ipv4.conf.eth0.rp_filter"}}}, {1, 3}},
      {{{{"sysctl", "net.ipv4.conf.*.rp_filter"}}}, {1, 3}},
      {{{{"sysctl", "net.ipv4.*"}}}, {0, 3}},
      {{{{"sysctl", {}}}}, {0, 1, 3}},
      {{{{"module", "nf_nat"}}}, {2}},
      {{{{"module", "nf-nat"}}}, {2}},
      {{{{"module", {}}}}, {2}},
      {{{{"cpu.possible", {}}}}, {1, 4}},
      {{{{"net.namespaces", {}}}}, {1}},
      {{{{"docker.engines", {}}}}, {4}},
      {{{{"docker.engines", {}}, {"module", "nf_nat"}}}, {2, 4}},
      {{{{"no.such.fact", {}}}}, {}},
  };
  for (const auto& [changed, wanted] : cases) {
    for (const auto& reference : changed.facts) CAPTURE(cel::to_text(reference));
    CHECK(concerned(changed) == wanted);
  }
}

TEST_CASE("of what changed only that is read which somebody looks at") {
  const Facts before = sysctls({{"net.ipv4.tcp_sack", 1}});
  const Dependents dependents(narrow());
  const auto keys = [&](const Changed& changed) { return wanted_for(changed, dependents, before).keys_of("sysctl"); };
  using Keys = std::set<std::string, std::less<>>;
  CHECK(keys({{{"sysctl", "net.ipv4.tcp_sack"}}}) == Keys{"net.ipv4.tcp_sack"});
  CHECK(keys({{{"sysctl", "net.ipv4.conf.eth0.rp_filter"}}}) == Keys{"net.ipv4.conf.eth0.rp_filter"});
  CHECK(keys({{{"sysctl", "net.ipv4.conf.*.rp_filter"}}}) == Keys{"net.ipv4.conf.*.rp_filter"});
  CHECK(keys({{{"sysctl", "kernel.panic"}}}).empty());
  CHECK(keys({{{"sysctl", {}}}}) == Keys{"net.ipv4.conf.*.rp_filter", "net.ipv4.tcp_sack"});
  CHECK_FALSE(wanted_for({{{"docker.engines", {}}}}, dependents, before).has("docker.engines"));
  CHECK(wanted_for({{{"cpu.possible", {}}}}, dependents, before).all_of("cpu.possible"));
}

TEST_CASE("where somebody looks at every entry, or there is no map yet, the whole fact is read") {
  const Changed changed{{{"sysctl", "net.ipv4.tcp_sack"}}};
  CHECK(wanted_for(changed, Dependents(policies()), sysctls({{"a", 1}})).all_of("sysctl"));
  Facts unread;
  unread.set({"sysctl", unreadable("sysctl"), "/proc/sys", {}});
  const Wanted wanted = wanted_for(changed, Dependents(narrow()), unread);
  CHECK(wanted.keys_of("sysctl").size() == 2);
}

TEST_CASE("facts that are renewed keep what did not change") {
  const Facts before = sysctls({{"a", 1}, {"b", 2}, {"c", 3}});
  Changed changed{{{"sysctl", "a"}, {"sysctl", "c"}}};
  const Facts now = renewed(before, sysctls({{"a", 7}}), changed);
  CHECK(to_text(*now.value("sysctl")) == R"({"a": 7, "b": 2})");
  CHECK(now.source("sysctl", "b") == "/source/b");
  CHECK(now.source("sysctl", "c") == "/proc/sys");
  CHECK(changed.facts.size() == 2);
}

TEST_CASE("what was not said to have changed is not taken") {
  Changed changed{{{"sysctl", "a"}}};
  const Facts now = renewed(sysctls({{"a", 1}, {"b", 2}}), sysctls({{"a", 7}, {"b", 9}}), changed);
  CHECK(to_text(*now.value("sysctl")) == R"({"a": 7, "b": 2})");
}

TEST_CASE("a pattern takes every key it means, and those that are gone") {
  Changed changed{{{"sysctl", "conf.*.x"}}};
  const Facts before = sysctls({{"conf.eth0.x", 1}, {"conf.eth0.y", 1}, {"conf.lo.x", 1}});
  const Facts now = renewed(before, sysctls({{"conf.lo.x", 0}, {"conf.veth1.x", 0}}), changed);
  CHECK(to_text(*now.value("sysctl")) == R"({"conf.eth0.y": 1, "conf.lo.x": 0, "conf.veth1.x": 0})");
}

TEST_CASE("a fact that cannot be read any more takes its entries with it") {
  Changed changed{{{"sysctl", "a"}}};
  Facts part;
  part.set({"sysctl", unreadable("sysctl"), "/proc/sys", {}});
  const Facts now = renewed(sysctls({{"a", 1}, {"b", 2}}), part, changed);
  CHECK(now.value("sysctl")->is(Value::Kind::unknown));
  CHECK(changed.facts.contains({"sysctl", {}}));
  Changed back{{{"sysctl", "a"}}};
  const Facts again = renewed(now, sysctls({{"a", 1}, {"b", 2}}), back);
  CHECK(to_text(*again.value("sysctl")) == R"({"a": 1, "b": 2})");
  CHECK(back.facts.contains({"sysctl", {}}));
}

TEST_CASE("collectors that ran again say how they fared the last time") {
  using std::chrono::microseconds;
  Facts before = sysctls({{"a", 1}});
  before.add_run({"cpu", microseconds(5), false});
  before.add_run({"sysctl", microseconds(7), false});
  Facts part = sysctls({{"a", 2}});
  part.add_run({"sysctl", microseconds(9), true});
  part.add_run({"docker", microseconds(1), false});
  Changed changed{{{"sysctl", "a"}}};
  const Facts now = renewed(before, part, changed);
  REQUIRE(now.runs().size() == 3);
  CHECK(now.runs()[0].collector == "cpu");
  CHECK(now.runs()[1].timed_out);
  CHECK(now.runs()[2].collector == "docker");
}

TEST_CASE("what is wanted of a policy is what its references say") {
  for (const Policy& policy : policies()) {
    const Wanted wanted = wanted_by({policy});
    for (const cel::Reference& reference : references_of(policy)) {
      CAPTURE(cel::to_text(reference));
      CHECK(wanted.has(reference.fact));
      if (reference.key) CHECK(wanted.keys_of(reference.fact).contains(*reference.key));
    }
  }
}
