// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "agent/core/text.h"
#include "agent/report/report.h"
#include "harden/finding.h"
#include "tests/support/sample.h"

using namespace harden;
namespace json = boost::json;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;

Waiver waiver(const std::string& policy, std::int64_t until, const std::string& source = {}) {
  return {policy, "the window is in May", "Alice", until, 0, source};
}

CheckReport report_of(const std::vector<std::pair<std::string, Verdict>>& findings) {
  CheckReport report;
  for (const auto& [policy, verdict] : findings) {
    Finding finding;
    finding.policy = policy;
    finding.verdict = verdict;
    finding.title = "t";
    finding.reason = "because";
    report.findings.push_back(finding);
  }
  return report;
}

std::string shown(const std::string& format, const CheckReport& report) {
  const auto found = std::ranges::find(check_formats(), format, &CheckFormat::name);
  REQUIRE(found != check_formats().end());
  return found->render(report, {});
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Policy policy_named(const std::string& id) {
  Policy policy;
  policy.id = id;
  return policy;
}

}  // namespace

TEST_CASE("a waiver is in force until its second, and hides nothing") {
  CheckReport report = report_of({{"a", Verdict::exposed}, {"b", Verdict::unknown}, {"c", Verdict::not_affected}});
  report.summary = {1, 0, 1, 1, 0};
  apply_waivers(report, {waiver("a", kNow + 1), waiver("b", kNow), waiver("c", kNow + 1)}, kNow);
  CHECK(report.findings[0].waiver == waiver("a", kNow + 1));
  CHECK(report.findings[0].verdict == Verdict::exposed);
  CHECK_FALSE(report.findings[1].waiver);
  CHECK(report.expired == std::vector<Waiver>{waiver("b", kNow)});
  CHECK(report.findings.size() == 3);
  CHECK(report.summary.waived == 2);
  CHECK(report.summary.exposed == 1);
}

TEST_CASE("of several the one that lasts longest is in force, in whatever order") {
  std::vector<Waiver> all{waiver("a", kNow + 5), waiver("a", kNow + 9, "/x.toml"), waiver("a", kNow + 7),
                          waiver("a", kNow - 1)};
  for (int round = 0; round < 4; ++round) {
    CheckReport report = report_of({{"a", Verdict::exposed}});
    apply_waivers(report, all, kNow);
    REQUIRE(report.findings[0].waiver);
    CHECK(report.findings[0].waiver->source == "/x.toml");
    CHECK(report.expired.size() == 1);
    CHECK(report.summary.waived == 1);
    std::ranges::rotate(all, all.begin() + 1);
  }
}

TEST_CASE("applying again is applying once, and later is later") {
  CheckReport report = report_of({{"a", Verdict::exposed}});
  const std::vector<Waiver> all{waiver("a", kNow + 5)};
  apply_waivers(report, all, kNow);
  apply_waivers(report, all, kNow);
  CHECK(report.summary.waived == 1);
  CHECK(report.expired.empty());
  apply_waivers(report, all, kNow + 5);
  CHECK(report.summary.waived == 0);
  CHECK_FALSE(report.findings[0].waiver);
  CHECK(report.expired.size() == 1);
}

TEST_CASE("waivers of other policies are none of a report's business") {
  CheckReport report = report_of({{"a", Verdict::exposed}});
  apply_waivers(report, {waiver("b", kNow + 5), waiver("c", kNow - 5)}, kNow);
  CHECK_FALSE(report.findings[0].waiver);
  CHECK(report.expired.empty());
}

TEST_CASE("waivers that name no policy are found") {
  const std::vector<Policy> policies{policy_named("a"), policy_named("b")};
  const auto lost = waivers_of_nothing({waiver("a", kNow), waiver("aa", kNow), waiver("b", kNow)}, policies);
  CHECK(lost == std::vector<Waiver>{waiver("aa", kNow)});
  CHECK(waivers_of_nothing({}, policies).empty());
}

