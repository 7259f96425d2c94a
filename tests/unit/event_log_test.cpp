// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/event_log.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "tests/support/temporary_folder.h"

namespace harden::daemon {
namespace {

constexpr const char* kBoot = "one-boot";

EventLog::Bounds small() {
  EventLog::Bounds bounds;
  bounds.events = 10;
  bounds.block = 100;
  bounds.recent = 4;
  return bounds;
}

std::unique_ptr<EventLog> open(const TemporaryFolder& folder, const std::string& boot = kBoot,
                               EventLog::Bounds bounds = small()) {
  auto log = EventLog::open(folder.path().string(), boot, bounds);
  REQUIRE(log);
  return std::move(*log);
}

void tell(EventLog& log, int count) {
  for (int i = 0; i < count; ++i) log.tell("drift", "{\"i\":" + std::to_string(i) + "}", 1000 + i);
}

// "1 2 3", "1-5! 6": what is lost has a '!'.
std::string ids(const std::vector<Event>& events) {
  std::string out;
  for (const Event& event : events) {
    out += out.empty() ? "" : " ";
    if (event.type == "events.lost") {
      out += event.data + "!";
    } else {
      out += std::to_string(event.id);
    }
  }
  return out;
}

std::string content(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

// A process that was killed leaves its files as they are: a copy of them.
void kill_into(const TemporaryFolder& from, const TemporaryFolder& to) {
  std::filesystem::copy(from.path(), to.path(),
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
}

}  // namespace

TEST_CASE("events have ids from 1 on and are told again") {
  const TemporaryFolder folder;
  const auto log = open(folder);
  CHECK(log->last() == 0);
  const Event first = log->tell("drift", R"({"a":1})", 5);
  CHECK(first == Event{1, 5, "drift", R"({"a":1})"});
  log->tell("finding.appeared", R"({"b":"x y"})", 6);
  const auto all = log->after(0, 100);
  REQUIRE(all.size() == 2);
  CHECK(all[0] == first);
  CHECK(all[1] == Event{2, 6, "finding.appeared", R"({"b":"x y"})"});
  CHECK(ids(log->after(1, 100)) == "2");
  CHECK(ids(log->after(2, 100)).empty());
  CHECK(log->trouble().empty());
}

TEST_CASE("at most so many, and none beyond a last one") {
  const TemporaryFolder folder;
  const auto log = open(folder);
  tell(*log, 9);
  CHECK(ids(log->after(2, 3)) == "3 4 5");
  CHECK(ids(log->after(2, 100, 4)) == "3 4");
  CHECK(ids(log->after(7, 100)) == "8 9");
  CHECK(ids(log->after(4, 100, 4)).empty());
}

TEST_CASE("only the newest are kept, and what is gone is told") {
  const TemporaryFolder folder;
  const auto log = open(folder);
  tell(*log, 35);
  // Files of ten: 21 to 30 and 31 to 35.
  CHECK(ids(log->after(19, 3)) == R"({"first":20,"last":20}! 21 22 23)");
  CHECK(ids(log->after(0, 2)) == R"({"first":1,"last":20}! 21 22)");
  CHECK(log->after(0, 2).front().id == 20);
  CHECK(ids(log->after(28, 100)) == "29 30 31 32 33 34 35");
  CHECK(std::filesystem::file_size(folder.path() / "events") < 400);
  CHECK(std::filesystem::file_size(folder.path() / "events.1") < 400);
}

TEST_CASE("wherever a reader left off, it goes on with the next one") {
  const TemporaryFolder folder;
  EventLog::Bounds bounds = small();
  bounds.events = 300;
  const auto told = open(folder, kBoot, bounds);
  tell(*told, 700);
  // One that is longer than what is read at one time.
  told->tell("drift", std::string(60'000, 'x'), 0);
  told->tell("drift", std::string(60'000, 'y'), 0);
  tell(*told, 3);
  const auto reopened = open(folder, kBoot, bounds);
  for (const EventLog* log : {told.get(), reopened.get()}) {
    for (std::uint64_t id = 300; id < 705; ++id) {
      CAPTURE(id);
      const auto events = log->after(id, 2);
      REQUIRE(!events.empty());
      CHECK(events.front().id == id + 1);
      CHECK(events.back().id == std::min<std::uint64_t>(id + 2, 705));
    }
    CHECK(log->after(700, 1).front().data == std::string(60'000, 'x'));
    CHECK(log->after(0, 1000).size() == 406);  // what is gone is one
  }
}

TEST_CASE("a file is bounded in bytes too") {
  const TemporaryFolder folder;
  EventLog::Bounds bounds;
  bounds.bytes = 1000;
  const auto log = open(folder, kBoot, bounds);
  for (int i = 0; i < 1000; ++i) log->tell("drift", R"({"text":"0123456789"})", i);
  CHECK(std::filesystem::file_size(folder.path() / "events") < 1100);
  CHECK(std::filesystem::file_size(folder.path() / "events.1") < 1100);
  CHECK(log->last() == 1000);
}

TEST_CASE("an event that is too large says so") {
  const TemporaryFolder folder;
  EventLog::Bounds bounds;
  bounds.data = 100;
  const auto log = open(folder, kBoot, bounds);
  CHECK(log->tell("drift", std::string(101, 'x'), 0).data == R"({"too_large":101})");
  CHECK(log->tell("drift", std::string(100, 'x'), 0).data.size() == 100);
}

TEST_CASE("a restart goes on where it was, and keeps what was told") {
  const TemporaryFolder folder;
  { tell(*open(folder), 15); }
  const auto log = open(folder);
  CHECK(log->last() == 15);
  CHECK(log->tell("drift", "{}", 0).id == 16);
  CHECK(ids(log->after(12, 100)) == "13 14 15 16");
}

TEST_CASE("a clean end counts over a boot") {
  const TemporaryFolder folder;
  { tell(*open(folder), 3); }
  const auto log = open(folder, "another-boot");
  CHECK(log->tell("drift", "{}", 0).id == 4);
  CHECK(ids(log->after(0, 100)) == "1 2 3 4");
}

TEST_CASE("killed within a boot: no id is lost and none is given twice") {
  const TemporaryFolder folder;
  const TemporaryFolder after;
  const auto log = open(folder);
  tell(*log, 23);
  kill_into(folder, after);
  const auto next = open(after);
  CHECK(next->last() == 23);
  CHECK(next->tell("drift", "{}", 0).id == 24);
  CHECK(ids(next->after(20, 100)) == "21 22 23 24");
}

TEST_CASE("power was cut: ids go on behind all that may have been given") {
  const TemporaryFolder folder;
  const TemporaryFolder after;
  const auto log = open(folder);
  tell(*log, 23);
  kill_into(folder, after);
  // The newest lines never reached the disk.
  const auto text = content(after.path() / "events");
  std::ofstream(after.path() / "events") << text.substr(0, text.find('\n') + 1);
  const auto next = open(after, "another-boot");
  const Event event = next->tell("drift", "{}", 7);
  CHECK(event.id == 101);
  CHECK(ids(next->after(20, 100)) == R"(21 {"first":22,"last":100}! 101)");
  CHECK(ids(next->after(50, 100)) == R"({"first":51,"last":100}! 101)");
}

TEST_CASE("a line that was cut short is cut away") {
  for (const char* tail : {"24", "24 7 drift", "24 7 drift {", "x y z {}\n", "3 0 drift {}\n", "\n"}) {
    CAPTURE(tail);
    const TemporaryFolder folder;
    const TemporaryFolder after;
    const auto log = open(folder);
    tell(*log, 23);
    kill_into(folder, after);
    std::ofstream(after.path() / "events", std::ios::app) << tail;
    const auto next = open(after);
    CHECK(next->tell("drift", "{}", 0).id == 24);
    CHECK(ids(next->after(21, 100)) == "22 23 24");
  }
}

TEST_CASE("files without sense end nothing") {
  const TemporaryFolder folder;
  folder.write("events", std::string(5000, '\xff'));
  folder.write("events.1", "1 2 3\n");
  folder.write("events.next", "what -1 is this\n");
  const auto log = open(folder);
  CHECK(log->tell("drift", "{}", 0).id == 1);
  CHECK(ids(log->after(0, 10)) == "1");
}

TEST_CASE("a reader from another life hears what there is") {
  const TemporaryFolder folder;
  const auto log = open(folder);
  tell(*log, 2);
  CHECK(ids(log->after(999, 100)) == "1 2");
}

TEST_CASE("a folder that is not there, and a link, are errors") {
  const TemporaryFolder folder;
  CHECK(EventLog::open((folder.path() / "none").string(), kBoot).error().code == Errc::absent);
  folder.link("events", "elsewhere");
  CHECK(EventLog::open(folder.path().string(), kBoot).error().code == Errc::malformed);
}

TEST_CASE("several threads tell, and each event has an id of its own") {
  const TemporaryFolder folder;
  const auto log = open(folder, kBoot, {});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { tell(*log, 200); });
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint64_t> seen;
  for (const Event& event : log->after(0, 10'000)) seen.insert(event.id);
  CHECK(seen.size() == 800);
  CHECK(*seen.rbegin() == 800);
}

}  // namespace harden::daemon
