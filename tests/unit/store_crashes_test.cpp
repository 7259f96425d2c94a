// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/store/crashes.h"
#include "tests/support/sample_crash.h"
#include "tests/support/sample_transaction.h"

using namespace harden;
using namespace harden::test;
using namespace std::string_literals;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::int64_t kDay = 24L * 60 * 60;

struct Fixture {
  TemporaryFolder folder;
  std::string path = (folder.path() / "state.db").string();
  std::unique_ptr<Store> store = opened(path);
  StoredCrashes book{*store};

  std::vector<KeptCrash> all() const {
    auto crashes = book.all();
    REQUIRE_MESSAGE(crashes.has_value(), describe(crashes.error()));
    return std::move(*crashes);
  }
  std::vector<Strike> strikes() const {
    auto found = book.strikes();
    REQUIRE_MESSAGE(found.has_value(), describe(found.error()));
    return std::move(*found);
  }
};

CrashMatch match_of(const std::string& policy, Confidence confidence = Confidence::certain) {
  return {policy, confidence, {"one reason", "another: \x1b[31m\xff"}};
}

CrashSighting sighting(CrashRecord record, std::int64_t time = kNow, const std::string& source = "/sys/fs/pstore") {
  return {std::move(record), {match_of("ip6mr-sk-done")}, source, "9a1f", time};
}

CrashRecord at_uptime(double uptime) {
  CrashRecord record = incident();
  record.uptime = uptime;
  return record;
}

}  // namespace

TEST_CASE("a crash comes back as it was found") {
  Fixture fixture;
  CHECK(fixture.all().empty());
  CrashRecord record = incident();
  record.corrupted = true;
  record.corrupted_why = "cut off";
  record.taint = "G W";
  record.hardware = "a board";
  record.count = 3;
  record.frames.push_back(frame_of("doubtful", false));
  record.frames.back().inlined = true;
  record.frames.back().place.module = "bridge";
  record.frames.back().place.where = "net/bridge/br.c:1";
  record.fault_address = 0xffff'ffff'ffff'fff0;
  REQUIRE(fixture.book.add(sighting(record)) == true);
  fixture.store = opened(fixture.path);
  const auto all = StoredCrashes(*fixture.store).all();
  REQUIRE(all);
  REQUIRE(all->size() == 1);
  const KeptCrash& kept = all->front();
  CHECK(kept.fingerprint == fingerprint(record));
  CHECK(kept.matches == std::vector{match_of("ip6mr-sk-done")});
  CHECK(kept.source == "/sys/fs/pstore");
  CHECK(kept.boot_id == "9a1f");
  CHECK(kept.first == kNow);
  CHECK(kept.last == kNow);
  CHECK(kept.count == 3);
  CHECK_FALSE(kept.acknowledged);
  const CrashRecord& got = kept.record;
  CHECK(got.title == record.title);
  CHECK(got.type == record.type);
  CHECK(got.corrupted);
  CHECK(got.corrupted_why == "cut off");
  CHECK(got.first);
  CHECK(got.kernel == record.kernel);
  CHECK(got.kernel_version == record.kernel_version);
  CHECK(got.taint == "G W");
  CHECK(got.hardware == "a board");
  CHECK(got.comm == "exe");
  CHECK(got.cpu == 3);
  CHECK(got.pid == 12345);
  CHECK(got.fault_address == 0xffff'ffff'ffff'fff0);
  CHECK(got.at == record.at);
  CHECK(got.frames == record.frames);
  CHECK(got.precursors == record.precursors);
  CHECK(got.text == record.text);
}

TEST_CASE("what a source tells is put down at once, each occasion for itself") {
  Fixture fixture;
  const std::vector<CrashSighting> told = {sighting(at_uptime(1), kNow), sighting(at_uptime(2), kNow + 1),
                                           sighting(at_uptime(1), kNow)};
  const auto added = fixture.book.add_all(told);
  REQUIRE(added);
  CHECK(*added == std::vector<bool>{true, true, false});
  const auto all = fixture.book.all();
  REQUIRE(all);
  REQUIRE(all->size() == 1);
  CHECK(all->front().count == 2);
  CHECK(fixture.book.add_all({})->empty());
}

TEST_CASE("one occasion counts once, whoever tells of it") {
  Fixture fixture;
  CHECK(fixture.book.add(sighting(at_uptime(12.5), kNow, "/sys/fs/pstore")) == true);
  CHECK(fixture.book.add(sighting(at_uptime(12.5), kNow + 60, "/var/crash/x/vmcore")) == false);
  CHECK(fixture.book.add(sighting(at_uptime(99.25), kNow + kDay)) == true);
  CHECK(fixture.book.all()->front().record.uptime == 99.25);
  const auto all = fixture.all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].count == 2);
  CHECK(all[0].first == kNow);
  CHECK(all[0].last == kNow + kDay);
}

