// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/engine/crash_watch.h"
#include "agent/store/crashes.h"
#include "tests/support/memory_host.h"
#include "tests/support/sample_transaction.h"
#include "tests/support/source_dir.h"

using namespace harden;
using namespace harden::test;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;

const std::vector<Policy>& policies() {
  static const PolicySet set = load_policies(*live_host(), (source_dir() / "policies").string());
  return set.policies;
}

std::string sample(const std::string& name) {
  const auto text = live_host()->read((source_dir() / "tests/crash/samples" / name).string());
  REQUIRE(text);
  return *text;
}

struct Fixture {
  TemporaryFolder folder;
  std::unique_ptr<Store> store = opened((folder.path() / "state.db").string());
  StoredCrashes book{*store};
};

// A book that nothing can be written into.
class FullBook : public CrashBook {
 public:
  Result<std::vector<bool>> add_all(std::span<const CrashSighting>) override {
    return fail(Errc::failed, "the disk is full");
  }
  Result<std::vector<KeptCrash>> all() const override { return std::vector<KeptCrash>(); }
  Result<std::vector<Strike>> strikes() const override { return std::vector<Strike>(); }
  Result<> acknowledge(const std::string&, std::int64_t) override { return {}; }
};

}  // namespace

TEST_CASE("what the kernel says is noted once, with the bug that it is") {
  Fixture fixture;
  const CrashOrigin live{"kmsg", "9a1f", kNow, ""};
  const auto noted = take_kmsg(sample("ip6mr-sk-done.el7.log"), live, policies(), fixture.book);
  REQUIRE(noted);
  REQUIRE(noted->fresh.size() == 1);
  CHECK(noted->warnings.empty());
  CHECK(noted->fresh[0].source == "kmsg");
  CHECK(noted->fresh[0].boot_id == "9a1f");
  CHECK(noted->fresh[0].time == kNow);
  REQUIRE(noted->fresh[0].matches.size() == 1);
  CHECK(noted->fresh[0].matches[0].policy == "ip6mr-sk-done");
  // The next start finds it in pstore.
  const auto again =
      take_kmsg(sample("ip6mr-sk-done.el7.log"), {"/sys/fs/pstore", "", kNow + 100, ""}, policies(), fixture.book);
  REQUIRE(again);
  CHECK(again->fresh.empty());
  REQUIRE(fixture.book.all()->size() == 1);
  const auto strikes = fixture.book.strikes();
  REQUIRE(strikes->size() == 1);
  CHECK(strikes->front().confidence == Confidence::certain);
  CHECK(strikes->front().count == 1);
}

TEST_CASE("messages without a crash are a warning and no record") {
  Fixture fixture;
  const auto noted =
      take_kmsg(sample("warning.log"), {"kmsg", "9a1f", kNow, "3.10.0-862.el7.x86_64"}, policies(), fixture.book);
  REQUIRE(noted);
  CHECK(noted->fresh.empty());
  CHECK(noted->warnings.size() == 2);
  CHECK(fixture.book.all()->empty());
}

TEST_CASE("ordinary messages are nothing") {
  Fixture fixture;
  const auto noted = take_kmsg(sample("nothing.log"), {"kmsg", "9a1f", kNow, ""}, policies(), fixture.book);
  REQUIRE(noted);
  CHECK(noted->fresh.empty());
  CHECK(noted->warnings.empty());
}

TEST_CASE("a host's own traces are found at start, and once") {
  Fixture fixture;
  MemoryHost host;
  host.file("/var/lib/systemd/pstore/1764150000/dmesg.txt", sample("ip6mr-sk-done.el7.log"));
  host.file("/var/crash/127.0.0.1-2026-11-20-03:11:07/vmcore-dmesg.txt", sample("unknown.log"));
  const CrashSweep first = scan_crashes(host, policies(), fixture.book, kNow);
  CHECK(first.problems.empty());
  REQUIRE(first.fresh.size() == 2);
  const auto strikes = fixture.book.strikes();
  REQUIRE(strikes->size() == 1);
  CHECK(strikes->front().policy == "ip6mr-sk-done");
  const CrashSweep second = scan_crashes(host, policies(), fixture.book, kNow + 60);
  CHECK(second.fresh.empty());
  CHECK(fixture.book.all()->size() == 2);
}

TEST_CASE("a sweep tells what it could not note or read, and goes on") {
  FullBook book;
  MemoryHost host;
  host.file("/var/lib/systemd/pstore/1764150000/dmesg.txt", sample("ip6mr-sk-done.el7.log"));
  host.error("/var/crash", Errc::denied);
  const CrashSweep found = scan_crashes(host, policies(), book, kNow);
  CHECK(found.fresh.empty());
  REQUIRE(found.problems.size() == 2);
  CHECK(found.problems[0].code == Errc::denied);
  CHECK(found.problems[1].message == "the disk is full");
}

TEST_CASE("a book that cannot be written is an error") {
  FullBook book;
  const auto noted = take_kmsg(sample("unknown.log"), {"kmsg", "", kNow, ""}, policies(), book);
  REQUIRE_FALSE(noted);
  CHECK(noted.error().code == Errc::failed);
}

TEST_CASE("crashes are counted by policy and type") {
  const auto kept = [](CrashType type, std::int64_t count, std::vector<CrashMatch> matches) {
    KeptCrash crash;
    crash.record.type = type;
    crash.count = count;
    crash.matches = std::move(matches);
    return crash;
  };
  const CrashMatch sure{"a", Confidence::certain, {}};
  const CrashMatch likely{"b", Confidence::likely, {}};
  const CrashMatch possible{"c", Confidence::possible, {}};
  const auto counts = count_crashes({kept(CrashType::panic, 2, {sure}), kept(CrashType::panic, 3, {sure, likely}),
                                     kept(CrashType::warning, 1, {sure}), kept(CrashType::warning, 5, {possible}),
                                     kept(CrashType::warning, 7, {})});
  CHECK(counts == std::vector<CrashCount>{{"", CrashType::warning, 12},
                                          {"a", CrashType::warning, 1},
                                          {"a", CrashType::panic, 5},
                                          {"b", CrashType::panic, 3}});
  CHECK(count_crashes({}).empty());
}
