// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "harden/policy.h"
#include "tests/support/memory_host.h"
#include "tests/support/variables.h"

using namespace harden;
using harden::test::MemoryHost;

namespace {

// Conditions may use no fact here, so that no collector is needed.
std::string policy_text(const std::string& id, const std::string& more = {}) {
  return "id = \"" + id + R"("
kind = "setting"
title = "t"
severity = "low"
description = "d"
references = ["r"]
exposed.when = 'true'
example = [{ host = "a", verdict = "exposed" }, { host = "a", verdict = "not_affected" }, { host = "a", verdict = "unknown" }]
)" + more;
}

std::vector<std::string> ids(const PolicySet& set) {
  std::vector<std::string> all;
  for (const Policy& policy : set.policies) all.push_back(policy.id);
  return all;
}

using Strings = std::vector<std::string>;

Policy with(const std::string& more) {
  auto policy = parse_policy(policy_text("x", more), "x.toml", test::some_variables());
  REQUIRE(policy);
  return std::move(*policy);
}

}  // namespace

TEST_CASE("a folder and the folders in it are read, sorted by id") {
  const MemoryHost host{{"/p/setting/b.toml", policy_text("b")}, {"/p/crash/c.toml", policy_text("c")},
                        {"/p/a.toml", policy_text("a")},         {"/p/crash/deeper/d.toml", policy_text("d")},
                        {"/p/README.md", "no policy"},           {"/p/crash/.hidden.toml", "no policy"},
                        {"/p/.git/x.toml", "no policy"}};
  const PolicySet set = load_policies(host, "/p");
  CHECK(ids(set) == Strings{"a", "b", "c"});
  CHECK(set.diagnostics.empty());
  CHECK(set.policies[2].file == "/p/crash/c.toml");
  CHECK(set.texts.size() == 3);
  CHECK(set.texts.at("/p/a.toml") == policy_text("a"));
}

TEST_CASE("a bad file does not stop the others") {
  MemoryHost host{{"/p/a.toml", policy_text("a")},
                  {"/p/b.toml", "id = "},
                  {"/p/c.toml", policy_text("other")},
                  {"/p/e.toml", policy_text("e")}};
  host.error("/p/d.toml", Errc::denied);
  const PolicySet set = load_policies(host, "/p");
  CHECK(ids(set) == Strings{"a", "e"});
  REQUIRE(set.diagnostics.size() == 3);
  CHECK(set.diagnostics[0].file == "/p/b.toml");
  CHECK(set.diagnostics[0].at.line == 1);
  CHECK(set.diagnostics[1].file == "/p/c.toml");
  CHECK(set.texts.contains("/p/c.toml"));
  CHECK(set.diagnostics[2].file == "/p/d.toml");
  CHECK(set.diagnostics[2].at.line == 0);
  CHECK_FALSE(set.texts.contains("/p/d.toml"));
}

TEST_CASE("of two policies with one id the first is kept and the second told about") {
  const MemoryHost host{{"/p/crash/a.toml", policy_text("a")}, {"/p/setting/a.toml", policy_text("a")}};
  const PolicySet set = load_policies(host, "/p");
  REQUIRE(set.policies.size() == 1);
  CHECK(set.policies[0].file == "/p/crash/a.toml");
  REQUIRE(set.diagnostics.size() == 1);
  CHECK(set.diagnostics[0].file == "/p/setting/a.toml");
  CHECK(set.diagnostics[0].message == "the id 'a' is also that of /p/crash/a.toml");
}

TEST_CASE("links are followed to files and folders") {
  MemoryHost host{{"/elsewhere/real.toml", policy_text("a")}, {"/folder/b.toml", policy_text("b")}};
  host.link("/p/a.toml", "/elsewhere/real.toml").link("/p/more", "/folder").link("/p/gone.toml", "/nowhere");
  host.link("/p/gone", "/nowhere");
  const PolicySet set = load_policies(host, "/p");
  CHECK(ids(set) == Strings{"a", "b"});
  REQUIRE(set.diagnostics.size() == 1);
  CHECK(set.diagnostics[0].file == "/p/gone.toml");
}