TEST_CASE("without an uptime the boot tells occasions apart, and else the source") {
  Fixture fixture;
  CrashRecord record = incident();
  record.uptime.reset();
  auto told = sighting(record);
  CHECK(fixture.book.add(told) == true);
  told.source = "journal";
  CHECK(fixture.book.add(told) == false);
  told.boot_id = "another";
  CHECK(fixture.book.add(told) == true);
  told.boot_id = "";
  CHECK(fixture.book.add(told) == true);
  CHECK(fixture.book.add(told) == false);
  told.source = "kmsg";
  CHECK(fixture.book.add(told) == true);
  CHECK(fixture.all()[0].count == 4);
  CHECK_FALSE(fixture.all()[0].record.uptime);
}

TEST_CASE("a log that went on has more of the same") {
  Fixture fixture;
  CrashRecord record = incident();
  record.count = 2;
  REQUIRE(fixture.book.add(sighting(record)));
  record.count = 7;
  CHECK(fixture.book.add(sighting(record)) == false);
  CHECK(fixture.all()[0].count == 7);
  record.count = 1;
  CHECK(fixture.book.add(sighting(record)) == false);
  CHECK(fixture.all()[0].count == 7);
}

TEST_CASE("the same crash of another kernel is another crash, the newest first") {
  Fixture fixture;
  CrashRecord record = incident();
  REQUIRE(fixture.book.add(sighting(record, kNow)));
  record.kernel = "3.10.0-957.el7.x86_64";
  REQUIRE(fixture.book.add(sighting(record, kNow + 1)));
  const auto all = fixture.all();
  REQUIRE(all.size() == 2);
  CHECK(all[0].record.kernel == "3.10.0-957.el7.x86_64");
  CHECK(all[0].fingerprint == all[1].fingerprint);
}

TEST_CASE("a whole report is not given up for one that is cut off") {
  Fixture fixture;
  CrashRecord record = at_uptime(1);
  REQUIRE(fixture.book.add(sighting(record)));
  CrashRecord cut_off = at_uptime(2);
  cut_off.corrupted = true;
  cut_off.comm = "nobody";
  REQUIRE(fixture.book.add(sighting(cut_off)));
  CHECK(fixture.all()[0].record.comm == "exe");
  cut_off.corrupted = false;
  REQUIRE(fixture.book.add(sighting(cut_off)));
  CHECK(fixture.all()[0].record.comm == "nobody");
}

TEST_CASE("matches are brought up to date") {
  Fixture fixture;
  auto told = sighting(incident());
  told.matches = {};
  REQUIRE(fixture.book.add(told));
  CHECK(fixture.strikes().empty());
  told.matches = {match_of("a"), match_of("b", Confidence::possible)};
  CHECK(fixture.book.add(told) == false);
  const auto strikes = fixture.strikes();
  REQUIRE(strikes.size() == 2);
  const std::string mark = fingerprint(incident());
  CHECK(strikes[0] == Strike{"a", Confidence::certain, mark, "3.10.0-862.el7.x86_64", 1, kNow});
  CHECK(strikes[1] == Strike{"b", Confidence::possible, mark, "3.10.0-862.el7.x86_64", 1, kNow});
}

