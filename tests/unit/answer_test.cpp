// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "agent/answer/check.h"
#include "agent/answer/crashes.h"
#include "agent/answer/facts.h"
#include "agent/answer/plan.h"
#include "agent/answer/policies.h"
#include "agent/answer/service.h"
#include "agent/answer/transactions.h"
#include "agent/answer/waivers.h"
#include "tests/support/sample.h"
#include "tests/support/sample_transaction.h"

using namespace harden;
using namespace harden::answer;

namespace {

const Show kText{"text", {}};
const Show kJson{"json", {}};
constexpr std::int64_t kNow = 1'800'000'000;

Finding finding(const std::string& policy, Verdict verdict, Severity severity) {
  Finding one;
  one.policy = policy;
  one.title = "title of " + policy;
  one.verdict = verdict;
  one.severity = severity;
  one.reason = "because";
  return one;
}

CheckReport report_of(std::vector<Finding> findings) {
  CheckReport report;
  report.findings = std::move(findings);
  return report;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

Policy small_policy() {
  return policy_from(R"(
id = "small"
kind = "setting"
title = "t"
severity = "high"
description = "d"
references = ["https://example.org"]
[exposed]
when = 'cpu.possible >= 2'
[[remedy]]
name = "first"
sysctl = { "kernel.panic" = 1 }
grade = "prevents"
because = "b"
[[remedy]]
name = "second"
advice = "do it"
grade = "reduces"
because = "b"
[[example]]
host = "debian-12"
verdict = "exposed"
[[example]]
host = "debian-12"
verdict = "not_affected"
[example.facts]
"cpu.possible" = 1
[[example]]
host = "debian-12"
verdict = "unknown"
unreadable = ["cpu.possible"]
)",
                     "small.toml");
}

}  // namespace

TEST_CASE("the status of a check") {
  using enum Verdict;
  using enum Severity;
  struct Row {
    std::vector<Finding> findings;
    Severity fail_on;
    bool complete;
    ExitStatus status;
  };
  const Finding high_one = finding("a", exposed, high);
  const Finding unknown_one = finding("b", unknown, low);
  Finding waived = high_one;
  waived.waiver = test::sample_waiver("a");
  const Row rows[] = {
      {{}, high, true, ExitStatus::clean},
      {{}, high, false, ExitStatus::bad_data},
      {{high_one, unknown_one}, high, true, ExitStatus::findings},
      {{high_one}, high, false, ExitStatus::findings},
      {{high_one}, critical, true, ExitStatus::clean},
      {{high_one, unknown_one}, critical, true, ExitStatus::undecided},
      {{unknown_one}, high, false, ExitStatus::bad_data},
      {{waived}, low, true, ExitStatus::clean},
      {{finding("c", mitigated, critical), finding("d", not_affected, critical)}, low, true, ExitStatus::clean},
  };
  for (const Row& row : rows) {
    const auto answer = check_answer(report_of(row.findings), {{}, low, row.fail_on, kText}, {row.complete, {"w"}});
    REQUIRE(answer.has_value());
    CHECK(answer->status == row.status);
    CHECK(answer->warnings == std::vector<std::string>{"w"});
    CHECK(answer->content_type == "text/plain; charset=utf-8");
  }
}

TEST_CASE("of a report what was asked for, and a summary of that") {
  auto report =
      report_of({finding("a", Verdict::exposed, Severity::high), finding("b", Verdict::exposed, Severity::low),
                 finding("c", Verdict::unknown, Severity::high)});
  report.expired = {test::sample_waiver("a"), test::sample_waiver("b")};
  const auto by_id = check_answer(report, {{"b"}, Severity::low, Severity::high, kJson}, {});
  REQUIRE(by_id.has_value());
  CHECK(by_id->content_type == "application/json");
  CHECK(has(by_id->text, "\"policy\": \"b\""));
  CHECK_FALSE(has(by_id->text, "\"policy\": \"a\""));
  CHECK(has(by_id->text, "\"exposed\": 1"));
  CHECK(by_id->status == ExitStatus::clean);
  const auto by_severity = check_answer(report, {{}, Severity::high, Severity::high, kJson}, {});
  REQUIRE(by_severity.has_value());
  CHECK(has(by_severity->text, "\"unknown\": 1"));
  CHECK_FALSE(has(by_severity->text, "\"policy\": \"b\""));
}

