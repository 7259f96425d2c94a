// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/differences.h"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace harden::daemon {
namespace {

Finding finding(const std::string& policy, Verdict verdict, bool waived = false) {
  Finding one;
  one.policy = policy;
  one.title = "a \"title\"\n";
  one.verdict = verdict;
  one.severity = Severity::high;
  one.reason = "because";
  if (waived) one.waiver = Waiver{policy, "r", "", 1, 0, ""};
  return one;
}

CheckReport report(std::vector<Finding> findings) {
  CheckReport one;
  one.findings = std::move(findings);
  return one;
}

// "finding.appeared a exposed": type, policy and verdict of each.
std::vector<std::string> told(const std::vector<KeptVerdict>& before, const CheckReport& after) {
  std::vector<std::string> out;
  for (const Telling& one : differences(before, after)) {
    CHECK(one.data.find('\n') == std::string::npos);
    const auto object = boost::json::parse(one.data).as_object();
    const auto& verdict = object.at("verdict");
    out.push_back(one.type + " " + std::string(object.at("policy").as_string()) + " " +
                  (verdict.is_null() ? "gone" : std::string(verdict.as_string())));
  }
  return out;
}

using Told = std::vector<std::string>;

constexpr Verdict kExposed = Verdict::exposed;
constexpr Verdict kMitigated = Verdict::mitigated;
constexpr Verdict kNot = Verdict::not_affected;
constexpr Verdict kUnknown = Verdict::unknown;

}  // namespace

TEST_CASE("the first look tells exposures alone") {
  CHECK(told({}, report({finding("a", kExposed), finding("b", kUnknown), finding("c", kMitigated),
                         finding("d", kNot)})) == Told{"finding.appeared a exposed"});
}

TEST_CASE("the same again is nothing") {
  const auto same = report({finding("b", kExposed, true), finding("a", kUnknown), finding("c", kNot)});
  CHECK(told(verdicts_of(same), same).empty());
}

TEST_CASE("every change of a verdict has its word") {
  const struct {
    Verdict before;
    Verdict after;
    const char* wanted;
  } cases[] = {
      {kMitigated, kExposed, "finding.appeared p exposed"}, {kNot, kExposed, "finding.appeared p exposed"},
      {kUnknown, kExposed, "finding.appeared p exposed"},   {kExposed, kMitigated, "finding.cleared p mitigated"},
      {kExposed, kNot, "finding.cleared p not_affected"},   {kExposed, kUnknown, "finding.changed p unknown"},
      {kUnknown, kNot, "finding.changed p not_affected"},   {kNot, kUnknown, "finding.changed p unknown"},
      {kMitigated, kNot, "finding.changed p not_affected"}, {kNot, kMitigated, "finding.changed p mitigated"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.wanted);
    CHECK(told({{"p", one.before, false}}, report({finding("p", one.after)})) == Told{one.wanted});
  }
}

TEST_CASE("a waiver that comes or goes is a change") {
  CHECK(told({{"p", kExposed, false}}, report({finding("p", kExposed, true)})) == Told{"finding.changed p exposed"});
  CHECK(told({{"p", kExposed, true}}, report({finding("p", kExposed)})) == Told{"finding.changed p exposed"});
}

TEST_CASE("a policy that is gone has cleared") {
  CHECK(told({{"p", kExposed, false}, {"q", kNot, false}}, report({finding("q", kNot)})) ==
        Told{"finding.cleared p gone"});
}

TEST_CASE("what was told is remembered as the report has it") {
  const std::vector<CheckReport> reports{
      report({finding("a", kExposed), finding("b", kUnknown)}),
      report({finding("a", kMitigated), finding("b", kExposed)}),
      report({finding("b", kExposed, true), finding("c", kExposed)}),
      report({finding("c", kNot)}),
  };
  // Verdicts that are no exposure are not told the first time, so not all of
  // them can be had from events: the store has those.
  auto kept = verdicts_of(reports.front());
  for (std::size_t i = 1; i < reports.size(); ++i) {
    for (const Telling& telling : differences(kept, reports[i])) remember(telling, kept);
    CHECK(kept == verdicts_of(reports[i]));
    CHECK(differences(kept, reports[i]).empty());
  }
}

TEST_CASE("words without sense are not remembered") {
  std::vector<KeptVerdict> kept{{"a", kExposed, false}};
  const auto before = kept;
  for (const char* data : {"", "{", "[]", "{}", R"({"policy":1})", R"({"policy":"b","verdict":"splendid"})",
                           R"({"policy":"b","verdict":7})"}) {
    CAPTURE(data);
    remember({"finding.appeared", data}, kept);
    CHECK(kept == before);
  }
  remember({"drift", R"({"policy":"b","verdict":"exposed"})"}, kept);
  CHECK(kept == before);
}

}  // namespace harden::daemon