TEST_CASE("what is acknowledged strikes no more until it strikes again") {
  Fixture fixture;
  const std::string mark = fingerprint(incident());
  CHECK(code_of(fixture.book.acknowledge(mark, kNow)) == Errc::absent);
  REQUIRE(fixture.book.add(sighting(at_uptime(1), kNow)));
  REQUIRE(fixture.book.add(sighting(at_uptime(2), kNow + 1)));
  CHECK(fixture.strikes()[0].count == 2);
  REQUIRE(fixture.book.acknowledge(mark, kNow + 2));
  CHECK(fixture.strikes().empty());
  CHECK(fixture.all()[0].acknowledged == kNow + 2);
  CHECK(fixture.book.add(sighting(at_uptime(2), kNow + 5)) == false);  // read again
  CHECK(fixture.strikes().empty());
  REQUIRE(fixture.book.add(sighting(at_uptime(3), kNow + 10)));
  REQUIRE(fixture.strikes().size() == 1);
  CHECK(fixture.strikes()[0].count == 1);
  CHECK(fixture.strikes()[0].last == kNow + 10);
  CHECK(fixture.all()[0].count == 3);
}

TEST_CASE("the oldest crashes are dropped where there are too many") {
  Fixture fixture;
  for (std::size_t i = 0; i < kMostCrashes + 5; ++i) {
    CrashRecord record = incident();
    record.kernel = std::to_string(i);
    REQUIRE(fixture.book.add(sighting(record, kNow + static_cast<std::int64_t>(i))));
  }
  const auto all = fixture.all();
  CHECK(all.size() == kMostCrashes);
  CHECK(all.back().record.kernel == "5");
}

TEST_CASE("long texts are cut, and too many bytes dropped") {
  Fixture fixture;
  CrashRecord record = incident();
  record.text = std::string(1 << 20, 'x');
  record.title = std::string(5000, 'y') + "ü";
  record.frames.assign(1000, frame_of(std::string(3000, 'f')));
  for (int i = 0; i < 400; ++i) record.precursors.push_back({Precursor::Kind::pattern, std::string(2000, 'p'), 0});
  for (int i = 0; i < 300; ++i) {
    record.kernel = std::to_string(i);
    REQUIRE(fixture.book.add(sighting(record, kNow + i)));
    if (i == 2) {
      record.frames.clear();
      record.precursors.clear();
    }
  }
  const auto all = fixture.all();
  CHECK(all.size() == kMostCrashBytes / kMostCrashText);
  CHECK(all[0].record.text.size() == kMostCrashText);
  CHECK(all[0].record.title.size() == kMostCrashWord);
}

TEST_CASE("hostile text comes back byte by byte") {
  Fixture fixture;
  CrashRecord record = incident();
  record.title = "\0\x1b]0;owned\a\xff'; DROP TABLE crashes; --"s;
  record.comm = "\xc3";
  record.text = std::string("\0\n\r", 3);
  REQUIRE(fixture.book.add(sighting(record)));
  CHECK(fixture.all()[0].record.title == record.title);
  CHECK(fixture.all()[0].record.comm == record.comm);
  CHECK(fixture.all()[0].record.text == record.text);
}

TEST_CASE("a crash that never was written is damage") {
  const std::vector<std::string> damages{
      "UPDATE crashes SET type = 'nonsense'",
      "UPDATE crashes SET corrupted = 7",
      "DELETE FROM crash_occasions",
      "UPDATE crash_occasions SET count = 0",
      "UPDATE crash_frames SET reliable = 2",
      "UPDATE crash_precursors SET kind = ''",
      "UPDATE crash_matches SET confidence = 'x'",
      "UPDATE crashes SET cpu = -1",
  };
  for (const std::string& damage : damages) {
    CAPTURE(damage);
    Fixture fixture;
    REQUIRE(fixture.book.add(sighting(incident())));
    fixture.store = nullptr;
    sql(fixture.path, damage);
    const auto store = opened(fixture.path);
    CHECK(code_of(StoredCrashes(*store).all()) == Errc::malformed);
  }
}

TEST_CASE("a store that is only read takes no crash") {
  Fixture fixture;
  REQUIRE(fixture.book.add(sighting(incident())));
  fixture.store = nullptr;
  const auto reader = open_store_for_reading(fixture.path);
  REQUIRE(reader);
  StoredCrashes book(**reader);
  CHECK(code_of(book.add(sighting(at_uptime(7)))) == Errc::denied);
  CHECK(book.all()->size() == 1);
  CHECK(book.strikes()->size() == 1);
}
