// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/cycle.h"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "agent/daemon/log.h"
#include "tests/support/daemon_host.h"

namespace harden::daemon {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::DaemonHost;
using test::kSack;

// A daemon's worker on such a host, without a thread.
class Worker {
 public:
  explicit Worker(DaemonHost& host, Config config = DaemonHost::config()) : host_(host) {
    auto log = EventLog::open(host.state(), "one-boot");
    REQUIRE(log);
    events_ = std::move(*log);
    heard_ = events_->last();
    cycle_ =
        std::make_unique<Cycle>(host.place(), host.clock(), *events_, std::make_shared<const Config>(std::move(config)),
                                [this](const std::shared_ptr<const Snapshot>&) { ++published; });
    cycle_->start();
  }

  Cycle& operator*() { return *cycle_; }
  Cycle* operator->() { return cycle_.get(); }

  // The types of the events since the last time, "finding.appeared transaction".
  std::string heard() {
    std::string out;
    for (const Event& event : fresh()) out += (out.empty() ? "" : " ") + event.type;
    return out;
  }
  std::vector<Event> all() { return events_->after(0, 100'000); }
  std::vector<Event> fresh() {
    auto events = events_->after(heard_, 100'000);
    heard_ = events_->last();
    return events;
  }

  // Somebody writes a sysctl, and the watch sees it.
  void write(const std::string& value, pid_t pid = 0, const std::string& comm = "") {
    host_.set(kSack, value);
    cycle_->sight(std::vector<Sighting>{test::sysctl_sighting(kSack, pid, comm)});
  }
  // Time passes, and whatever is due in it is done.
  void pass(milliseconds time) {
    const BootTime end = host_.boot() + time;
    for (auto due = cycle_->due(); due && *due <= end; due = cycle_->due()) {
      host_.pass(std::chrono::ceil<milliseconds>(std::max(*due - host_.boot(), BootTime(milliseconds(1)))));
      cycle_->on_time();
    }
    if (host_.boot() < end) host_.pass(std::chrono::ceil<milliseconds>(end - host_.boot()));
  }
  Verdict verdict(const std::string& policy = "sack") {
    for (const Finding& finding : cycle_->snapshot()->report->findings) {
      if (finding.policy == policy) return finding.verdict;
    }
    return Verdict::unknown;
  }
  std::int64_t apply(std::optional<std::int64_t> within = {}) {
    ApplyOrder order;
    order.confirm_within = within;
    const auto applied = cycle_->apply(order, {1000, 42});
    REQUIRE_MESSAGE(applied, (applied ? "" : describe(applied.error())));
    CHECK_MESSAGE(applied->refused.empty(), applied->refused);
    return applied->outcome.id;
  }

  int published = 0;

 private:
  DaemonHost& host_;
  std::unique_ptr<EventLog> events_;
  std::uint64_t heard_ = 0;
  std::unique_ptr<Cycle> cycle_;
};

json::object data_of(const Event& event) { return json::parse(event.data).as_object(); }

}  // namespace

TEST_CASE("the first look is published and tells what there is") {
  DaemonHost host;
  Worker worker(host);
  CHECK(worker.published == 1);
  const Snapshot& snapshot = *worker->snapshot();
  CHECK(snapshot.generation == 1);
  CHECK(snapshot.policies->size() == 1);
  CHECK(snapshot.standing.empty());
  CHECK(snapshot.store_trouble.empty());
  CHECK(worker.verdict() == Verdict::exposed);
  CHECK(worker.heard() == "finding.appeared");
}

TEST_CASE("a daemon that starts again tells nothing twice") {
  DaemonHost host;
  {
    Worker worker(host);
    CHECK(worker.heard() == "finding.appeared");
    worker.apply();
    CHECK(worker.heard() == "transaction finding.cleared");
  }
  CHECK(Worker(host).heard().empty());
  host.set(kSack, "1");
  {
    Worker worker(host);
    CHECK(worker.heard() == "drift finding.appeared");
    CHECK(worker->snapshot()->drifts.size() == 1);
  }
  CHECK(Worker(host).heard().empty());
  host.set(kSack, "0");
  CHECK(Worker(host).heard() == "drift.cleared finding.cleared");
}

TEST_CASE("what hardend writes itself is nobody's drift") {
  DaemonHost host;
  Worker worker(host);
  worker.apply();
  worker.heard();
  worker.write("0", ::getpid(), "hardend");
  CHECK(worker.heard().empty());
  // Somebody has written since; the sighting of that names who.
  worker.write("1", ::getpid(), "hardend");
  CHECK(worker.heard().empty());
  worker.write("1", 77, "sysctl");
  const auto events = worker.fresh();
  REQUIRE_FALSE(events.empty());
  CHECK(data_of(events[0]).at("pid") == 77);
}

TEST_CASE("of what drifts without end the journal is told some, and the events all") {
  DaemonHost host;
  Worker worker(host);
  worker.apply();
  worker.fresh();
  int lines = 0;
  int last = 0;
  set_log([&](const Record& record) {
    lines += record.message == Message::drifted ? 1 : 0;
    last += record.text.find("watch --after 0") != std::string::npos ? 1 : 0;
  });
  const auto turn = [&](int times) {
    for (int i = 0; i < times; ++i) worker.write(i % 2 == 0 ? "1" : "0", 77, "sysctl");
  };
  turn(200);
  CHECK(lines == 19);
  CHECK(last == 1);
  int drifts = 0;
  for (const Event& event : worker.fresh()) drifts += event.type == "drift" ? 1 : 0;
  CHECK(drifts == 100);
  worker.pass(seconds(11));
  turn(2);
  CHECK(lines == 20);
  set_log({});
}

TEST_CASE("a drift is told at once, with both values and who it was") {
  DaemonHost host;
  Worker worker(host);
  worker.apply();
  worker.fresh();
  worker.write("1", 77, "sysctl\n");
  const auto events = worker.fresh();
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == "drift");
  const auto data = data_of(events[0]);
  CHECK(data.at("what") == kSack);
  CHECK(data.at("before") == "0");
  CHECK(data.at("now") == "1");
  CHECK(data.at("wanted") == "0");
  CHECK(data.at("transaction") == 1);
  CHECK(data.at("pid") == 77);
  CHECK(data.at("comm") == "sysctl\n");
  CHECK(worker.verdict() == Verdict::mitigated);
  worker.pass(seconds(1));
  CHECK(worker.verdict() == Verdict::exposed);
  CHECK(worker.heard() == "finding.appeared");
  worker.write("0");
  CHECK(worker.heard() == "drift.cleared");
  worker.pass(seconds(1));
  CHECK(worker.heard() == "finding.cleared");
}

TEST_CASE("another watched setting is told as one") {
  DaemonHost host;
  Worker worker(host);
  worker.fresh();
  worker.write("0");
  const auto events = worker.fresh();
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == "sysctl");
  CHECK(data_of(events[0]).at("before") == "1");
  CHECK(data_of(events[0]).at("now") == "0");
  CHECK(data_of(events[0]).at("pid").is_null());
  worker->sight({test::sysctl_sighting(kSack), test::sysctl_sighting("no.such.key"), test::sysctl_sighting("../../x")});
  CHECK(worker.heard().empty());
}

TEST_CASE("a burst is told change by change and looked at a few times") {
  DaemonHost host;
  Worker worker(host);
  worker.apply();
  worker.fresh();
  worker.published = 0;
  for (int i = 0; i < 10'000; ++i) {
    worker.write(i % 2 == 0 ? "1" : "2");
    if (i % 10 == 9) worker.pass(milliseconds(1));
  }
  worker.pass(seconds(1));
  int drifts = 0;
  for (const Event& event : worker.fresh()) drifts += event.type == "drift" ? 1 : 0;
  CHECK(drifts == 10'000);
  CHECK(worker.published >= 1);
  CHECK(worker.published <= 4);
}

TEST_CASE("nothing is due but the sweep") {
  DaemonHost host;
  Worker worker(host);
  CHECK(worker->due() == host.boot() + minutes(10));
  worker.published = 0;
  worker.pass(minutes(35));
  CHECK(worker.published == 3);
}

TEST_CASE("a plan is applied, kept and taken back") {
  DaemonHost host;
  Worker worker(host);
  worker.fresh();
  const auto plan = worker->plan({});
  REQUIRE(plan);
  ApplyOrder order;
  order.digest = plan->digest;
  const auto applied = worker->apply(order, {1000, 42});
  REQUIRE(applied);
  CHECK(applied->outcome.state == TransactionState::confirmed);
  CHECK(host.get(kSack) == "0");
  CHECK(worker.verdict() == Verdict::mitigated);
  CHECK(worker->snapshot()->standing.size() == 1);
  CHECK(worker->snapshot()->standing[0].uid == 1000);
  const auto undone = worker->undo(applied->outcome.id, false, {1000, 42});
  REQUIRE(undone);
  CHECK(undone->state == TransactionState::undone);
  CHECK(host.get(kSack) == "1");
  CHECK(worker.verdict() == Verdict::exposed);
  CHECK(worker->snapshot()->standing.empty());
  REQUIRE(worker->history(10));
  CHECK(worker->history(10)->size() == 1);
  CHECK(worker->transaction(1)->state == TransactionState::undone);
  CHECK(worker->transaction(2).error().code == Errc::absent);
  CHECK(worker->undo(2, false, {}).error().code == Errc::absent);
}

TEST_CASE("a plan that is not the one looked at is not applied") {
  DaemonHost host;
  Worker worker(host);
  ApplyOrder order;
  order.digest = std::string(64, 'a');
  const auto applied = worker->apply(order, {});
  REQUIRE(applied);
  CHECK(applied->moved_on);
  CHECK(applied->refused.starts_with("the host has moved on"));
  CHECK(applied->outcome.id == 0);
  CHECK(host.get(kSack) == "1");
  CHECK(worker->plan({{"sock"}, {}, false}).error().code == Errc::absent);
}

TEST_CASE("what is not confirmed in time is undone, whoever was there") {
  DaemonHost host;
  {
    Worker worker(host);
    worker.apply(60);
    worker.fresh();
    worker.pass(seconds(30));
    CHECK(host.get(kSack) == "0");
    worker.pass(seconds(40));
    CHECK(host.get(kSack) == "1");
    CHECK(worker->transaction(1)->state == TransactionState::undone);
    CHECK(worker.verdict() == Verdict::exposed);
    worker.apply(60);
  }
  host.pass(seconds(61));
  Worker worker(host);
  CHECK(host.get(kSack) == "1");
  CHECK(worker->transaction(2)->state == TransactionState::undone);
}

TEST_CASE("what is confirmed stays") {
  DaemonHost host;
  Worker worker(host);
  const auto id = worker.apply(60);
  REQUIRE(worker->confirm(id, {}));
  worker.pass(minutes(5));
  CHECK(host.get(kSack) == "0");
  CHECK(worker->confirm(id, {}).error().code == Errc::invalid);
}

TEST_CASE("in report mode nothing is done unasked") {
  DaemonHost host;
  Worker worker(host);
  worker.apply();
  worker.write("1");
  worker.pass(minutes(30));
  CHECK(host.get(kSack) == "1");
  CHECK(worker->history(10)->size() == 1);
}

TEST_CASE("in enforce mode what costs nothing is applied unasked") {
  DaemonHost host;
  Worker worker(host, DaemonHost::config(Mode::enforce));
  CHECK(host.get(kSack) == "0");
  CHECK(worker.verdict() == Verdict::mitigated);
  CHECK(worker->snapshot()->standing.size() == 1);
}

TEST_CASE("what has a price, a weak grade or a waiver is not") {
  for (const char* more : {"[[remedy.impact]]\nmessage = \"something breaks\"", "in_force = 'net.ipv6.enabled'"}) {
    CAPTURE(more);
    DaemonHost host;
    std::string policy = test::sack_policy("sack", more);
    if (std::string_view(more).starts_with("in_force")) {
      const auto at = policy.find("\"prevents\"");
      policy.replace(at, 10, "\"reduces\"");
    }
    host.write("policies/sack.toml", policy);
    Worker worker(host, DaemonHost::config(Mode::enforce));
    CHECK(worker->snapshot()->policies->size() == 1);
    CHECK(host.get(kSack) == "1");
    CHECK(worker->history(10)->empty());
  }
  DaemonHost host;
  host.write("etc/hardend/waivers.d/a.toml", "[[waiver]]\npolicy = \"sack\"\nreason = \"r\"\nuntil = \"2100-01-01\"\n");
  const Worker worker(host, DaemonHost::config(Mode::enforce));
  CHECK(host.get(kSack) == "1");
}

TEST_CASE("the mode of a policy beats the mode of all") {
  DaemonHost host;
  Config config = DaemonHost::config(Mode::enforce);
  config.modes["sack"] = Mode::report;
  Worker worker(host, config);
  CHECK(host.get(kSack) == "1");
  config.modes["sack"] = Mode::enforce;
  config.mode = Mode::report;
  worker->reconfigure(std::make_shared<const Config>(config));
  CHECK(host.get(kSack) == "0");
}

TEST_CASE("what drifts is put back at once, and then once a second at most") {
  DaemonHost host;
  Worker worker(host, DaemonHost::config(Mode::enforce));
  worker.fresh();
  worker.write("1");
  CHECK(host.get(kSack) == "0");
  CHECK(worker.heard() == "drift drift.put_back drift.cleared");
  worker.write("1");
  CHECK(host.get(kSack) == "1");
  worker.pass(milliseconds(900));
  CHECK(host.get(kSack) == "1");
  worker.pass(milliseconds(200));
  CHECK(host.get(kSack) == "0");
  CHECK(worker->history(10)->size() == 1);
}

TEST_CASE("a fight is told, and given in to more and more") {
  DaemonHost host;
  Worker worker(host, DaemonHost::config(Mode::enforce));
  worker.fresh();
  int put_back = 0;
  int contested = 0;
  for (int second = 0; second < 120; ++second) {
    if (host.get(kSack) == "0") worker.write("1");
    worker.pass(seconds(1));
    for (const Event& event : worker.fresh()) {
      put_back += event.type == "drift.put_back" ? 1 : 0;
      contested += event.type == "drift.contested" ? 1 : 0;
    }
  }
  CHECK(contested == 1);
  CHECK(put_back >= Fight::kContested);
  CHECK(put_back <= 8);
  worker->sweep();
  CHECK(worker->snapshot()->contested == std::vector<std::string>{kSack});
}

TEST_CASE("what hardenctl has undone is not put back") {
  DaemonHost host;
  Worker worker(host, DaemonHost::config(Mode::enforce));
  Config config = DaemonHost::config();
  worker->reconfigure(std::make_shared<const Config>(config));
  const Place place = host.place();
  {
    auto store = open_store(host.state() + "/state.db");
    REQUIRE(store);
    REQUIRE(undo(1, {*place.host, *place.writer, **store}, moment_of(*place.host, 0)));
  }
  worker.fresh();
  worker->sight(std::vector<Sighting>{test::sysctl_sighting(kSack)});
  CHECK(worker.heard() == "transaction sysctl");
  CHECK(host.get(kSack) == "1");
}

TEST_CASE("policies come, change and go") {
  DaemonHost host;
  Worker worker(host);
  worker.fresh();
  const auto reload = [&] {
    worker->sight({{Sighting::Kind::policies, "/policies", 0, "", 0}});
    worker.pass(seconds(1));
  };
  host.write("policies/other.toml", test::sack_policy("other"));
  reload();
  CHECK(worker.heard() == "policies finding.appeared");
  host.write("policies/other.toml", "id = ");
  reload();
  CHECK(worker.heard() == "policies finding.cleared");
  CHECK(worker->snapshot()->policy_mistakes.size() == 1);
}

TEST_CASE("waivers come, end and go") {
  DaemonHost host;
  Worker worker(host);
  worker.fresh();
  const std::int64_t now = host.clock().wall() / 1000;
  CHECK(worker->add_waiver({"sock", "r", "", now + 60, now, ""}, {}).error().code == Errc::absent);
  REQUIRE(worker->add_waiver({"sack", "r", "", now + 60, now, ""}, {}));
  CHECK(worker.heard() == "finding.changed");
  CHECK(worker->snapshot()->report->summary.waived == 1);
  worker.pass(seconds(90));
  CHECK(worker.heard() == "finding.changed");
  CHECK(worker->snapshot()->report->summary.waived == 0);
  CHECK(worker->snapshot()->report->expired.size() == 1);
  CHECK(worker->remove_waiver("sack", {}) == std::string());
  const auto again = worker->remove_waiver("sack", {});
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::absent);
}

TEST_CASE("engines and overruns are told") {
  DaemonHost host;
  Worker worker(host);
  worker.fresh();
  worker->sight({{Sighting::Kind::engine, "/run/docker.sock: network create", 0, "", 0},
                 {Sighting::Kind::lost, "sysctls", 0, "", 0}});
  CHECK(worker.heard() == "engine watch.lost");
  worker.published = 0;
  worker.pass(seconds(1));
  CHECK(worker.published == 1);
}

// What /dev/kmsg has of an oops, each record with its prefix.
std::string oops() {
  const char* const lines[] = {
      "BUG: kernel NULL pointer dereference, address: 0000000000000020",
      "#PF: supervisor read access in kernel mode",
      "#PF: error_code(0x0000) - not-present page",
      "Oops: 0000 [#1] PREEMPT SMP NOPTI",
      "CPU: 1 PID: 4242 Comm: runc Not tainted 6.1.0-21-amd64 #1 Debian 6.1.90-1",
      "RIP: 0010:sack_shift+0x60/0xf0",
      "Call Trace:",
      " <TASK>",
      " tcp_sacktag_walk+0x125/0x500",
      " tcp_ack+0x5a/0x1100",
      " tcp_rcv_established+0x1b/0x700",
      " tcp_v4_do_rcv+0x15/0x200",
      " </TASK>",
      "---[ end trace 0000000000000000 ]---",
  };
  std::string text;
  int sequence = 100;
  for (const char* line : lines) {
    text += "4," + std::to_string(sequence) + "," + std::to_string(5'000'000 + sequence) + ",-;" + line + "\n";
    ++sequence;
  }
  return text;
}

// The policy that knows it.
void know_the_oops(DaemonHost& host) {
  host.write("policies/sack.toml", test::sack_policy() + R"(
[crash]
title = "BUG: unable to handle kernel NULL pointer dereference in sack_shift"
frames = ["sack_shift", "tcp_sacktag_walk"]
)");
}

TEST_CASE("what the kernel prints as it crashes is told once, kept, and changes the finding's rank") {
  DaemonHost host;
  know_the_oops(host);
  {
    Worker worker(host);
    worker.fresh();
    worker->sight({{Sighting::Kind::kmsg, oops(), 0, "", 0}});
    CHECK(worker.heard() == "crash");
    worker.pass(seconds(1));
    REQUIRE(worker->snapshot()->crashes->size() == 1);
    const KeptCrash& kept = worker->snapshot()->crashes->front();
    CHECK(kept.record.title == "BUG: unable to handle kernel NULL pointer dereference in sack_shift");
    REQUIRE(kept.matches.size() == 1);
    CHECK(kept.matches[0].policy == "sack");
    REQUIRE(worker->snapshot()->report->findings.front().struck);
    CHECK(worker->snapshot()->report->findings.front().struck->count == 1);
    worker->sight({{Sighting::Kind::kmsg, oops(), 0, "", 0}});  // the same occasion
    CHECK(worker.heard().empty());
  }
  Worker after(host);
  CHECK(after.heard().find("crash") == std::string::npos);
  CHECK(after->snapshot()->crashes->size() == 1);
  CHECK(after->snapshot()->report->findings.front().struck);
}

TEST_CASE("what earlier boots left is found at start, and when the place changes") {
  DaemonHost host;
  know_the_oops(host);
  host.write("sys/fs/pstore/dmesg-efi-165000000001001", "Panic#1 Part1\n" + oops());
  Worker worker(host);
  const auto events = worker.all();
  CHECK(std::ranges::count(events, "crash", &Event::type) == 1);
  REQUIRE(worker->snapshot()->crashes->size() == 1);
  CHECK(worker->snapshot()->crashes->front().source == "/sys/fs/pstore/dmesg-efi-165000000001001");
  std::string other = oops();
  for (auto at = other.find("sack_shift"); at != std::string::npos; at = other.find("sack_shift")) {
    other.replace(at, 10, "other_func");
  }
  host.write("var/lib/systemd/pstore/1700000000/dmesg.txt", other);
  worker.fresh();
  worker->sight({{Sighting::Kind::crash, "/var/lib/systemd/pstore", 0, "", 0}});
  worker.pass(seconds(1));
  CHECK(worker.heard() == "crash");
  CHECK(worker->snapshot()->crashes->size() == 2);
}

TEST_CASE("a damaged store is told, and everything else goes on") {
  DaemonHost host;
  std::ofstream(host.state() + "/state.db") << std::string(8192, 'x');
  Worker worker(host);
  CHECK(worker.verdict() == Verdict::exposed);
  CHECK_FALSE(worker->snapshot()->store_trouble.empty());
  CHECK_FALSE(worker->apply({}, {}));
  CHECK(host.get(kSack) == "1");
  CHECK_FALSE(worker->history(1));
}

}  // namespace harden::daemon
