// SPDX-License-Identifier: Apache-2.0
#include "harden/policy.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/sample.h"
#include "tests/support/source_dir.h"
#include "tests/support/variables.h"

using namespace harden;

namespace {

Policy good(const std::string& name) {
  std::ifstream stream(test::source_dir() / "tests/policies/good" / (name + ".toml"), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  auto policy = parse_policy(text, "crash/" + name + ".toml", test::some_variables());
  REQUIRE(policy);
  return std::move(*policy);
}

Value evaluate(const cel::Program& program, const std::map<std::string, Value, std::less<>>& facts) {
  return program.evaluate([&](std::string_view name) {
    const auto found = facts.find(name);
    return found == facts.end() ? nullptr : &found->second;
  });
}

}  // namespace

TEST_CASE("the words of the enumerations read back as what they are") {
  for (const Severity one : {Severity::low, Severity::medium, Severity::high, Severity::critical}) {
    CHECK(severity_from(to_string(one)) == one);
  }
  for (const Verdict one : {Verdict::exposed, Verdict::mitigated, Verdict::not_affected, Verdict::unknown}) {
    CHECK(verdict_from(to_string(one)) == one);
  }
  CHECK(severity_from("") == std::nullopt);
  CHECK(severity_from("High") == std::nullopt);
  CHECK(verdict_from("affected") == std::nullopt);
  CHECK(to_string(PolicyKind::setting) == "setting");
  CHECK(to_string(RemedyKind::cmdline) == "cmdline");
  CHECK(to_string(Grade::removes_trigger) == "removes_trigger");
}

TEST_CASE("the head of a policy") {
  const Policy policy = good("full");
  CHECK(policy.id == "full");
  CHECK(policy.kind == PolicyKind::crash);
  CHECK(policy.severity == Severity::high);
  CHECK(policy.description == "What happens, to whom, and why.\n");
  CHECK(policy.references == std::vector<std::string>{"https://example.org/1", "https://example.org/2"});
  CHECK(policy.aliases == std::vector<std::string>{"CVE-2000-0001"});
  CHECK(policy.file == "crash/full.toml");
}

TEST_CASE("who is affected") {
  const Policy policy = good("full");
  REQUIRE(policy.affected);
  CHECK(policy.affected->introduced == std::vector<std::string>{"2.6.35", "2.6.34.9"});
  const auto& fixed = policy.affected->fixed;
  REQUIRE(fixed.size() == 4);
  CHECK(fixed[0].earliest == "2.6.34.12");
  CHECK(fixed[0].latest == "2.6.34.12");
  CHECK(fixed[1].earliest == "4.4.107");
  CHECK(fixed[1].latest == "4.4.114");
  CHECK(fixed[2].earliest == "4.9.50");
  CHECK(fixed[2].latest == std::nullopt);
  CHECK(fixed[3].latest == "4.11");
}

TEST_CASE("a vendor's rules") {
  const Policy policy = good("full");
  REQUIRE(policy.affected->vendors.size() == 2);
  const VendorRule& rhel = policy.affected->vendors[0];
  CHECK(rhel.distro == "rhel");
  CHECK(rhel.release == "7");
  CHECK(rhel.verdict == Verdict::unknown);
  CHECK(rhel.fixed == std::nullopt);
  const VendorRule& ubuntu = policy.affected->vendors[1];
  CHECK(ubuntu.release == "");
  CHECK(ubuntu.fixed == "4.4.0-112.135");
  CHECK(ubuntu.verdict == std::nullopt);
  CHECK(good("vendor-only").affected->vendors[0].verdict == Verdict::exposed);
  CHECK(good("since-ever").affected->introduced == std::vector<std::string>{"0"});
  CHECK(good("never-fixed").affected->fixed.empty());
}

TEST_CASE("the condition is compiled and refers to facts") {
  const Policy policy = good("full");
  REQUIRE(policy.exposed);
  const std::vector<cel::Reference> wanted = {{"cpu.possible", std::nullopt},
                                              {"kernel.config", "IPV6_MROUTE_MULTIPLE_TABLES"},
                                              {"net.ipv6.enabled", std::nullopt}};
  CHECK(policy.exposed->references() == wanted);
  const Value config = map_with({{"IPV6_MROUTE_MULTIPLE_TABLES", "y"}});
  CHECK(evaluate(*policy.exposed, {{"net.ipv6.enabled", true}, {"cpu.possible", 2}, {"kernel.config", config}}) ==
        Value(true));
  CHECK(evaluate(*policy.exposed, {{"net.ipv6.enabled", true}, {"cpu.possible", 1}, {"kernel.config", config}}) ==
        Value(false));
}

TEST_CASE("how it looks when it strikes") {
  const Policy policy = good("full");
  REQUIRE(policy.crash);
  REQUIRE(policy.crash->titles.size() == 1);
  CHECK(policy.crash->titles[0].starts_with("BUG: unable to handle"));
  CHECK(policy.crash->frames == std::vector<std::string>{"ip6mr_sk_done", "rawv6_close", "inet_release.part.0"});
  REQUIRE(policy.crash->precursors.size() == 1);
  CHECK(policy.crash->precursors[0].ends_with(R"(\(err -?\d+\))"));
}

TEST_CASE("remedies of every kind") {
  const auto remedies = good("full").remedies;
  REQUIRE(remedies.size() == 6);
  CHECK(remedies[0].kind == RemedyKind::cmdline);
  CHECK(remedies[0].grade == Grade::prevents);
  CHECK(remedies[0].cmdline == std::vector<std::string>{"ipv6.disable=1", "quiet"});
  CHECK(remedies[0].in_force);
  REQUIRE(remedies[0].impacts.size() == 2);
  CHECK(remedies[0].impacts[0].when);
  CHECK_FALSE(remedies[0].impacts[1].when);
  CHECK(remedies[0].impacts[1].message == "needs a reboot");
  CHECK(remedies[2].kind == RemedyKind::module);
  CHECK(remedies[2].modules == std::vector<std::string>{"dccp", "dccp_ipv4"});
  CHECK(remedies[4].kind == RemedyKind::upgrade);
  CHECK(remedies[4].upgrade == "4.4.114 or later");
  CHECK(remedies[5].kind == RemedyKind::advice);
  CHECK(remedies[5].grade == Grade::unproven);
  CHECK(good("single-strings").remedies[0].modules == std::vector<std::string>{"dccp_ipv6"});
}

TEST_CASE("what a sysctl is to become") {
  const Remedy remedy = good("full").remedies[1];
  CHECK(remedy.kind == RemedyKind::sysctl);
  CHECK(remedy.grade == Grade::ineffective);
  using Compare = SysctlWant::Compare;
  REQUIRE(remedy.sysctls.size() == 5);
  const auto check = [&](std::size_t index, const char* key, const char* value, Compare compare) {
    CHECK(remedy.sysctls[index].key == key);
    CHECK(remedy.sysctls[index].value == value);
    CHECK(remedy.sysctls[index].compare == compare);
  };
  check(0, "net.ipv6.conf.all.disable_ipv6", "1", Compare::equal);
  check(1, "net.ipv4.conf.eth0/100.forwarding", "0", Compare::equal);
  check(2, "kernel.core_pattern", "core", Compare::equal);
  check(3, "kernel.unprivileged_bpf_disabled", "1", Compare::at_least);
  check(4, "kernel.panic", "10", Compare::at_most);
}

TEST_CASE("docker's settings become JSON") {
  const Remedy remedy = good("full").remedies[3];
  CHECK(remedy.kind == RemedyKind::docker);
  CHECK(remedy.docker == std::map<std::string, std::string>{{"userland-proxy", "false"},
                                                            {"log-opts", R"({"max-size":"10m"})"},
                                                            {"dns", R"(["192.0.2.1"])"},
                                                            {"mtu", "1400"}});
}

TEST_CASE("examples keep their place, their facts and what cannot be read") {
  const auto examples = good("full").examples;
  REQUIRE(examples.size() == 4);
  CHECK(examples[0].host == "centos-7.5-docker");
  CHECK(examples[0].verdict == Verdict::exposed);
  CHECK(examples[0].at.column == 1);
  CHECK(examples[1].at.line == examples[0].at.line + 5);
  CHECK(examples[0].facts.at("cpu.possible") == Value(4));
  CHECK(examples[0].facts.at("sysctl[\"net.ipv4.tcp_sack\"]") == Value(0));
  CHECK(to_text(examples[0].facts.at("module[\"tipc\"]")) == R"({"loaded": true, "use_count": 2, "used_by": ["x"]})");
  CHECK(to_text(examples[0].facts.at("net.listeners")) == R"([{"family": "ipv6", "port": 22}])");
  CHECK(examples[2].unreadable.size() == 3);
  CHECK(examples[3].verdict == Verdict::mitigated);
}

TEST_CASE("a policy with what is required and nothing else") {
  const Policy policy = good("smallest");
  CHECK(policy.kind == PolicyKind::setting);
  CHECK_FALSE(policy.affected);
  CHECK_FALSE(policy.crash);
  CHECK(policy.remedies.empty());
  CHECK(policy.aliases.empty());
}

TEST_CASE("what has no file name is not held against it") {
  const auto text = std::string("id = \"x\"\n");
  const auto policy = parse_policy(text, "<stdin>", {});
  REQUIRE_FALSE(policy);
  for (const Diagnostic& one : policy.error()) CHECK(one.message.find("file's name") == std::string::npos);
}

TEST_CASE("of very many mistakes the first are told, and how many there are") {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "unknown" + std::to_string(i) + " = 1\n";
  const auto policy = parse_policy(text, "x.toml", {});
  REQUIRE_FALSE(policy);
  CHECK(policy.error().size() == 1001);
  // 3000 unknown keys, 7 missing ones and no scope.
  CHECK(policy.error().back().message == "and 2008 more mistakes");
}
