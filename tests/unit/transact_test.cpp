// SPDX-License-Identifier: Apache-2.0
//
// Apply, undo, confirm and settle on a machine made of maps. What happens when
// it stops half-way is for tests/sweep.
#include <doctest/doctest.h>

#include "harden/transact.h"
#include "tests/support/drafting.h"
#include "tests/support/machine.h"
#include "tests/support/memory_host.h"

using namespace harden;
using test::joined;
using test::Machine;
using test::MachineHost;
using test::MachineJournal;
using test::MachineWriter;

namespace {

constexpr const char* kOwn = "/etc/sysctl.d/99-zz-hardend.conf";
constexpr const char* kOther = "/etc/docker/daemon.json";
constexpr const char* kSack = "/proc/sys/net/ipv4/tcp_sack";
constexpr const char* kPanic = "/proc/sys/kernel/panic";
constexpr const char* kForeign = "somebody else's";

struct Fixture {
  Machine machine;
  MachineHost host{machine};
  MachineWriter writer{machine};
  MachineJournal journal{machine};
  Moment now{1'000'000, 100, "boot-1"};

  Fixture() {
    machine.runtime = machine.at_boot = {{kSack, "1"}, {kPanic, "0"}};
    machine.modules = {"sctp"};
  }

  Workbench bench() { return {host, writer, journal}; }

  static PlannedChange change(Layer layer, const char* path, std::optional<std::string> before,
                              std::optional<std::string> after) {
    return {{layer, path, path, std::move(before), std::move(after)}, "", {"p"}};
  }

  static Plan plan() {
    Plan plan;
    plan.changes = {change(Layer::runtime, kSack, "1", "0"), change(Layer::runtime, kPanic, "0", "10"),
                    change(Layer::file, kOwn, std::nullopt, "net.ipv4.tcp_sack = 0\nkernel.panic = 10\n"),
                    change(Layer::module, "/sys/module/sctp", kModuleLoaded, std::nullopt)};
    plan.digest = "d";
    return plan;
  }

  Outcome applied(std::optional<std::int64_t> within = std::nullopt) {
    const auto outcome = apply(plan(), bench(), now, {within, 7});
    REQUIRE_MESSAGE(outcome.has_value(), describe(outcome.error()));
    return *outcome;
  }