TEST_CASE("a folder that is not there or cannot be read is told about") {
  MemoryHost host{{"/p/a.toml", policy_text("a")}};
  host.error("/p/secret", Errc::denied);
  CHECK(load_policies(host, "/q").diagnostics.size() == 1);
  CHECK(load_policies(host, "/q").policies.empty());
  CHECK(load_policies(host, "/p/a.toml").diagnostics.size() == 1);
  host.folder("/empty");
  CHECK(load_policies(host, "/empty").diagnostics.empty());
}

TEST_CASE("a file larger than a policy may be is not read") {
  const MemoryHost host{{"/p/a.toml", std::string((1 << 20) + 1, '#')}};
  const PolicySet set = load_policies(host, "/p");
  REQUIRE(set.diagnostics.size() == 1);
  CHECK(set.diagnostics[0].file == "/p/a.toml");
  CHECK(set.texts.empty());
}

TEST_CASE("what policies want is what their conditions and remedies look at") {
  const Wanted wanted = wanted_by({with(R"toml(
[[remedy]]
name = "a"
sysctl = { "net.ipv4.tcp_sack" = 0, "kernel.panic" = { at_least = 1 } }
grade = "prevents"
because = "b"
in_force = 'module["tipc"].loaded'
  [[remedy.impact]]
  when = 'sysctl["net.ipv4.ip_forward"] == 1'
  message = "m"
[[remedy]]
name = "m"
module = "dccp-ipv4"
grade = "prevents"
because = "b"
)toml")});
  using Keys = std::set<std::string, std::less<>>;
  CHECK(wanted.keys_of("sysctl") == Keys{"kernel.panic", "net.ipv4.ip_forward", "net.ipv4.tcp_sack"});
  CHECK(wanted.keys_of("module") == Keys{"dccp_ipv4", "tipc"});
  CHECK_FALSE(wanted.all_of("sysctl"));
  CHECK(wanted.has("os.pretty_name"));
  CHECK(wanted.has("kernel.release"));
  CHECK_FALSE(wanted.has("kernel.upstream"));
  CHECK_FALSE(wanted.has("cmdline.params"));
  CHECK_FALSE(wanted.has("docker.engines"));
}

TEST_CASE("policies about kernels, and remedies of other kinds, want their facts") {
  const auto remedy = [](const std::string& what) {
    return with("[[remedy]]\nname = \"a\"\n" + what + "\ngrade = \"prevents\"\nbecause = \"b\"\n");
  };
  CHECK(wanted_by({remedy("cmdline = \"a=1\"")}).has("cmdline.params"));
  CHECK(wanted_by({remedy("docker = { ipv6 = false }")}).has("docker.engines"));
  CHECK(wanted_by({remedy("upgrade = \"\"")}).has("os.id"));
  CHECK_FALSE(wanted_by({remedy("advice = \"x\"")}).has("os.id"));
  const Wanted wanted = wanted_by({with("[affected]\nintroduced = \"0\"\nfixed = [\"4.11\"]\n")});
  for (const char* fact : {"kernel.vendor", "kernel.vendor_release", "kernel.package", "kernel.upstream",
                           "kernel.release", "kernel.livepatches"}) {
    CAPTURE(fact);
    CHECK(wanted.all_of(fact));
  }
  CHECK_FALSE(wanted_by({}).has("kernel.vendor"));
}

TEST_CASE("the names an expression may use are the declared facts") {
  const auto variables = policy_variables();
  REQUIRE(variables.size() == fact_declarations().size());
  for (std::size_t i = 0; i < variables.size(); ++i) CHECK(variables[i].name == fact_declarations()[i].name);
}