TEST_CASE("what there is not is refused, with what is near") {
  const auto report = report_of({finding("ip6mr-sk-done", Verdict::exposed, Severity::high)});
  const auto policy = check_answer(report, {{"ip6mr-sk-don"}, Severity::low, Severity::high, kText}, {});
  REQUIRE_FALSE(policy.has_value());
  CHECK(policy.error().status == ExitStatus::usage);
  CHECK(policy.error().code == Errc::absent);
  CHECK(policy.error().message == "there is no policy 'ip6mr-sk-don'; did you mean 'ip6mr-sk-done'?");
  const auto format = check_answer(report, {{}, Severity::low, Severity::high, {"jsno", {}}}, {});
  REQUIRE_FALSE(format.has_value());
  CHECK(format.error().message == "there is no format 'jsno'; did you mean 'json'?");
  for (const auto& answer :
       {outcome_answer({}, TransactionState::undone, {"diff", {}}), waivers_answer({}, kNow, true, {"diff", {}}),
        policies_answer({}, true, {"diff", {}}), host_answer({}, {"diff", {}}), service_answer({}, {"diff", {}}),
        waived_answer({}, kNow, {"diff", {}}), unwaived_answer("", "", {"diff", {}}), resolved_answer({}, {"x", {}}),
        plan_answer({}, {"x", {}}), history_answer({}, {"x", {}}), drift_answer({}, {"x", {}}),
        facts_answer(Facts(), "/", false, {"x", {}}), acknowledged_answer("", {"diff", {}})}) {
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().status == ExitStatus::usage);
  }
}

TEST_CASE("one policy in full") {
  const Facts facts = facts_with({{"cpu.possible", 4}});
  const Policy policy = small_policy();
  CheckReport report = check({policy}, facts, "/");
  report.findings.push_back(finding("other", Verdict::exposed, Severity::high));
  const auto text = explain_answer(policy, facts, report, kText);
  REQUIRE(text.has_value());
  CHECK(text->status == ExitStatus::clean);
  CHECK(has(text->text, "cpu.possible"));
  CHECK_FALSE(has(text->text, "title of other"));
  const auto json = explain_answer(policy, facts, report, kJson);
  REQUIRE(json.has_value());
  CHECK(json->status == ExitStatus::clean);
  CHECK(has(json->text, "\"policy\": \"small\""));
  CHECK_FALSE(has(json->text, "\"policy\": \"other\""));
  CHECK_FALSE(explain_answer(policy, facts, report, {"html", {}}).has_value());
}

TEST_CASE("policies that are chosen by id and severity") {
  const std::vector<Policy> policies{small_policy()};
  CHECK(chosen(policies, {{"small"}, Severity::low, Severity::high, kText})->size() == 1);
  CHECK(chosen(policies, {{}, Severity::critical, Severity::high, kText})->empty());
  CHECK(chosen(policies, {{"smal"}, Severity::low, Severity::high, kText}).error().status == ExitStatus::usage);
  CHECK(facts_for(policies).has("cpu.possible"));
  CHECK(facts_for(policies).has("kernel.release"));
  CHECK(warnings_of_nothing({test::sample_waiver("smal")}, policies) ==
        std::vector<std::string>{"a waiver names 'smal', which is no policy; did you mean 'small'?"});
  CHECK(warnings_of_nothing({test::sample_waiver("small")}, policies).empty());
}

