// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "agent/engine/evidence.h"
#include "agent/engine/remedies.h"
#include "harden/finding.h"
#include "tests/support/sample.h"

using namespace harden;

namespace {

constexpr const char* kPolicy = R"(
id          = "sample"
kind        = "crash"
title       = "a sample"
severity    = "high"
description = "what happens"
references  = ["https://example.org"]

[affected]
introduced = "4.10"
fixed      = ["5.10.50", "5.15"]
[[affected.vendor]]
distro = "rhel"
release = "9"
verdict = "not_affected"
because = "the base has the fix"
[[affected.vendor]]
distro = "rhel"
release = "6"
verdict = "affected"
because = "seen there"
[[affected.vendor]]
distro = "rhel"
release = "8"
fixed = "4.18.0-300.el8"
because = "the vendor's changelog"

[exposed]
when = 'cpu.possible >= 2 && !("quiet" in cmdline.params)'

[[remedy]]
name    = "upgrade"
upgrade = "a kernel with the fix"
grade   = "prevents"
because = "it is fixed there"

[[remedy]]
name    = "less"
sysctl  = { "kernel.panic" = 1 }
grade   = "reduces"
because = "it helps a little"

[[remedy]]
name    = "cure"
sysctl  = { "net.ipv4.tcp_sack" = 0 }
grade   = "prevents"
because = "the code is not reached"
  [[remedy.impact]]
  when    = 'memory.total > 100'
  message = "big hosts become slow"

[[remedy]]
name    = "placebo"
sysctl  = { "kernel.sysrq" = 0 }
grade   = "ineffective"
because = "it does something else"

[[example]]
host = "a"
verdict = "exposed"
[[example]]
host = "a"
verdict = "not_affected"
[[example]]
host = "a"
verdict = "unknown"
)";

using Values = std::vector<std::pair<std::string, Value>>;

// An exposed host; what is given takes the place of what it has.
Facts host_with(const Values& changes = {}) {
  Values values{{"kernel.release", "5.10.40"},
                {"kernel.upstream", "5.10.40"},
                {"kernel.vendor", "debian"},
                {"kernel.vendor_release", "11"},
                {"kernel.package", "5.10.40-1"},
                {"kernel.livepatches", List{}},
                {"cpu.possible", 4},
                {"cmdline.params", Map()},
                {"memory.total", 50},
                {"sysctl", map_with({{"net.ipv4.tcp_sack", 1}, {"kernel.panic", 1}, {"kernel.sysrq", 0}})}};
  values.insert(values.end(), changes.begin(), changes.end());
  return facts_with(values);
}

Finding finding_with(const Values& changes = {}) { return evaluate(policy_from(kPolicy), host_with(changes)); }

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an affected kernel and a condition that holds: exposed") {
  const Finding finding = finding_with();
  CHECK(finding.verdict == Verdict::exposed);
  CHECK(contains(finding.reason, "5.10.50"));
  CHECK(finding.next == "upgrade to a kernel based on 5.10.50 or later (prevents, needs a reboot)");
}

