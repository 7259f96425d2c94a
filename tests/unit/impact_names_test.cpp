// SPDX-License-Identifier: Apache-2.0
//
// Whom an impact concerns on this host, by name.
#include <doctest/doctest.h>

#include "harden/finding.h"
#include "tests/support/sample.h"

using namespace harden;

namespace {

// The one impact of a remedy whose `names` is this expression.
std::string impact(const std::string& names, const Facts& facts) {
  const Policy policy = policy_from(R"(
id = "sample"
kind = "setting"
title = "a sample"
severity = "high"
description = "what happens"
references = ["https://example.org"]
[exposed]
when = "true"
[[remedy]]
name = "cure"
cmdline = "x=1"
grade = "prevents"
because = "why"
[[remedy.impact]]
message = "breaks"
names = ')" + names + R"('
[[example]]
host = "a"
verdict = "exposed"
[[example]]
host = "a"
verdict = "not_affected"
[[example]]
host = "a"
verdict = "unknown"
)");
  return remedy_views(policy, facts).at(0).impacts.at(0);
}

Value listener(const char* process, const char* address, int port) {
  return Map({{"process", process}, {"address", address}, {"port", port}, {"protocol", "tcp"}, {"family", "ipv6"}});
}

Value network(const std::string& name) { return Map({{"name", name}, {"driver", "bridge"}}); }

}  // namespace

TEST_CASE("listeners are named as ss writes them") {
  const Facts facts = facts_with({{"net.listeners", List{listener("sshd", "::", 22), listener("", "0.0.0.0", 80),
                                                         listener("sshd", "::", 22), listener("x", "fe80::1", 1)}}});
  CHECK(impact("net.listeners", facts) == "breaks: sshd [::]:22/tcp, 0.0.0.0:80/tcp, x [fe80::1]:1/tcp");
}

TEST_CASE("networks by their name, engines by their socket") {
  CHECK(impact("docker.networks", facts_with({{"docker.networks", List{network("shop"), network("web")}}})) ==
        "breaks: shop, web");
  const Value engine = Map({{"engine", "docker"}, {"socket", "/run/docker.sock"}});
  CHECK(impact("docker.engines", facts_with({{"docker.engines", List{engine}}})) ==
        "breaks: docker at /run/docker.sock");
  CHECK(impact("docker.networks.map(n, n.name)", facts_with({{"docker.networks", List{network("shop")}}})) ==
        "breaks: shop");
}

TEST_CASE("of many the first eight are named and the others counted") {
  List list;
  for (int i = 0; i < 8; ++i) list.push_back(network("n" + std::to_string(i)));
  CHECK(impact("docker.networks", facts_with({{"docker.networks", list}})) == "breaks: n0, n1, n2, n3, n4, n5, n6, n7");
  list.push_back(network("n8"));
  list.push_back(network("n0"));  // which is named already
  CHECK(impact("docker.networks", facts_with({{"docker.networks", list}})) ==
        "breaks: n0, n1, n2, n3, n4, n5, n6, n7 and 1 more");
}

TEST_CASE("who cannot be told is not named, and the impact stands all the same") {
  CHECK(impact("docker.networks", facts_with({})) == "breaks");
  CHECK(impact("docker.networks", facts_with({{"docker.networks", List{}}})) == "breaks");
  CHECK(impact("docker.networks", facts_with({{"docker.networks", unreadable("docker.networks")}})) == "breaks");
}

TEST_CASE("a record without what its name is made of is shown as it is, never skipped") {
  const Value half = Map({{"process", "x"}, {"port", unreadable("net.listeners")}});
  CHECK(impact("net.listeners", facts_with({{"net.listeners", List{half}}})).starts_with("breaks: "));
  CHECK(impact("net.listeners", facts_with({{"net.listeners", List{Map({{"port", 1}})}}})) == "breaks: :1/");
}

TEST_CASE("a hostile name is kept as it is here, for the report to escape, and cannot grow without bound") {
  const std::string escape = "evil\x1b[2J\n\xe2\x80\xae";
  CHECK(impact("docker.networks", facts_with({{"docker.networks", List{network(escape)}}})) == "breaks: " + escape);
  const std::string shown =
      impact("docker.networks", facts_with({{"docker.networks", List{network(std::string(100'000, 'x'))}}}));
  CHECK(shown.size() < 1000);
}