TEST_CASE("facts by their names") {
  CHECK(facts_named({})->has("kernel.release"));
  const auto below = facts_named({"kernel"});
  REQUIRE(below.has_value());
  CHECK(below->has("kernel.release"));
  CHECK_FALSE(below->has("cpu.possible"));
  const auto entry = facts_named({"sysctl[\"kernel.panic\"]"});
  REQUIRE(entry.has_value());
  CHECK(entry->keys_of("sysctl").contains("kernel.panic"));
  CHECK_FALSE(entry->all_of("sysctl"));
  for (const char* wrong : {"kernel.relase", "sysctl[", "1 + 1", "", "cpu.possible + kernel.release"}) {
    CAPTURE(wrong);
    const auto nothing = facts_named({wrong});
    REQUIRE_FALSE(nothing.has_value());
    CHECK(nothing.error().status == ExitStatus::usage);
    CHECK(has(nothing.error().message, "hardenctl facts --describe"));
  }
}

TEST_CASE("of many facts those that are wanted, and never less than that") {
  const Facts facts = facts_with({{"kernel.release", "6.1"},
                                  {"cpu.possible", 4},
                                  {"sysctl", Value(map_with({{"kernel.panic", "0"}, {"kernel.sysrq", "1"}}))}});
  Wanted collected;
  for (const char* name : {"kernel.release", "cpu.possible"}) collected.add(name);
  collected.add("sysctl", "kernel.panic");
  collected.add("sysctl", "kernel.sysrq");
  const auto named = only(facts, collected, *facts_named({"kernel.release", "sysctl[\"kernel.panic\"]"}));
  REQUIRE(named.has_value());
  CHECK(named->all().size() == 2);
  CHECK(named->value("sysctl")->map().size() == 1);
  for (const char* missing : {"sysctl", "kernel", "sysctl[\"kernel.oops_limit\"]", "os.id"}) {
    CAPTURE(missing);
    CHECK_FALSE(only(facts, collected, *facts_named({missing})).has_value());
  }
}

TEST_CASE("what stands against applying a plan") {
  Plan plan;
  plan.digest = "now";
  CHECK(objection(plan, {}).empty());
  CHECK(objection(plan, {"now", false, false}).empty());
  CHECK(has(objection(plan, {"then", true, true}), "the plan's digest is now now"));
  CHECK(moved_on(plan, {"then", false, false}));
  CHECK_FALSE(moved_on(plan, {}));
  plan.irreversible = true;
  CHECK(has(objection(plan, {}), "--accept-irreversible"));
  CHECK(objection(plan, {"", false, true}).empty());
  plan.has_impact = true;
  plan.remedies.emplace_back();
  plan.remedies.back().view.possible_impacts = {"it may hurt"};
  CHECK(has(objection(plan, {"", false, true}), "(it may hurt)"));
  plan.conflicts = {"two want it"};
  CHECK(objection(plan, {"", true, true}) == "nothing was changed: two want it");
  const auto dry = dry_run_answer(plan, {}, kText);
  REQUIRE(dry.has_value());
  CHECK(dry->status == ExitStatus::failed);
  CHECK(dry->warnings == std::vector<std::string>{"it would not be applied so: nothing was changed: two want it"});
  CHECK(plan_answer(plan, kText)->status == ExitStatus::failed);
  CHECK(plan_answer({}, kText)->status == ExitStatus::clean);
  CHECK(dry_run_answer({}, {}, kText)->warnings.empty());
}

TEST_CASE("requests for policies and remedies that there are not") {
  const std::vector<Policy> policies{small_policy()};
  CHECK_FALSE(objection_to({{"small"}, {{"small", "first"}}, false}, policies));
  CHECK(objection_to({{"smal"}, {}, false}, policies)->message == "there is no policy 'smal'; did you mean 'small'?");
  CHECK(objection_to({{}, {{"other", "first"}}, false}, policies)->status == ExitStatus::usage);
  CHECK(objection_to({{}, {{"small", "third"}}, false}, policies)->message ==
        "small has no remedy 'third'; it has first, second");
}