TEST_CASE("each of the reasons not to be exposed") {
  struct Row {
    const char* about;
    Values changes;
    Verdict verdict;
    std::string said;
  };
  const Value rhel_base = unreadable("kernel.upstream", Errc::unsupported);
  const Row rows[] = {
      {"the kernel has the fix", {{"kernel.upstream", "5.10.50"}}, Verdict::not_affected, "5.10.50"},
      {"the kernel is older than the bug", {{"kernel.upstream", "4.9.1"}}, Verdict::not_affected, "4.10"},
      {"one processor", {{"cpu.possible", 1}}, Verdict::not_affected, "cpu.possible >= 2 does not hold"},
      {"below a not",
       {{"cmdline.params", map_with({{"quiet", ""}})}},
       Verdict::not_affected,
       "\"quiet\" in cmdline.params"},
      {"a remedy in force",
       {{"sysctl", map_with({{"net.ipv4.tcp_sack", 0}})}},
       Verdict::mitigated,
       "the remedy cure is in force"},
      {"the vendor's word",
       {{"kernel.vendor", "rhel"}, {"kernel.vendor_release", "9"}, {"kernel.upstream", rhel_base}},
       Verdict::not_affected,
       "the base has the fix"},
      {"the vendor's package",
       {{"kernel.vendor", "rhel"},
        {"kernel.vendor_release", "8"},
        {"kernel.upstream", rhel_base},
        {"kernel.package", "4.18.0-305.el8"}},
       Verdict::not_affected,
       "4.18.0-305.el8"},
      {"the vendor's older package",
       {{"kernel.vendor", "rhel"},
        {"kernel.vendor_release", "8"},
        {"kernel.upstream", rhel_base},
        {"kernel.package", "4.18.0-80.el8"}},
       Verdict::exposed,
       "earlier 4.18.0-80.el8"},
      {"a frozen base that no rule covers",
       {{"kernel.vendor", "rhel"}, {"kernel.vendor_release", "7"}, {"kernel.upstream", rhel_base}},
       Verdict::unknown,
       "cannot be told from its version"},
      {"no package to compare",
       {{"kernel.vendor", "rhel"}, {"kernel.vendor_release", "8"}, {"kernel.package", unreadable("kernel.package")}},
       Verdict::unknown,
       "package version"},
      {"the condition cannot be read",
       {{"cpu.possible", unreadable("cpu.possible")}},
       Verdict::unknown,
       "cpu.possible"},
      {"false and unknown is false",
       {{"cpu.possible", unreadable("cpu.possible")}, {"cmdline.params", map_with({{"quiet", ""}})}},
       Verdict::not_affected,
       "quiet"},
      {"the remedy cannot be read",
       {{"sysctl", unreadable("sysctl")}},
       Verdict::unknown,
       "whether the remedy cure is in force cannot be told"},
      {"unknown kernel, remedy in force",
       {{"kernel.upstream", rhel_base}, {"sysctl", map_with({{"net.ipv4.tcp_sack", 0}})}},
       Verdict::mitigated,
       "the remedy cure is in force"},
      {"a live patch may carry the fix",
       {{"kernel.livepatches", List{map_with({{"name", "kpatch_1"}, {"enabled", true}})}}},
       Verdict::unknown,
       "kpatch_1"},
      {"a live patch that is off carries nothing",
       {{"kernel.livepatches", List{map_with({{"name", "kpatch_1"}, {"enabled", false}})}}},
       Verdict::exposed,
       "5.10.50"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.about);
    const Finding finding = finding_with(row.changes);
    CAPTURE(finding.reason);
    CHECK(finding.verdict == row.verdict);
    CHECK(contains(finding.reason, row.said));
    CHECK(finding.remedies.empty() == (row.verdict == Verdict::not_affected));
    CHECK(finding.next.empty() == (row.verdict == Verdict::mitigated || row.verdict == Verdict::not_affected));
  }
}

TEST_CASE("a condition that is one negation") {
  Policy policy = policy_from(kPolicy);
  policy.exposed = cel::Program::compile("!(\"quiet\" in cmdline.params)", policy_variables()).value();
  CHECK(evaluate(policy, host_with()).verdict == Verdict::exposed);
  CHECK(evaluate(policy, host_with({{"cmdline.params", map_with({{"quiet", ""}})}})).verdict == Verdict::not_affected);
  CHECK(evaluate(policy, host_with({{"cmdline.params", unreadable("cmdline.params")}})).verdict == Verdict::unknown);
}

TEST_CASE("the reason names the part that decided, not one beside it") {
  Policy policy = policy_from(kPolicy);
  const auto reason = [&](const char* condition) {
    policy.exposed = cel::Program::compile(condition, policy_variables()).value();
    return evaluate(policy, host_with()).reason;
  };
  CHECK(contains(reason("!(cpu.possible >= 8 || memory.total > 10) || cpu.possible == 4"), "cpu.possible == 4 holds"));
  CHECK(contains(reason("(cpu.possible == 4 && memory.total > 99) || memory.total == 50"), "memory.total == 50 holds"));
  CHECK(
      contains(reason("(cpu.possible == 1 || memory.total == 50) && memory.total > 99"), "memory.total > 99 does not"));
}

TEST_CASE("what was denied asks for root") {
  const Finding finding = finding_with({{"cpu.possible", unreadable("cpu.possible")}});
  CHECK(finding.next == "run as root, so that cpu.possible can be read");
}

TEST_CASE("evidence names each fact once, with its value and source") {
  const Finding finding = finding_with();
  std::vector<std::string> facts;
  for (const Evidence& evidence : finding.evidence) facts.push_back(evidence.fact);
  CHECK(facts ==
        std::vector<std::string>{"kernel.release", "kernel.upstream", R"(cmdline.params["quiet"])", "cpu.possible"});
  CHECK(finding.evidence.back().value == Value(4));
  CHECK(finding.evidence.back().source == "/test/cpu.possible");
  CHECK(finding.evidence[2].value.missing().front().error.code == Errc::absent);
}

