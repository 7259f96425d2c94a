// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cstdio>
#include <set>

#include "agent/core/text.h"
#include "agent/daemon/metrics.h"
#include "agent/daemon/textfile.h"
#include "harden/collector.h"
#include "tests/support/temporary_folder.h"

using namespace harden;
using namespace harden::daemon;
using std::chrono::milliseconds;

namespace {

Finding finding(std::string policy, Severity severity, Verdict verdict) {
  Finding out;
  out.policy = std::move(policy);
  out.title = "a title \"with\" free text";
  out.severity = severity;
  out.verdict = verdict;
  return out;
}

std::shared_ptr<Snapshot> snapshot_of(std::vector<Finding> findings) {
  auto snapshot = std::make_shared<Snapshot>();
  CheckReport report;
  report.findings = std::move(findings);
  snapshot->report = std::make_shared<const CheckReport>(std::move(report));
  snapshot->time = 1'790'000'000'500;
  snapshot->evaluated = 1'790'000'000'000;
  snapshot->evaluation = std::chrono::microseconds(30'000);
  return snapshot;
}

std::shared_ptr<Snapshot> busy_snapshot(int policies) {
  std::vector<Finding> findings;
  for (int i = 0; i < policies; ++i) {
    findings.push_back(finding("policy-" + std::to_string(i), Severity::high, Verdict::exposed));
  }
  auto snapshot = snapshot_of(std::move(findings));
  auto facts = std::make_shared<Facts>();
  for (const auto& collector : collectors()) {
    facts->add_run({collector.name, std::chrono::microseconds(1500), false});
    for (const auto& fact : collector.facts) {
      facts->set({fact.name, Value::unknown(fact.name, {Errc::denied, "no", "/x"}), "/x", {}});
    }
  }
  snapshot->facts = facts;
  return snapshot;
}

// The value of a series, written out as it stands in the text; "" where there is none.
std::string value_of(const std::string& text, const std::string& series) {
  for (const auto line : text::lines(text)) {
    if (line.starts_with(series + " ")) return std::string(line.substr(series.size() + 1));
  }
  return "";
}

std::size_t count_series(const std::string& text) {
  std::size_t count = 0;
  for (const auto line : text::lines(text)) count += line.starts_with("#") || line.empty() ? 0U : 1U;
  return count;
}

Metrics::Live busy_daemon() {
  return {[] {
            HttpCounters counters;
            counters.answers = {0, 0, 7, 0, 3, 1};
            counters.accepted = 9;
            counters.refused_user = 2;
            return counters;
          },
          [] {
            answer::Service service;
            service.mode = "enforce";
            service.since = 1'789'000'000'000;
            for (const char* name : {"sysctl", "interface", "engine", "module", "policies", "waivers", "sysctl_d",
                                     "modprobe_d", "crash", "kmsg"}) {
              service.watchers.push_back({name, answer::Watcher::State::watching, ""});
            }
            service.watchers[1].state = answer::Watcher::State::failed;
            service.watchers[2].state = answer::Watcher::State::absent;
            return service;
          }};
}

}  // namespace

TEST_CASE("verdicts are a state set, and findings are counted") {
  Metrics metrics({}, milliseconds(0));
  metrics.publish(snapshot_of({finding("ip6mr-sk-done", Severity::high, Verdict::exposed),
                               finding("other", Severity::low, Verdict::not_affected)}));
  const std::string text = *metrics.text();
  const std::string of = R"(hardend_policy_verdict{policy="ip6mr-sk-done",verdict=")";
  CHECK(value_of(text, of + "exposed\"}") == "1");
  CHECK(value_of(text, of + "mitigated\"}") == "0");
  CHECK(value_of(text, of + "not_affected\"}") == "0");
  CHECK(value_of(text, of + "unknown\"}") == "0");
  CHECK(value_of(text, R"(hardend_policy_info{kind="crash",policy="other",severity="low"})") == "1");
  CHECK(value_of(text, R"(hardend_findings{severity="high",verdict="exposed"})") == "1");
  CHECK(value_of(text, R"(hardend_findings{severity="high",verdict="unknown"})") == "0");
  CHECK(value_of(text, "hardend_last_evaluation_timestamp_seconds") == "1790000000");
  CHECK(text.find("free text") == std::string::npos);
}