TEST_CASE("how an application ended") {
  Plan plan;
  plan.by_hand = {"reboot", "look"};
  using enum TransactionState;
  struct Row {
    TransactionState state;
    ExitStatus status;
    bool tells;
  };
  for (const Row& row : {Row{confirmed, ExitStatus::clean, true}, Row{applied, ExitStatus::clean, true},
                         Row{undone, ExitStatus::failed, false}, Row{stuck, ExitStatus::failed, false}}) {
    for (const Show& show : {kText, kJson}) {
      const auto answer = applied_answer(plan, {3, row.state, "note", {"what"}}, show);
      REQUIRE(answer.has_value());
      CHECK(answer->status == row.status);
      REQUIRE(answer->warnings.size() == (row.tells ? 1 : 0));
      if (row.tells) CHECK(answer->warnings.front() == "left to do by hand:\n  - reboot\n  - look");
    }
  }
}

TEST_CASE("outcomes, history and drift") {
  using enum TransactionState;
  CHECK(outcome_answer({3, undone, "", {}}, undone, kText)->status == ExitStatus::clean);
  CHECK(outcome_answer({3, stuck, "", {}}, undone, kJson)->status == ExitStatus::failed);
  CHECK(resolved_answer({3, stuck, "", {}}, kText)->text == "transaction 3 is resolved; the host was left as it is\n");
  CHECK(has(resolved_answer({3, stuck, "seen", {}}, kJson)->text, "\"note\": \"seen\""));
  Transaction one = test::sample_transaction();
  one.id = 7;
  CHECK(has(history_answer({{one}, {}, true}, kText)->text, "ip6mr-sk-done"));
  CHECK(drift_answer({{}, true, "/"}, kText)->status == ExitStatus::clean);
  Drift drift;
  drift.change = one.changes.front();
  drift.now = std::optional<std::string>("1");
  CHECK(drift_answer({{drift}, true, "/"}, kJson)->status == ExitStatus::findings);
}

TEST_CASE("transactions that a person has to know of") {
  using enum TransactionState;
  std::vector<Transaction> standing;
  for (const TransactionState state : {begun, applied, confirmed, undoing, stuck}) {
    Transaction one;
    one.id = static_cast<std::int64_t>(standing.size()) + 1;
    one.state = state;
    one.note = "why";
    standing.push_back(one);
  }
  CHECK(warnings_of(standing) ==
        std::vector<std::string>{"transaction 1 was cut short: hardenctl settle brings it to an end",
                                 "transaction 4 was cut short: hardenctl settle brings it to an end",
                                 "transaction 5 is stuck: why; see hardenctl history 5"});
}

