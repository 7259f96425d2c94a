// SPDX-License-Identifier: Apache-2.0
//
// The shipped policies on every machine of tests/hosts, against the verdicts
// that were worked out by hand (want.json), and against their own examples.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "agent/engine/example.h"
#include "harden/finding.h"
#include "harden/host.h"
#include "tests/support/source_dir.h"

using namespace harden;
namespace fs = std::filesystem;

namespace {

const fs::path kSource = test::source_dir();

const std::vector<Policy>& shipped() {
  static const PolicySet set = load_policies(*live_host(), (kSource / "policies").string());
  for (const Diagnostic& diagnostic : set.diagnostics) FAIL_CHECK(render(diagnostic));
  return set.policies;
}

std::vector<std::string> machines() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kSource / "tests/hosts")) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  return names;
}

std::map<std::string, std::string> wanted_verdicts(const std::string& machine) {
  std::ifstream file(kSource / "tests/hosts" / machine / "want.json");
  std::stringstream text;
  text << file.rdbuf();
  std::map<std::string, std::string> verdicts;
  const auto document = boost::json::parse(text.str());
  for (const auto& member : document.at("verdicts").as_object()) {
    verdicts[std::string(member.key())] = std::string(member.value().as_string());
  }
  return verdicts;
}

}  // namespace

TEST_CASE("fourteen policies are shipped, without mistakes") { CHECK(shipped().size() >= 14); }

TEST_CASE("every machine gets the verdicts that were worked out by hand") {
  REQUIRE(machines().size() >= 10);
  for (const std::string& machine : machines()) {
    CAPTURE(machine);
    const auto host = tree_host((kSource / "tests/hosts" / machine).string());
    REQUIRE(host.has_value());
    std::map<std::string, std::string> verdicts;
    for (const Finding& finding : check(shipped(), collect(*host, wanted_by(shipped())), machine).findings) {
      verdicts[finding.policy] = std::string(to_string(finding.verdict));
      CAPTURE(finding.policy);
      CHECK_FALSE(finding.reason.empty());
    }
    CHECK(verdicts == wanted_verdicts(machine));
  }
}

TEST_CASE("every policy is right about its examples, and has one of each verdict") {
  for (const Policy& policy : shipped()) {
    CAPTURE(policy.id);
    std::map<Verdict, int> seen;
    for (const Example& example : policy.examples) {
      CAPTURE(example.host);
      CAPTURE(example.at.line);
      const auto finding = run_example(policy, example, (kSource / "tests/hosts").string());
      REQUIRE(finding.has_value());
      CAPTURE(finding->reason);
      CHECK(to_string(finding->verdict) == to_string(example.verdict));
      ++seen[example.verdict];
    }
    CHECK(seen[Verdict::exposed] > 0);
    CHECK(seen[Verdict::not_affected] > 0);
    CHECK(seen[Verdict::unknown] > 0);
  }
}

TEST_CASE("an example that names no machine or no fact is an error, not a pass") {
  Policy policy = shipped().front();
  Example example = policy.examples.front();
  const std::string hosts = (kSource / "tests/hosts").string();
  example.host = "no-such-machine";
  CHECK(run_example(policy, example, hosts).error().code == Errc::absent);
  example = policy.examples.front();
  example.unreadable = {"cpu.posible"};
  CHECK(run_example(policy, example, hosts).error().code == Errc::invalid);
}

TEST_CASE("nothing that is predefined by Docker is a finding anywhere") {
  for (const std::string& machine : machines()) {
    const auto host = tree_host((kSource / "tests/hosts" / machine).string());
    for (const Finding& finding : check(shipped(), collect(*host, wanted_by(shipped())), machine).findings) {
      CHECK(finding.reason.find("\"name\": \"host\"") == std::string::npos);
      CHECK(finding.reason.find("\"name\": \"none\"") == std::string::npos);
    }
  }
}