TEST_CASE("an impact is told when it applies, and as possible when that cannot be read") {
  const auto cure = [](const Values& changes) { return finding_with(changes).remedies[2]; };
  CHECK(cure({}).impacts.size() == 1);  // that of every net sysctl
  CHECK(cure({{"memory.total", 200}}).impacts.back() == "big hosts become slow");
  const RemedyView unsure = cure({{"memory.total", unreadable("memory.total")}});
  CHECK(unsure.impacts.size() == 1);
  REQUIRE(unsure.possible_impacts.size() == 1);
  CHECK(contains(unsure.possible_impacts.front(), "big hosts become slow (not known here: memory.total"));
}

TEST_CASE("an upgrade names the first fixed release of the running branch") {
  CHECK(finding_with().remedies.front().action == "upgrade to a kernel based on 5.10.50 or later");
}

TEST_CASE("an upgrade names the vendor's package, or says that none is known") {
  const auto upgrade = [](const char* release) {
    const Value base = unreadable("kernel.upstream", Errc::unsupported);
    const Facts facts =
        host_with({{"kernel.vendor", "rhel"}, {"kernel.vendor_release", release}, {"kernel.upstream", base}});
    return remedy_views(policy_from(kPolicy), facts).front();
  };
  CHECK(upgrade("8").action == "upgrade the kernel to 4.18.0-300.el8 or later");
  CHECK(upgrade("8").obstacle.empty());
  CHECK(upgrade("6").action == "upgrade to a kernel with the fix");
  CHECK(upgrade("6").obstacle == "no build of rhel 6 is known to have the fix");
}

TEST_CASE("the best remedy has the best grade, then no obstacle, then the least price, then no reboot") {
  const auto view = [](const char* name, Grade grade, bool reboot, const char* obstacle, int impacts) {
    RemedyView remedy;
    remedy.name = name;
    remedy.grade = grade;
    remedy.needs_reboot = reboot;
    remedy.obstacle = obstacle;
    remedy.impacts.resize(static_cast<std::size_t>(impacts));
    return remedy;
  };
  std::vector<RemedyView> views{
      view("reduces", Grade::reduces, false, "", 0), view("stuck", Grade::prevents, false, "x", 0),
      view("dear", Grade::prevents, false, "", 2), view("reboot", Grade::prevents, true, "", 1),
      view("live", Grade::prevents, false, "", 1)};
  const auto best = [&] { return best_remedy(views)->name; };
  CHECK(best() == "live");
  views.pop_back();
  CHECK(best() == "reboot");
  views.pop_back();
  CHECK(best() == "dear");
  views.pop_back();
  CHECK(best() == "stuck");
  views.pop_back();
  CHECK(best() == "reduces");
  views.front().grade = Grade::unproven;
  CHECK(best_remedy(views) == nullptr);
}

TEST_CASE("a policy without ranges is about every kernel") {
  Policy policy = policy_from(kPolicy);
  policy.affected.reset();
  CHECK(evaluate(policy, host_with({{"kernel.upstream", "6.10"}})).verdict == Verdict::exposed);
}

TEST_CASE("no facts at all never makes a host safe") {
  CHECK(evaluate(policy_from(kPolicy), Facts()).verdict == Verdict::unknown);
}

TEST_CASE("the report is sorted worst first and counts every verdict") {
  std::vector<Policy> policies;
  const auto add = [&](const char* id, Severity severity, const char* fixed) {
    Policy policy = policy_from(kPolicy);
    policy.id = id;
    policy.severity = severity;
    policy.affected->fixed = {{fixed, fixed}};
    policies.push_back(std::move(policy));
  };
  add("b-safe", Severity::critical, "5.9");
  add("c-exposed", Severity::low, "6.0");
  add("a-exposed", Severity::low, "6.0");
  add("d-exposed", Severity::critical, "6.0");
  const CheckReport report = check(policies, host_with(), "/");
  std::vector<std::string> order;
  for (const Finding& finding : report.findings) order.push_back(finding.policy);
  CHECK(order == std::vector<std::string>{"d-exposed", "a-exposed", "c-exposed", "b-safe"});
  CHECK(report.summary.exposed == 3);
  CHECK(report.summary.not_affected == 1);
  CHECK(report.host.kernel == "5.10.40");
  CHECK(report.host.package == "debian 5.10.40-1");
}