TEST_CASE("waivers that are asked for") {
  CHECK(waiver_of({"p", "r", "o", "2030-01-01", ""}, kNow)->owner == "o");
  CHECK(waiver_of({"p", "r", "", "", "1d"}, kNow)->until == kNow + 86'400);
  for (const WaiverRequest& wrong :
       {WaiverRequest{"p", "r", "", "", ""}, WaiverRequest{"p", "r", "", "2030-01-01", "1d"},
        WaiverRequest{"p", "r", "", "2020-01-01", ""}, WaiverRequest{"p", "r", "", "tomorrow", ""},
        WaiverRequest{"p", "r", "", "", "long"}, WaiverRequest{"p", " \n", "", "", "1d"}}) {
    const auto waiver = waiver_of(wrong, kNow);
    REQUIRE_FALSE(waiver.has_value());
    CHECK(waiver.error().status == ExitStatus::usage);
    CHECK_FALSE(waiver.error().message.empty());
  }
}

TEST_CASE("waivers as they are told") {
  const Waiver b = test::sample_waiver("b", kNow - 1);
  const Waiver a = test::sample_waiver("a", kNow + 1);
  const auto list = waivers_answer({b, a}, kNow, true, kText);
  REQUIRE(list.has_value());
  CHECK(list->text.find("a  waived") < list->text.find("b  over"));
  CHECK(waivers_answer({}, kNow, true, kText)->text == "nothing is waived\n");
  CHECK(waivers_answer({}, kNow, false, kJson)->status == ExitStatus::bad_data);
  CHECK(has(waived_answer(a, kNow, kText)->text, "a is waived until"));
  CHECK(has(waived_answer(a, kNow, kJson)->text, "\"expired\": false"));
  CHECK(unwaived_answer("a", "", kText)->text == "a is waived no more\n");
  const auto still = unwaived_answer("a", "/etc/x.toml", kText);
  CHECK(still->text == "a is waived no more by the store\n");
  CHECK(still->warnings == std::vector<std::string>{"'a' is still waived in /etc/x.toml"});
  CHECK(has(unwaived_answer("a", "/etc/x.toml", kJson)->text, "\"still_waived_in\": \"/etc/x.toml\""));
}

TEST_CASE("an acknowledged crash") {
  CHECK(acknowledged_answer("0123456789abcdef", kText)->text ==
        "0123456789abcdef is acknowledged; it counts again when it strikes again\n");
  CHECK(has(acknowledged_answer("0123456789abcdef", kJson)->text, "\"fingerprint\": \"0123456789abcdef\""));
}

TEST_CASE("policies and the host") {
  const std::vector<Policy> policies{small_policy()};
  CHECK(has(policies_answer(policies, true, kText)->text, "small  high"));
  CHECK(has(policies_answer(policies, false, kJson)->text, "\"id\": \"small\""));
  CHECK(policies_answer(policies, false, kJson)->status == ExitStatus::bad_data);
  CHECK(has(host_answer({"/", "Debian", "6.1", ""}, kText)->text, "kernel   6.1\n"));
  CHECK(has(host_answer({"/", "Debian", "6.1", ""}, kJson)->text, "\"package\": \"\""));
}

TEST_CASE("how the daemon fares") {
  ServiceView view;
  view.service = {"report",
                  kNow * 1000,
                  {{"sysctl", Watcher::State::watching, ""}, {"engine", Watcher::State::absent, "no socket"}},
                  {}};
  CHECK(service_answer(view, kJson)->status == ExitStatus::undecided);
  CHECK(has(service_answer(view, kJson)->text, "\"status\": \"starting\""));
  CHECK(has(service_answer(view, kJson)->text, "\"summary\": null"));
  const CheckReport report = report_of({finding("a", Verdict::exposed, Severity::high)});
  view.report = &report;
  const auto well = service_answer(view, kText);
  CHECK(well->status == ExitStatus::clean);
  CHECK(has(well->text, "watching         sysctl\n"));
  CHECK(has(well->text, "not there        engine (no socket)\n"));
  CHECK(has(well->text, "hardenctl plan"));
  view.service.watchers.push_back({"kmsg", Watcher::State::failed, "Operation not permitted"});
  view.service.troubles = {"the configuration was not taken"};
  view.mistakes = std::vector<std::string>(30, "a bad file");
  view.drifts = 2;
  Transaction stuck;
  stuck.id = 7;
  stuck.state = TransactionState::stuck;
  view.standing = {stuck};
  const auto ill = service_answer(view, kText);
  CHECK(ill->status == ExitStatus::failed);
  for (const char* part :
       {"degraded", "kmsg is not watched: Operation not permitted", "the configuration was not taken",
        "10 more mistakes", "hardenctl history 7", "hardenctl drift", "1 stuck"}) {
    CAPTURE(part);
    CHECK(has(ill->text, part));
  }
  CHECK(has(service_answer(view, kJson)->text, "\"stuck\": [7]"));
}

TEST_CASE("errors as refusals, formats as media types") {
  CHECK(refusal_of({Errc::denied, "no", "/x"}).status == ExitStatus::not_permitted);
  CHECK(refusal_of({Errc::absent, "no", "/x"}).message == "/x: no");
  CHECK(content_type_of("json") == "application/json");
  CHECK(content_type_of("text") == "text/plain; charset=utf-8");
  CHECK(content_type_of("diff") == "text/plain; charset=utf-8");
}
