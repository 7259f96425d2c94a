// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "harden/finding.h"

using namespace harden;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::int64_t kDay = 24L * 60 * 60;

Finding finding(const std::string& policy, Verdict verdict, Severity severity = Severity::high) {
  Finding one;
  one.policy = policy;
  one.verdict = verdict;
  one.severity = severity;
  return one;
}

CheckReport report() {
  CheckReport all;
  all.host.kernel = "6.1.0-21-amd64";
  all.findings = std::vector<Finding>{finding("a", Verdict::exposed, Severity::critical),
                                      finding("b", Verdict::exposed),
                                      finding("c", Verdict::unknown, Severity::low),
                                      finding("d", Verdict::mitigated),
                                      finding("e", Verdict::mitigated),
                                      finding("f", Verdict::not_affected)};
  return all;
}

std::string order(const CheckReport& all) {
  std::string text;
  for (const Finding& one : all.findings) text += one.policy;
  return text;
}

Strike strike(const std::string& policy, std::int64_t last = kNow - kDay, const std::string& kernel = "6.1.0-21-amd64",
              Confidence confidence = Confidence::certain) {
  return {policy, confidence, "0123456789abcdef", kernel, 2, last};
}

const Finding& of(const CheckReport& all, const std::string& policy) {
  for (const Finding& one : all.findings) {
    if (one.policy == policy) return one;
  }
  FAIL("no such policy");
  return all.findings.front();
}

}  // namespace

TEST_CASE("what has struck comes first of what is open") {
  CheckReport all = report();
  apply_strikes(all, {strike("c"), strike("e")}, kNow);
  CHECK(order(all) == "cabedf");
  CHECK(of(all, "c").struck == Struck{2, kNow - kDay, Confidence::certain});
  CHECK_FALSE(of(all, "a").struck);
  // Of what has struck, the exposed one first.
  apply_strikes(all, {strike("c"), strike("b")}, kNow);
  CHECK(order(all) == "bcadef");
  apply_strikes(all, {}, kNow);
  CHECK(order(all) == "abcdef");
  CHECK_FALSE(of(all, "c").struck);
}

TEST_CASE("several kinds of crash of one policy count together") {
  CheckReport all = report();
  apply_strikes(all, {strike("b", kNow - 3 * kDay, "6.1.0-21-amd64", Confidence::likely), strike("b", kNow - 2 * kDay)},
                kNow);
  CHECK(of(all, "b").struck == Struck{4, kNow - 2 * kDay, Confidence::certain});
}

TEST_CASE("a strike is over after ninety days") {
  CheckReport all = report();
  apply_strikes(all, {strike("b", kNow - 90 * kDay)}, kNow);
  CHECK(of(all, "b").struck);
  apply_strikes(all, {strike("b", kNow - 90 * kDay - 1)}, kNow);
  CHECK_FALSE(of(all, "b").struck);
}

TEST_CASE("a strike is over when another kernel runs") {
  CheckReport all = report();
  apply_strikes(all, {strike("b", kNow, "6.1.0-20-amd64")}, kNow);
  CHECK_FALSE(of(all, "b").struck);
  // Where one of the two is not known, nobody can say that it changed.
  apply_strikes(all, {strike("b", kNow, "")}, kNow);
  CHECK(of(all, "b").struck);
  all.host.kernel = "";
  apply_strikes(all, {strike("b", kNow, "6.1.0-20-amd64")}, kNow);
  CHECK(of(all, "b").struck);
}

TEST_CASE("a possible match changes no rank") {
  CheckReport all = report();
  apply_strikes(all, {strike("c", kNow, "6.1.0-21-amd64", Confidence::possible)}, kNow);
  CHECK(order(all) == "abcdef");
  CHECK_FALSE(of(all, "c").struck);
}

TEST_CASE("a strike of a policy that was not looked at is left alone") {
  CheckReport all = report();
  apply_strikes(all, {strike("elsewhere")}, kNow);
  CHECK(order(all) == "abcdef");
}