TEST_CASE("drift, transactions, waivers and the store") {
  auto snapshot = snapshot_of({finding("a", Severity::high, Verdict::exposed)});
  auto report = *snapshot->report;
  Finding waived = report.findings[0];
  waived.waiver = Waiver{"a", "because", "me", 2'000'000'000, 0, ""};
  report.findings.replace(0, std::move(waived));
  report.expired.resize(3);
  snapshot->report = std::make_shared<const CheckReport>(report);
  snapshot->waivers.resize(2);
  snapshot->drifts.resize(2);
  snapshot->drifts[0].change.layer = Layer::runtime;
  snapshot->drifts[1].change.layer = Layer::file;
  snapshot->standing.resize(3);
  snapshot->standing[0].state = TransactionState::confirmed;
  snapshot->standing[1].state = TransactionState::stuck;
  snapshot->standing[2].state = TransactionState::stuck;
  snapshot->standing[2].resolved = 5;
  snapshot->store_trouble = "it is gone";
  Metrics metrics({}, milliseconds(0));
  metrics.publish(snapshot);
  const std::string text = *metrics.text();
  CHECK(value_of(text, R"(hardend_findings_waived{severity="high"})") == "1");
  CHECK(value_of(text, "hardend_waivers_expired") == "3");
  CHECK(value_of(text, "hardend_waivers") == "2");
  CHECK(value_of(text, R"(hardend_drift_changes{layer="runtime"})") == "1");
  CHECK(value_of(text, R"(hardend_drift_changes{layer="module"})") == "0");
  CHECK(value_of(text, R"(hardend_transactions{state="stuck"})") == "2");
  CHECK(value_of(text, R"(hardend_transactions{state="applied"})") == "0");
  CHECK(value_of(text, "hardend_transactions_unresolved") == "1");
  CHECK(value_of(text, "hardend_store_readable") == "0");
}

TEST_CASE("collectors: what could not be read, and how long it took") {
  Metrics metrics({}, milliseconds(0));
  metrics.publish(busy_snapshot(1));
  const std::string text = *metrics.text();
  for (const auto& collector : collectors()) {
    const std::string labels = "{collector=\"" + collector.name + "\"}";
    CHECK(value_of(text, "hardend_collector_errors" + labels) == std::to_string(collector.facts.size()));
    CHECK(value_of(text, "hardend_collector_duration_seconds" + labels) == "0.0015");
  }
}

TEST_CASE("an evaluation is observed once, however often its snapshot is published") {
  Metrics metrics({}, milliseconds(0));
  auto snapshot = snapshot_of({});
  metrics.publish(snapshot);
  auto again = std::make_shared<Snapshot>(*snapshot);
  again->generation = 2;
  metrics.publish(again);
  CHECK(value_of(*metrics.text(), "hardend_evaluation_duration_seconds_count") == "1");
  again = std::make_shared<Snapshot>(*snapshot);
  again->evaluated += 1000;
  metrics.publish(again);
  const std::string text = *metrics.text();
  CHECK(value_of(text, "hardend_evaluation_duration_seconds_count") == "2");
  CHECK(value_of(text, R"(hardend_evaluation_duration_seconds_bucket{le="0.02"})") == "0");
  CHECK(value_of(text, R"(hardend_evaluation_duration_seconds_bucket{le="+Inf"})") == "2");
}

TEST_CASE("events are counted by type, transactions by the state they came into") {
  Metrics metrics({}, milliseconds(0));
  metrics.count({1, 0, "drift", "{}"});
  metrics.count({2, 0, "drift", "not json"});
  metrics.count({3, 0, "transaction", R"({"id":1,"state":"confirmed"})"});
  for (const char* odd : {"", "{", "[]", R"({"state":7})", R"({"state":"odd"})"})
    metrics.count({4, 0, "transaction", odd});
  std::string text = *metrics.text();
  CHECK(value_of(text, R"(hardend_events_total{type="drift"})") == "2");
  CHECK(value_of(text, R"(hardend_events_total{type="transaction"})") == "6");
  CHECK(value_of(text, R"(hardend_transaction_moves_total{state="confirmed"})") == "1");
  CHECK(value_of(text, R"(hardend_transaction_moves_total{state="stuck"})") == "0");
  for (int i = 0; i < 1000; ++i) metrics.count({5, 0, "type-" + std::to_string(i), "{}"});
  CHECK(count_series(*metrics.text()) < 100);
}

TEST_CASE("crash records, of which there may be any number of kinds") {
  Metrics metrics({}, milliseconds(0));
  CHECK(metrics.text()->find("crash_records") == std::string::npos);
  metrics.set_crashes({});
  CHECK(value_of(*metrics.text(), R"(hardend_crash_records{policy="",type="other"})") == "0");
  metrics.set_crashes(
      {{"ip6mr-sk-done", CrashType::null_dereference, 2}, {"", CrashType::panic, 1}, {"", CrashType::panic, 3}});
  CHECK(value_of(*metrics.text(), R"(hardend_crash_records{policy="ip6mr-sk-done",type="null_dereference"})") == "2");
  CHECK(value_of(*metrics.text(), R"(hardend_crash_records{policy="",type="panic"})") == "4");
  std::vector<CrashCount> many;
  for (int i = 0; i < 1000; ++i) many.push_back({"p" + std::to_string(i), CrashType::panic, 1});
  metrics.set_crashes(many);
  CHECK(count_series(*metrics.text()) < 100);
  CHECK(value_of(*metrics.text(), R"(hardend_crash_records{policy="",type="other"})") == "950");
}

TEST_CASE("the daemon itself") {
  Metrics metrics(busy_daemon(), milliseconds(0));
  const std::string text = *metrics.text();
  CHECK(value_of(text, "hardend_build_info{version=\"" HARDEN_VERSION "\"}") == "1");
  CHECK(value_of(text, R"(hardend_http_requests_total{code="2xx"})") == "7");
  CHECK(value_of(text, R"(hardend_http_connections_refused_total{reason="user"})") == "2");
  CHECK(value_of(text, "hardend_enforcing") == "1");
  CHECK(value_of(text, "hardend_start_time_seconds") == "1789000000");
  CHECK(value_of(text, R"(hardend_watcher_up{watcher="sysctl"})") == "1");
  CHECK(value_of(text, R"(hardend_watcher_up{watcher="interface"})") == "0");
  CHECK(value_of(text, R"(hardend_watcher_up{watcher="engine"})") == "");
}

TEST_CASE("labels are escaped") {
  Metrics metrics({}, milliseconds(0));
  metrics.publish(snapshot_of({finding("a\"b\\c\nd", Severity::high, Verdict::exposed)}));
  CHECK(value_of(*metrics.text(), R"(hardend_policy_verdict{policy="a\"b\\c\nd",verdict="exposed"})") == "1");
}

TEST_CASE("the same text is given again while it is fresh, and a new one after a snapshot") {
  Metrics metrics(busy_daemon(), std::chrono::hours(1));
  metrics.publish(snapshot_of({}));
  const auto first = metrics.text();
  metrics.count({1, 0, "drift", "{}"});
  CHECK(metrics.text() == first);
  metrics.publish(snapshot_of({finding("a", Severity::high, Verdict::exposed)}));
  CHECK(metrics.text() != first);
}

TEST_CASE("the shipped policies make fewer than 300 series, thousands a bounded number") {
  Metrics metrics(busy_daemon(), milliseconds(0));
  for (const char* type : {"finding.appeared", "finding.cleared", "finding.changed", "drift", "drift.put_back",
                           "drift.contested", "engine", "crash", "transaction", "policies", "waivers", "events.lost"}) {
    metrics.count({1, 0, type, "{}"});
  }
  metrics.set_crashes({{"a", CrashType::panic, 1}, {"b", CrashType::panic, 1}, {"", CrashType::warning, 1}});
  metrics.publish(busy_snapshot(14));
  CHECK(count_series(*metrics.text()) < 300);
  MESSAGE("series with 14 policies: " << count_series(*metrics.text()));
  metrics.publish(busy_snapshot(10'000));
  CHECK(count_series(*metrics.text()) < 800);
  CHECK(value_of(*metrics.text(), "hardend_policies_without_series") == "9900");
}

TEST_CASE("promtool finds nothing to say about it") {
  if (std::system("promtool --version >/dev/null 2>&1") != 0) {
    MESSAGE("promtool is not installed: not checked");
    return;
  }
  Metrics metrics(busy_daemon(), milliseconds(0));
  metrics.count({1, 0, "transaction", R"({"state":"confirmed"})"});
  metrics.publish(busy_snapshot(14));
  TemporaryFolder folder;
  folder.write("metrics", *metrics.text());
  const std::string command = "promtool check metrics < " + (folder.path() / "metrics").string() + " 2>&1";
  FILE* tool = ::popen(command.c_str(), "r");
  REQUIRE(tool != nullptr);
  std::string said;
  for (int c = std::fgetc(tool); c != EOF; c = std::fgetc(tool)) said += static_cast<char>(c);
  CHECK(::pclose(tool) == 0);
  CHECK(said == "");
}

TEST_CASE("a text file is whole, readable by all, and gone at the end") {
  TemporaryFolder folder;
  const std::string path = (folder.path() / "hardend.prom").string();
  const std::shared_ptr<HostWriter> writer = live_writer();
  {
    Textfile file(writer, path);
    REQUIRE(file.write("a 1\n"));
    REQUIRE(file.write("a 2\n"));
    struct stat status = {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0644);
    CHECK(status.st_size == 4);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
  folder.write("other.prom", "somebody's");
  { Textfile never_written(writer, (folder.path() / "other.prom").string()); }
  CHECK(std::filesystem::exists(folder.path() / "other.prom"));
  const auto wrong = Textfile(writer, (folder.path() / "x.txt").string()).write("a 1\n");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == Errc::invalid);
}