  bool is_as_before() const {
    return machine.runtime.at(kSack) == "1" && machine.runtime.at(kPanic) == "0" && machine.cache.empty();
  }
  bool is_as_planned() const {
    return machine.runtime.at(kSack) == "0" && machine.runtime.at(kPanic) == "10" && machine.cache.contains(kOwn);
  }
};

template <typename T>
Error error_of(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what was applied stands as planned, is in the journal, and undo takes all of it back") {
  Fixture f;
  const Outcome outcome = f.applied();
  CHECK(outcome.state == TransactionState::confirmed);
  CHECK(outcome.note.empty());
  CHECK(joined(outcome.changed) == joined({kSack, kPanic, kOwn, "/sys/module/sctp"}));
  CHECK(f.is_as_planned());
  CHECK(f.machine.modules.empty());
  const auto written = f.journal.find(outcome.id);
  REQUIRE(written);
  CHECK(written->uid == 7);
  CHECK(written->digest == "d");
  CHECK(written->begun == f.now);
  const auto undone = undo(outcome.id, f.bench(), f.now);
  REQUIRE(undone);
  CHECK(undone->state == TransactionState::undone);
  CHECK(f.is_as_before());
  CHECK(f.machine.modules.empty());  // it comes back when something asks for it
  CHECK(error_of(undo(outcome.id, f.bench(), f.now)).code == Errc::invalid);
  CHECK(error_of(undo(99, f.bench(), f.now)).code == Errc::absent);
}

TEST_CASE("an undo says which module stays out, and after another boot has nothing to say of it") {
  Fixture f;
  const auto id = f.applied().id;
  auto later = f.now;
  later.boot_id = "boot-2";
  const auto undone = undo(id, f.bench(), f.now);
  REQUIRE(undone);
  CHECK(joined(undone->left) ==
        "undo does not load sctp again: it comes back when something asks for it, or with modprobe sctp\n");
  f.machine.modules = {"sctp"};
  const auto again = f.applied().id;
  const auto after_boot = undo(again, f.bench(), later);
  REQUIRE(after_boot);
  CHECK(after_boot->left.empty());
}

TEST_CASE("a folder that was made goes with an undo, unless somebody else has put something into it") {
  constexpr const char* kFolder = "/etc/docker";
  Plan plan;
  plan.changes = {Fixture::change(Layer::folder, kFolder, std::nullopt, kFolderThere),
                  Fixture::change(Layer::file, kOther, std::nullopt, "{}\n")};
  for (const bool foreign : {false, true}) {
    CAPTURE(foreign);
    Fixture f;
    const auto outcome = apply(plan, f.bench(), f.now);
    REQUIRE(outcome);
    CHECK(outcome->state == TransactionState::confirmed);
    CHECK(f.machine.is_folder(kFolder));
    if (foreign) f.machine.put_file("/etc/docker/key.json", "theirs");
    const auto undone = undo(outcome->id, f.bench(), f.now);
    REQUIRE(undone);
    CHECK(undone->state == TransactionState::undone);
    CHECK(f.machine.is_folder(kFolder) == foreign);
    CHECK(undone->left.size() == (foreign ? 1 : 0));
    CHECK(f.machine.cache.size() == (foreign ? 2 : 0));
    if (!foreign) continue;
    CHECK(contains(undone->left.at(0), "/etc/docker was made for this and stays"));
    // Now it is theirs, and no plan's.
    CHECK(contains(error_of(apply(plan, f.bench(), f.now)).message, "/etc/docker is no longer as it was planned"));
  }
}

TEST_CASE("a plan with conflicts is not begun") {
  Fixture f;
  Plan plan = Fixture::plan();
  plan.conflicts = {"two want different things"};
  CHECK(error_of(apply(plan, f.bench(), f.now)).message == "two want different things");
  CHECK(f.journal.newest(10)->empty());
}

TEST_CASE("a host that has moved on since the plan is not begun with, whatever moved") {
  for (const char* path : {kSack, kPanic, kOwn}) {
    Fixture f;
    f.machine.meddle(path);
    const auto error = error_of(apply(Fixture::plan(), f.bench(), f.now));
    CHECK(error.code == Errc::invalid);
    CHECK(contains(error.message, std::string(path) + " is no longer as it was planned"));
    CHECK(f.journal.newest(10)->empty());
    CHECK(f.machine.steps == 0);
  }
}

TEST_CASE("somebody who writes half-way is left alone, and the transaction is stuck") {
  for (const char* path : {kSack, kPanic, kOwn}) {
    CAPTURE(std::string(path));
    Fixture f;
    f.machine.meddle_at = 5;  // behind the looks that compare with the plan
    f.machine.meddle_path = path;
    const Outcome outcome = f.applied();
    CHECK(outcome.state == TransactionState::stuck);
    CHECK(contains(outcome.note, std::string(path) + " was changed by somebody else"));
    CHECK(content_of(f.host, path == kOwn ? Layer::file : Layer::runtime, path) == Machine::kForeign);
  }
}

TEST_CASE("undo leaves alone what somebody else wrote, takes the rest back, and --force takes that too") {
  for (const char* path : {kSack, kPanic, kOwn}) {
    CAPTURE(std::string(path));
    Fixture f;
    const auto id = f.applied().id;
    f.machine.meddle(path);
    const auto stuck = undo(id, f.bench(), f.now);
    REQUIRE(stuck);
    CHECK(stuck->state == TransactionState::stuck);
    CHECK(contains(stuck->note, path));
    CHECK(contains(stuck->note, "77"));
    for (const char* other : {kSack, kPanic, kOwn}) {
      const Layer layer = other == kOwn ? Layer::file : Layer::runtime;
      const auto held = content_of(f.host, layer, other);
      REQUIRE(held);
      CHECK((*held == Machine::kForeign) == (other == path));
    }
    const auto again = error_of(undo(id, f.bench(), f.now));
    CHECK(again.code == Errc::invalid);
    CHECK(contains(again.message, "undo --force"));
    const auto forced = undo(id, f.bench(), f.now, true);
    REQUIRE(forced);
    CHECK(forced->state == TransactionState::undone);
    CHECK(f.is_as_before());
  }
}

TEST_CASE("a note tells of a long content only its beginning") {
  Fixture fixture;
  fixture.applied();
  fixture.machine.put_file(kOwn, std::string(1 << 20, 'x'));
  fixture.machine.runtime[kSack] = std::string(100'000, '7');
  const auto stuck = undo(1, fixture.bench(), fixture.now);
  REQUIRE(stuck);
  CHECK(stuck->state == TransactionState::stuck);
  CHECK(contains(stuck->note, "it holds \"xxxx"));
  CHECK(contains(stuck->note, "it holds \"7777"));
  CHECK(stuck->note.size() < 1000);
}

TEST_CASE("a note of very many troubles says how many there are more") {
  Fixture fixture;
  Plan plan;
  for (int i = 0; i < 500; ++i) {
    const std::string path = "/proc/sys/kernel/knob" + std::to_string(i);
    fixture.machine.runtime[path] = "1";
    plan.changes.push_back(Fixture::change(Layer::runtime, path.c_str(), "1", "0"));
  }
  REQUIRE(apply(plan, fixture.bench(), fixture.now, {}));
  for (const PlannedChange& planned : plan.changes) fixture.machine.runtime[planned.change.path] = "7";
  const auto stuck = undo(1, fixture.bench(), fixture.now);
  REQUIRE(stuck);
  CHECK(stuck->state == TransactionState::stuck);
  CHECK(stuck->note.ends_with("; and 490 more"));
}

TEST_CASE("a stuck transaction holds its places until a person has resolved it") {
  Fixture f;
  const auto id = f.applied().id;
  f.machine.meddle(kOwn);
  REQUIRE(undo(id, f.bench(), f.now)->state == TransactionState::stuck);
  Plan plan;
  plan.changes = {Fixture::change(Layer::file, kOwn, Machine::kForeign, "x = 1\n")};
  const auto error = error_of(apply(plan, f.bench(), f.now));
  CHECK(error.code == Errc::unavailable);
  CHECK(contains(error.message, "transaction 1 is stuck on the same places"));
  Plan elsewhere;
  elsewhere.changes = {Fixture::change(Layer::runtime, kPanic, "0", "3")};
  // The stuck one changed that too.
  CHECK_FALSE(apply(elsewhere, f.bench(), f.now));
  elsewhere.changes = {Fixture::change(Layer::file, kOther, std::nullopt, "{}\n")};
  CHECK(apply(elsewhere, f.bench(), f.now).has_value());
  REQUIRE(f.journal.resolve(id, "it is meant so", f.now.wall));
  CHECK(apply(plan, f.bench(), f.now).has_value());
}

TEST_CASE("of two transactions on one place the later is undone first") {
  Fixture f;
  const auto first = f.applied().id;
  Plan plan;
  plan.changes = {Fixture::change(Layer::runtime, kPanic, "10", "20")};
  const auto second = apply(plan, f.bench(), f.now);
  REQUIRE(second);
  const auto error = error_of(undo(first, f.bench(), f.now));
  CHECK(error.code == Errc::invalid);
  CHECK(contains(error.message, "transaction 2 came later"));
  CHECK(undo(second->id, f.bench(), f.now)->state == TransactionState::undone);
  CHECK(f.machine.runtime.at(kPanic) == "10");
  CHECK(undo(first, f.bench(), f.now)->state == TransactionState::undone);
  CHECK(f.is_as_before());
}

TEST_CASE("a write that fails takes back what was done before it") {
  int failures = 0;
  for (int step = 1; step < 100; ++step) {
    CAPTURE(step);
    Fixture f;
    f.machine.fail_at = step;
    const auto outcome = apply(Fixture::plan(), f.bench(), f.now);
    if (f.machine.steps < step) break;
    ++failures;
    if (outcome && outcome->state == TransactionState::confirmed) {
      CHECK(f.is_as_planned());
      continue;
    }
    CHECK(f.is_as_before());
    const std::string said = outcome ? outcome->note : describe(outcome.error());
    CHECK(contains(said, "No space left on device"));
    if (outcome) CHECK(outcome->state == TransactionState::undone);
  }
  CHECK(failures > 10);
}

TEST_CASE("confirmed in time it stays, and can be undone later all the same") {
  Fixture f;
  const auto id = f.applied(60).id;
  CHECK(f.journal.find(id)->state == TransactionState::applied);
  Moment later = f.now;
  later.uptime += 59;
  CHECK(settle(f.bench(), later)->empty());
  const auto error = error_of(apply(Fixture::plan(), f.bench(), later));
  CHECK(error.code == Errc::unavailable);
  CHECK(contains(error.message, "hardenctl confirm 1"));
  CHECK(confirm(id, f.bench(), later)->state == TransactionState::confirmed);
  CHECK(error_of(confirm(id, f.bench(), later)).code == Errc::invalid);
  later.uptime += 10'000;
  CHECK(settle(f.bench(), later)->empty());
  CHECK(f.is_as_planned());
  CHECK(undo(id, f.bench(), later)->state == TransactionState::undone);
  CHECK(error_of(confirm(99, f.bench(), later)).code == Errc::absent);
}

TEST_CASE("not confirmed in time it is undone by whoever notices first, a late confirm too") {
  for (const bool by_confirm : {false, true}) {
    Fixture f;
    const auto id = f.applied(60).id;
    Moment late = f.now;
    late.uptime += 60;
    if (by_confirm) {
      const auto outcome = confirm(id, f.bench(), late);
      REQUIRE(outcome);
      CHECK(outcome->state == TransactionState::undone);
    } else {
      const auto outcomes = settle(f.bench(), late);
      REQUIRE(outcomes->size() == 1);
      CHECK(outcomes->front().note == "it was not confirmed in time");
    }
    CHECK(f.is_as_before());
    CHECK(f.journal.find(id)->note == "it was not confirmed in time");
  }
}

TEST_CASE("the time to confirm, on clocks that jump") {
  struct Row {
    const char* about;
    Moment now;
    std::int64_t left;
  };
  const Row rows[] = {
      {"at once", {1000, 500, "a"}, 60},
      {"half the time", {1030, 530, "a"}, 30},
      {"the last second", {1059, 559, "a"}, 1},
      {"over", {1060, 560, "a"}, 0},
      {"the wall clock jumps ahead in one boot", {9000, 510, "a"}, 50},
      {"and back", {10, 510, "a"}, 50},
      {"another boot, by the wall clock", {1040, 5, "b"}, 20},
      {"another boot, too late", {1061, 5, "b"}, 0},
      {"another boot with a clock before its beginning", {999, 5, "b"}, 0},
      {"a boot that cannot be told", {1040, 5, ""}, 20},
      {"an uptime that runs backwards", {1010, 499, "a"}, 0},
  };
  Transaction transaction;
  transaction.state = TransactionState::applied;
  transaction.begun = {1000, 500, "a"};
  transaction.confirm_within = 60;
  for (const Row& row : rows) {
    CAPTURE(std::string(row.about));
    CHECK(seconds_left(transaction, row.now) == row.left);
    CHECK(is_overdue(transaction, row.now) == (row.left == 0));
  }
  for (const TransactionState state : {TransactionState::begun, TransactionState::confirmed, TransactionState::stuck}) {
    transaction.state = state;
    CHECK(seconds_left(transaction, rows[0].now) == 0);
    CHECK_FALSE(is_overdue(transaction, {9000, 9000, "a"}));
  }
  transaction.state = TransactionState::applied;
  transaction.confirm_within.reset();
  CHECK_FALSE(is_overdue(transaction, {9000, 9000, "a"}));
}

TEST_CASE("after a boot, what our file set again is taken back and other runtime values are this boot's own") {
  Fixture f;
  const auto id = f.applied().id;
  f.machine.recover(Machine::Stop::power);
  CHECK(f.is_as_planned());  // the file set them again
  f.machine.runtime[kPanic] = "5";
  const auto outcome = undo(id, f.bench(), {2'000'000, 5, "boot-2"});
  REQUIRE(outcome);
  CHECK(outcome->state == TransactionState::undone);
  CHECK(f.machine.runtime.at(kSack) == "1");
  CHECK(f.machine.runtime.at(kPanic) == "5");
  CHECK(f.machine.cache.empty());
}

TEST_CASE("after a boot without our file the runtime values are not ours, even where they are the same") {
  Fixture f;
  Plan plan = Fixture::plan();
  plan.changes.resize(2);  // runtime only
  const auto outcome = apply(plan, f.bench(), f.now);
  REQUIRE(outcome);
  f.machine.recover(Machine::Stop::power);
  f.machine.runtime[kSack] = "0";
  CHECK(undo(outcome->id, f.bench(), {2'000'000, 5, "boot-2"})->state == TransactionState::undone);
  CHECK(f.machine.runtime.at(kSack) == "0");
}

TEST_CASE("drift: what was written and is no longer so") {
  Fixture f;
  CHECK(find_drift(f.host, f.journal)->empty());
  f.applied();
  CHECK(find_drift(f.host, f.journal)->empty());
  f.machine.meddle(kPanic);
  f.machine.cache.erase(kOwn);
  f.machine.modules = {"sctp"};
  const auto drifts = find_drift(f.host, f.journal);
  REQUIRE(drifts);
  std::string seen;
  for (const Drift& one : *drifts) seen += one.change.path + "=" + one.now->value_or("-") + "\n";
  CHECK(seen == std::string(kOwn) + "=-\n" + kPanic + "=77\n/sys/module/sctp=loaded\n");
  CHECK(drifts->front().transaction == 1);
}

TEST_CASE("drift: where a file of sysctl.d cannot be read, the next boot cannot be told") {
  test::MemoryHost host({{kSack, "0\n"}, {kOwn, "net.ipv4.tcp_sack = 0\n"}});
  host.file("/usr/lib/systemd/systemd-sysctl", "");
  Machine machine;
  MachineJournal journal(machine);
  Transaction transaction;
  transaction.changes = {{Layer::runtime, kSack, "net.ipv4.tcp_sack", "1", "0"},
                         {Layer::file, kOwn, kOwn, std::nullopt, "net.ipv4.tcp_sack = 0\n"}};
  const auto id = journal.begin(transaction);
  REQUIRE(id);
  REQUIRE(journal.move(*id, TransactionState::confirmed, "", 1));
  CHECK(find_drift(host, journal)->empty());
  host.error("/etc/sysctl.d/50-secret.conf", Errc::denied);
  const auto drifts = find_drift(host, journal);
  REQUIRE(drifts->size() == 1);
  CHECK(drifts->front().holds_now);
  CHECK(drifts->front().next_boot.starts_with("cannot be told: /etc/sysctl.d/50-secret.conf"));
}

TEST_CASE("drift: the last transaction on a place counts; those that are undone or stuck do not") {
  Fixture f;
  f.applied();
  Plan plan;
  plan.changes = {Fixture::change(Layer::runtime, kPanic, "10", "20")};
  const auto second = apply(plan, f.bench(), f.now);
  REQUIRE(second);
  CHECK(find_drift(f.host, f.journal)->empty());
  f.machine.runtime[kPanic] = "10";  // what the first one wanted
  CHECK(find_drift(f.host, f.journal)->size() == 1);
  CHECK(find_drift(f.host, f.journal)->front().transaction == 2);
  REQUIRE(undo(second->id, f.bench(), f.now)->state == TransactionState::undone);
  CHECK(find_drift(f.host, f.journal)->empty());
  f.machine.put_file(kOwn, kForeign);
  REQUIRE(undo(1, f.bench(), f.now)->state == TransactionState::stuck);
  CHECK(find_drift(f.host, f.journal)->empty());
}
