// SPDX-License-Identifier: Apache-2.0
//
// The sample texts of the shipped policies, through the parser and the matching.
#include <doctest/doctest.h>

#include <algorithm>

#include "agent/engine/diagnose.h"
#include "agent/engine/sample.h"
#include "tests/support/sample.h"
#include "tests/support/source_dir.h"
#include "tests/support/temporary_folder.h"

using namespace harden;

namespace {

const PolicySet& shipped() {
  static const PolicySet set = load_policies(*live_host(), (test::source_dir() / "policies").string());
  return set;
}

const std::string& samples() {
  static const std::string folder = (test::source_dir() / "tests/crash/samples").string();
  return folder;
}

const Policy& policy(const std::string& id) {
  const auto found = std::ranges::find(shipped().policies, id, &Policy::id);
  REQUIRE(found != shipped().policies.end());
  return *found;
}

Diagnoses of_file(const std::string& name) {
  const auto text = live_host()->read(samples() + "/" + name);
  REQUIRE(text);
  return diagnose(parse_crashes(*text, crash_patterns(shipped().policies)), shipped().policies);
}

}  // namespace

TEST_CASE("every sample is told as its policy's crash and as no other's") {
  int count = 0;
  for (const Policy& one : shipped().policies) {
    if (!one.crash) continue;
    CHECK_MESSAGE(!one.crash->samples.empty(), one.id);
    for (const CrashSample& sample : one.crash->samples) {
      CAPTURE(sample.file);
      const auto wrong = run_sample(one, sample, samples(), shipped().policies);
      REQUIRE_MESSAGE(wrong.has_value(), describe(wrong.error()));
      CHECK(*wrong == "");
      ++count;
    }
  }
  CHECK(count >= 7);
}

TEST_CASE("the founding incident's log is told in full") {
  const Diagnoses found = of_file("ip6mr-sk-done.el7.log");
  REQUIRE(found.crashes.size() == 1);
  const Diagnosis& crash = found.crashes[0];
  CHECK(crash.record.title == "BUG: unable to handle kernel NULL pointer dereference in ip6mr_sk_done");
  CHECK(crash.record.type == CrashType::null_dereference);
  CHECK(crash.record.kernel == "3.10.0-862.el7.x86_64");
  CHECK(crash.record.fault_address == 0x20);
  REQUIRE(crash.matches.size() == 1);
  CHECK(crash.matches[0].policy == "ip6mr-sk-done");
  CHECK(crash.matches[0].confidence == Confidence::certain);
  REQUIRE(crash.related.size() == 1);
  CHECK(crash.related[0].policy == "rhel7-kmem-leak");
  const CrashHint hint = look_into(crash.record);
  CHECK(std::ranges::any_of(hint.causes, [](const std::string& cause) {
    return cause.starts_with("an allocation of kernel memory had failed before") &&
           cause.contains("sock_inode_cache") && cause.contains("the container's limit");
  }));
  CHECK(std::ranges::any_of(hint.causes, [](const std::string& cause) { return cause.contains("no more sockets"); }));
  CHECK(found.warnings.empty());
}

TEST_CASE("the incident's messages without the oops are a warning") {
  const Diagnoses found =
      diagnose(parse_crashes("[    1.0] Linux version 3.10.0-862.el7.x86_64 (x) #1 SMP\n"
                             "[  180.1] socket: no more sockets\n"
                             "[  180.1] IPv6: Failed to initialize the ICMP6 control socket (err -23)\n",
                             crash_patterns(shipped().policies)),
               shipped().policies);
  CHECK(found.crashes.empty());
  REQUIRE(found.warnings.size() == 1);
  CHECK(found.warnings[0].policy == "ip6mr-sk-done");
}

TEST_CASE("a kernel told by the source counts where the text names none") {
  const std::string text =
      "BUG: unable to handle kernel NULL pointer dereference at 0000000000000020\n"
      "IP: ip6mr_sk_done+0x60/0xf0\nCall Trace:\n rawv6_close+0x4c/0x80\n inet_release+0xed/0x1c0\n";
  const auto sure = diagnose(parse_crashes(text), shipped().policies, "3.10.0-862.el7.x86_64");
  REQUIRE(sure.crashes.size() == 1);
  CHECK(sure.crashes[0].record.kernel == "3.10.0-862.el7.x86_64");
  REQUIRE(sure.crashes[0].matches.size() == 1);
  CHECK(sure.crashes[0].matches[0].confidence >= Confidence::likely);
}

TEST_CASE("what is wrong with a sample is told") {
  const std::vector<Policy>& all = shipped().policies;
  const Policy& sack = policy("CVE-2019-11477");
  CHECK(run_sample(sack, {"no-such-file.log", {}}, samples(), all).error().code == Errc::absent);
  CHECK(run_sample(sack, {"README.md", {}}, samples(), all) == "README.md has no crash");
  const auto other = run_sample(sack, {"ip6mr-sk-done.el7.log", {}}, samples(), all);
  REQUIRE(other);
  CHECK(other->contains("matches ip6mr-sk-done"));
  const auto none = run_sample(sack, {"ip6mr-sk-done.el7.log", {}}, samples(), {sack});
  REQUIRE(none);
  CHECK(none->contains("no crash of it matches"));
  Policy fixed = sack;
  fixed.affected->fixed = {{"3.0", "3.0"}};
  fixed.affected->introduced = {"2.6.29"};
  const auto possible = run_sample(fixed, {"CVE-2019-11477.log", {}}, samples(), {fixed});
  REQUIRE(possible);
  CHECK(possible->contains("only possible"));
}