TEST_CASE("the text says until when, by whom and why, with every verdict") {
  CheckReport report = report_of({{"a", Verdict::exposed}, {"b", Verdict::not_affected}, {"c", Verdict::mitigated}});
  const std::int64_t until = 1798761600;
  apply_waivers(report, {waiver("a", until, "/etc/x.toml"), waiver("b", until), waiver("c", 1000)}, 2000);
  const std::string text = shown("text", report);
  CHECK(contains(text, "EXPOSED"));
  CHECK(contains(text, "  waived until 2026-12-31 by Alice: the window is in May (as /etc/x.toml says)\n"));
  CHECK(contains(text, "  waived until 2026-12-31 by Alice: the window is in May\n"));
  CHECK(contains(text, "waiver over   c was waived until 1970-01-01T00:16:40Z by Alice: the window is in May\n"));
  CHECK(contains(text, "2 waived\n"));
}

TEST_CASE("a waiver without an owner is told without one") {
  Waiver anonymous = waiver("a", 1798761600);
  anonymous.owner.clear();
  CHECK(describe(anonymous) == "until 2026-12-31: the window is in May");
}

TEST_CASE("the JSON has the waiver, and null where there is none") {
  CheckReport report = report_of({{"a", Verdict::exposed}, {"b", Verdict::exposed}});
  Waiver stored = waiver("a", 1798761600);
  stored.added = 1798718400;
  apply_waivers(report, {stored, waiver("b", 1000)}, 2000);
  const json::value document = json::parse(shown("json", report));
  const auto& first = document.at("findings").at(0);
  CHECK(first.at("waived") == true);
  CHECK(first.at("waiver").at("policy") == "a");
  CHECK(first.at("waiver").at("reason") == "the window is in May");
  CHECK(first.at("waiver").at("owner") == "Alice");
  CHECK(first.at("waiver").at("until") == "2027-01-01T00:00:00Z");
  CHECK(first.at("waiver").at("added") == "2026-12-31T12:00:00Z");
  CHECK(document.at("findings").at(1).at("waived") == false);
  CHECK(document.at("findings").at(1).at("waiver").is_null());
  CHECK(document.at("expired_waivers").as_array().size() == 1);
  CHECK(document.at("expired_waivers").at(0).at("added").is_null());
  CHECK(document.at("summary").at("waived") == 1);
}

TEST_CASE("no list of expired waivers is left out") {
  const json::value document = json::parse(shown("json", report_of({})));
  CHECK(document.at("expired_waivers").as_array().empty());
}

TEST_CASE("hostile words of a waiver reach no terminal as they are") {
  const std::string hostile = "\x1b]0;owned\x07\xe2\x80\xae\xff";
  CheckReport report = report_of({{"a", Verdict::exposed}, {"b", Verdict::exposed}});
  Waiver bad{"a", hostile, hostile, 5000, 0, hostile};
  Waiver over = bad;
  over.policy = "b";
  over.until = 1;
  apply_waivers(report, {bad, over}, 2000);
  for (const std::string& text : {shown("text", report), shown("json", report)}) {
    CHECK_FALSE(contains(text, "\x1b"));
    CHECK_FALSE(contains(text, "\xe2\x80\xae"));
    CHECK(text::is_utf8(text));
  }
  CHECK_NOTHROW(json::parse(shown("json", report)));
}

TEST_CASE("explain tells of waivers too") {
  const Policy policy = policy_named("a");
  CheckReport report = check({policy}, Facts(), "/");
  apply_waivers(report, {waiver("a", 1798761600), waiver("a", 1000)}, 2000);
  const std::string text = explain_text(policy, Facts(), report, {});
  CHECK(contains(text, "waived until 2026-12-31 by Alice: the window is in May\n"));
  CHECK(contains(text, "waiver over, until 1970-01-01T00:16:40Z by Alice"));
}
