// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "agent/core/text.h"
#include "agent/report/json.h"
#include "agent/report/report.h"
#include "agent/report/terminal.h"
#include "tests/support/sample.h"

using namespace harden;
namespace json = boost::json;

namespace {

std::string check_as(const std::string& format, const CheckReport& report, const Style& style = {}) {
  const auto found = std::ranges::find(check_formats(), format, &CheckFormat::name);
  REQUIRE(found != check_formats().end());
  return found->render(report, style);
}

std::string facts_as(const std::string& format, const Facts& facts, bool whole = false) {
  const auto found = std::ranges::find(facts_formats(), format, &FactsFormat::name);
  REQUIRE(found != facts_formats().end());
  return found->render({facts, "/", whole}, {});
}

CheckReport report_with(Finding finding) {
  CheckReport report;
  report.host = {"/", "Debian", "6.1.0", "debian 6.1"};
  report.findings.push_back(std::move(finding));
  report.summary.exposed = 1;
  return report;
}

Finding exposed() {
  Finding finding;
  finding.policy = "sample";
  finding.title = "a title";
  finding.severity = Severity::critical;
  finding.verdict = Verdict::exposed;
  finding.reason = "because";
  finding.next = "boot with x=1 (prevents)";
  finding.evidence = {{"cpu.possible", 4, "/sys/x"}, {"os.id", unreadable("os.id"), "/etc/os-release"}};
  RemedyView remedy;
  remedy.name = "cure";
  remedy.kind = RemedyKind::cmdline;
  remedy.grade = Grade::prevents;
  remedy.action = "boot with x=1";
  remedy.because = "it is so";
  remedy.impacts = {"something stops"};
  finding.remedies.push_back(remedy);
  return finding;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("values become JSON without loss") {
  const auto text = [](const Value& value) { return json::serialize(to_json(value)); };
  CHECK(text(Value(std::int64_t{9007199254740993})) == "9007199254740993");
  CHECK(text(Value(std::uint64_t{18446744073709551615U})) == "18446744073709551615");
  CHECK(text(Value(std::nan(""))) == "\"nan\"");
  CHECK(text(Value(INFINITY)) == "\"inf\"");
  CHECK(text(Value()) == "null");
  CHECK(text(Value(Map({{Value(1), true}}))) == R"({"1":true})");
  CHECK(text(Value("\xff\x1b[31m")) == R"("\\xff\\x1b[31m")");
  CHECK(text(unreadable("os.id")) ==
        R"({"unknown":[{"fact":"os.id","error":{"code":"denied","message":"/test/os.id: could not be read"}}]})");
}

TEST_CASE("pretty JSON is the same document, short parts on one line") {
  const json::value value = json::parse(R"({"a":[1,2,3],"b":{"c":"d"},"e":[],"f":{},"g":[{"h":1}],"i":"\n"})");
  const std::string text = pretty(value);
  CHECK(json::parse(text) == value);
  CHECK(contains(text, "\"a\": [1, 2, 3],\n"));
  CHECK(contains(text, "\"b\": { \"c\": \"d\" },\n"));
  CHECK(contains(text, "\"e\": [],\n"));
  CHECK(text.ends_with("}\n"));
}

TEST_CASE("the check document carries values, errors and every remedy's price") {
  const json::value document = json::parse(check_as("json", report_with(exposed())));
  const auto& finding = document.at("findings").at(0);
  CHECK(finding.at("verdict") == "exposed");
  CHECK(finding.at("evidence").at(0).at("value") == 4);
  CHECK(finding.at("evidence").at(1).at("error").at("code") == "denied");
  CHECK(finding.at("remedies").at(0).at("in_force").is_null());
  CHECK(finding.at("remedies").at(0).at("impacts").at(0) == "something stops");
  CHECK(document.at("schema") == kSchemaVersion);
}

TEST_CASE("the check text says why, what next and at what price") {
  const std::string text = check_as("text", report_with(exposed()));
  CHECK(contains(text, "EXPOSED       critical  sample\n"));
  CHECK(contains(text, "  why    because\n"));
  CHECK(contains(text, "  next   boot with x=1 (prevents)\n"));
  CHECK(contains(text, "  price  something stops\n"));
  CHECK(contains(text, "1 policy: 1 exposed, 0 unknown, 0 mitigated, 0 not affected, 0 waived\n"));
}

TEST_CASE("no report lets hostile text reach a terminal") {
  const std::string hostile = "\x1b]0;owned\x07\r\n\xe2\x80\xae\xff";
  Finding finding = exposed();
  finding.title = finding.reason = finding.next = finding.policy = hostile;
  finding.remedies.front().action = finding.remedies.front().impacts.front() = hostile;
  CheckReport report = report_with(finding);
  report.host = {hostile, hostile, hostile, hostile};
  Facts facts;
  facts.set({"docker.networks", List{Map({{"name", hostile}})}, hostile, {}});
  facts.set({"sysctl", Map({{hostile, hostile}}), hostile, {{hostile, hostile}}});
  for (const std::string& text : {check_as("text", report), facts_as("text", facts)}) {
    const bool clean =
        std::ranges::all_of(text, [](char byte) { return byte == '\n' || static_cast<unsigned char>(byte) >= 0x20; });
    CHECK(clean);
    CHECK(text::is_utf8(text));
    CHECK_FALSE(contains(text, "\xe2\x80\xae"));
  }
  CHECK(text::is_utf8(check_as("json", report)));
  CHECK_NOTHROW(json::parse(facts_as("json", facts)));
}

TEST_CASE("paragraphs keep to the width and stand below each other") {
  const std::string text = paragraph(2, "why  ", std::string(30, 'a') + " bb " + std::string(30, 'c'), {.width = 40});
  CHECK(text == "  why  " + std::string(30, 'a') + " bb\n       " + std::string(30, 'c') + "\n");
  CHECK(paragraph(2, "why  ", "", {}).empty());
  CHECK(paragraph(0, "", "a\n b", {}) == "a b\n");
}

TEST_CASE("a terminal of no width at all still shows everything") {
  CHECK(contains(paragraph(60, "label ", "word", {.width = 1}), "word"));
  CHECK(contains(check_as("text", report_with(exposed()), {.width = 1}), "because"));
}

TEST_CASE("shortening counts code points, not bytes") {
  CHECK(shortened("\xc3\xa9\xc3\xa9\xc3\xa9", 3) == "\xc3\xa9\xc3\xa9\xc3\xa9");
  CHECK(shortened("\xc3\xa9\xc3\xa9\xc3\xa9", 2) == "\xc3\xa9…");
  CHECK(shortened("abc", 0).empty());
  CHECK(cells("\xc3\xa9…") == 2);
}

TEST_CASE("colours are there when they are wanted, and never else") {
  CHECK_FALSE(contains(check_as("text", report_with(exposed()), {.color = false}), "\x1b"));
  CHECK(contains(check_as("text", report_with(exposed()), {.color = true}), "\x1b[1;31mEXPOSED"));
}

TEST_CASE("long maps are told in part, unless they were asked for") {
  std::vector<Map::Entry> entries;
  for (int i = 0; i < 50; ++i) entries.emplace_back("key" + std::to_string(i), i);
  const Facts facts = facts_with({{"sysctl", Map(entries)}, {"os.id", unreadable("os.id")}});
  CHECK(contains(facts_as("text", facts), "… 38 more: hardenctl facts sysctl"));
  CHECK(contains(facts_as("text", facts, true), "key49"));
  CHECK(contains(facts_as("text", facts), "unknown, denied: could not be read"));
}

TEST_CASE("a policy that has struck here is said to have") {
  Finding finding = exposed();
  const std::string without = check_as("json", report_with(finding));
  CHECK(json::parse(without).at("findings").at(0).at("struck").is_null());
  CHECK_FALSE(contains(check_as("text", report_with(finding)), "has struck"));
  finding.struck = Struck{3, 1'795'132'800, Confidence::likely};
  CHECK(
      contains(check_as("text", report_with(finding)), "struck has struck here 3 times, last on 2026-11-20 (likely)"));
  const auto struck = json::parse(check_as("json", report_with(finding))).at("findings").at(0).at("struck");
  CHECK(struck == json::value{{"count", 3}, {"last", "2026-11-20T00:00:00Z"}, {"confidence", "likely"}});
  finding.struck->count = 1;
  CHECK(contains(check_as("text", report_with(finding)), "has struck here once, on 2026-11-20"));
}
