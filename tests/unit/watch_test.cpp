// SPDX-License-Identifier: Apache-2.0
//
// A watch on folders of the test's own and on engines that the test plays.
// Each wait is for an event; its patience only ends a test that hangs.
#include "agent/daemon/watch.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>

#include "agent/daemon/watch_parts.h"
#include "tests/support/temporary_folder.h"

using namespace harden;
using namespace harden::daemon;
namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::local::stream_protocol;
using Kind = Sighting::Kind;

namespace {

constexpr std::chrono::seconds kPatience{20};

// A watch, and what it saw.
struct Bed {
  asio::io_context context;
  std::vector<Sighting> seen;
  std::unique_ptr<Watch> watch;

  void start(WatchTargets targets) {
    targets.interfaces = targets.modules = targets.kmsg = false;
    watch = std::make_unique<Watch>(context, targets, [this](const Sighting& one) { seen.push_back(one); });
  }

  bool until(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
      context.restart();
      if (std::chrono::steady_clock::now() > end || context.run_one_until(end) == 0) return holds();
    }
    return true;
  }

  // Waits for a sighting, and forgets it with those before it.
  bool sees(Kind kind, const std::string& what) {
    const auto found = [&] {
      return std::ranges::find_if(seen, [&](const Sighting& one) { return one.kind == kind && one.what == what; });
    };
    if (!until([&] { return found() != seen.end(); })) return false;
    seen.erase(seen.begin(), found() + 1);
    return true;
  }

  WatchState state(const std::string& source) const {
    const auto states = watch->states();
    const auto found = std::ranges::find(states, source, &WatchState::source);
    REQUIRE(found != states.end());
    return *found;
  }
};

// An engine whose every answer the test writes.
struct Engine {
  Engine(asio::io_context& context, std::string at) : path(std::move(at)), acceptor(context), connection(context) {}

  void listen() {
    fs::remove(path);
    acceptor = stream_protocol::acceptor(acceptor.get_executor(), stream_protocol::endpoint(path));
    accept();
  }
  void accept() {
    acceptor.async_accept([this](const boost::system::error_code& error, stream_protocol::socket socket) {
      if (error) return;
      connection = std::move(socket);
      ++connections;
      accept();
    });
  }
  void say(const std::string& text) {
    boost::system::error_code ignored;
    asio::write(connection, asio::buffer(text), ignored);
  }
  void hang_up() {
    boost::system::error_code ignored;
    (void)connection.close(ignored);
  }

  std::string path;
  stream_protocol::acceptor acceptor;
  stream_protocol::socket connection;
  int connections = 0;
};

const std::string kOpen = "HTTP/1.1 200 OK\r\n\r\n";
const std::string kCreate = R"({"Type":"network","Action":"create"})"
                            "\n";

WatchTargets engine_targets(const std::string& socket, const std::string& pid_file = "") {
  WatchTargets targets;
  targets.engines = {{socket, pid_file}};
  return targets;
}

}  // namespace

TEST_CASE("files of a folder that is there") {
  const TemporaryFolder folder;
  const std::string path = folder.path().string();
  Bed bed;
  WatchTargets targets;
  targets.waivers = {path};
  bed.start(targets);
  CHECK(bed.state("waivers").watching);
  folder.write("a.toml", "x");
  CHECK(bed.sees(Kind::waivers, path));
  fs::rename(folder.path() / "a.toml", folder.path() / "b.toml");
  CHECK(bed.sees(Kind::waivers, path));
  fs::remove(folder.path() / "b.toml");
  CHECK(bed.sees(Kind::waivers, path));
  CHECK(bed.state("waivers").told == 3);
}

TEST_CASE("a folder that is made later, with the folders above it, and made again") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "etc/hardend/policies").string();
  Bed bed;
  WatchTargets targets;
  targets.policies = {path};
  bed.start(targets);
  folder.write("etc/hardend/policies/crash/a.toml", "x");
  REQUIRE(bed.sees(Kind::policies, path));
  for (int round = 0; round < 2; ++round) {
    CAPTURE(round);
    folder.write("etc/hardend/policies/crash/a.toml", "y");  // one level below
    CHECK(bed.sees(Kind::policies, path));
    fs::remove_all(folder.path() / "etc/hardend");
    CHECK(bed.sees(Kind::policies, path));
    folder.write("etc/hardend/policies/crash/a.toml", "z");
    CHECK(bed.sees(Kind::policies, path));
  }
}

TEST_CASE("one file among others, which is not there at first") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "etc/sysctl.conf").string();
  Bed bed;
  WatchTargets targets;
  targets.sysctl_d = {path};
  bed.start(targets);
  folder.write("etc/sysctl.conf", "a = 1");
  REQUIRE(bed.sees(Kind::sysctl_d, path));
  folder.write("etc/sysctl.conf.new", "a = 2");
  fs::rename(folder.path() / "etc/sysctl.conf.new", path);
  CHECK(bed.sees(Kind::sysctl_d, path));
}

TEST_CASE("a thousand files are a few sightings, and the last comes after the last change") {
  const TemporaryFolder folder;
  Bed bed;
  WatchTargets targets;
  targets.policies = {folder.path().string()};
  bed.start(targets);
  for (int i = 0; i < 1000; ++i) folder.write(std::to_string(i) + ".toml", "x");
  REQUIRE(bed.sees(Kind::policies, folder.path().string()));
  CHECK(bed.seen.empty());
  CHECK(bed.state("policies").told < 10);
}

TEST_CASE("what cannot be watched says why") {
  Bed bed;
  WatchTargets targets = engine_targets("/nonexistent/docker.sock");
  targets.sysctls = {"no.such.key", "", "..", "a/../../b"};
  bed.start(targets);
  const WatchState engine = bed.state("engine /nonexistent/docker.sock");
  CHECK_FALSE(engine.watching);
  CHECK(engine.why_not == "there is no such socket");
  CHECK(bed.state("sysctls").note.starts_with("0 of 4 keys"));
}

TEST_CASE("events of an engine, its end, and its coming back") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "docker.sock").string();
  const std::string source = "engine " + path;
  Bed bed;
  Engine engine(bed.context, path);
  bed.start(engine_targets(path));
  CHECK_FALSE(bed.state(source).watching);
  engine.listen();  // seen to come
  REQUIRE(bed.until([&] { return engine.connections == 1; }));
  engine.say(kOpen);
  REQUIRE(bed.sees(Kind::engine, path + ": connected"));
  CHECK(bed.state(source).watching);
  engine.say(kCreate);
  CHECK(bed.sees(Kind::engine, path + ": network create"));
  engine.hang_up();
  CHECK(bed.sees(Kind::engine, path + ": gone"));
  CHECK_FALSE(bed.state(source).watching);
  REQUIRE(bed.until([&] { return engine.connections == 2; }));
  engine.say(kOpen + kCreate);
  CHECK(bed.sees(Kind::engine, path + ": network create"));
}

TEST_CASE("a flood of events is few sightings, and the last comes after the last event") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "docker.sock").string();
  Bed bed;
  Engine engine(bed.context, path);
  engine.listen();
  bed.start(engine_targets(path));
  REQUIRE(bed.until([&] { return engine.connections == 1; }));
  std::string flood = kOpen;
  for (int i = 0; i < 50'000; ++i) flood += kCreate;
  flood += R"({"Type":"network","Action":"destroy"})"
           "\n";
  asio::async_write(engine.connection, asio::buffer(flood), [](const boost::system::error_code&, std::size_t) {});
  REQUIRE(bed.sees(Kind::engine, path + ": network destroy"));
  const WatchState state = bed.state("engine " + path);
  CHECK(state.told + state.merged == 50'002);
  CHECK(state.told < 200);
}

TEST_CASE("an engine that answers nonsense is asked again, and told as lost only where events were") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "docker.sock").string();
  Bed bed;
  Engine engine(bed.context, path);
  engine.listen();
  bed.start(engine_targets(path));
  REQUIRE(bed.until([&] { return engine.connections == 1; }));
  engine.say("HTTP/1.1 500 Oops\r\n\r\n");
  REQUIRE(bed.until([&] { return engine.connections == 2; }));
  CHECK(bed.seen.empty());
  CHECK(bed.state("engine " + path).lost == 0);
  engine.say(kOpen + "garbage\n" + kCreate);
  CHECK(bed.sees(Kind::lost, "engine " + path));
}

TEST_CASE("an engine is not asked without its pid file, since that could start it") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "docker.sock").string();
  const std::string pid_file = (folder.path() / "docker.pid").string();
  Bed bed;
  Engine engine(bed.context, path);
  engine.listen();
  bed.start(engine_targets(path, pid_file));
  bed.context.poll();
  CHECK(engine.connections == 0);
  CHECK(bed.state("engine " + path).why_not.contains("could start the engine"));
  folder.write("docker.pid", "1");
  CHECK(bed.until([&] { return engine.connections == 1; }));
}

TEST_CASE("sightings of one thing are merged, of others they are not") {
  asio::io_context context;
  std::vector<Sighting> seen;
  Teller teller(context.get_executor(), [&](Sighting one) { seen.push_back(std::move(one)); });
  const Teller::Pace pace{milliseconds(0), milliseconds(50)};
  const auto tell = [&](const std::string& key, pid_t pid) { teller.tell("s", {Kind::sysctl, key, pid, "", 0}, pace); };
  tell("a", 1);
  tell("b", 2);
  CHECK(seen.size() == 2);  // at once
  for (pid_t pid = 10; pid < 20; ++pid) tell("a", pid);
  CHECK(seen.size() == 2);
  context.run();
  REQUIRE(seen.size() == 3);
  CHECK(seen.back().what == "a");
  CHECK(seen.back().pid == 19);  // the last who wrote
  CHECK(teller.counts("s").told == 3);
  CHECK(teller.counts("s").merged == 9);
}

TEST_CASE("who waits for each to be told is never merged; a flood is, up to its end") {
  asio::io_context context;
  const auto busy = asio::make_work_guard(context);
  std::vector<Sighting> seen;
  Teller teller(context.get_executor(), [&](Sighting one) { seen.push_back(std::move(one)); });
  const Teller::Pace pace{milliseconds(0), milliseconds(64), milliseconds(1)};
  const auto tell = [&](pid_t pid) { teller.tell("s", {Kind::sysctl, "a", pid, "", 0}, pace); };
  for (std::size_t i = 0; i < 200; ++i) {
    tell(1);
    while (seen.size() <= i) context.run_one();
  }
  CHECK(teller.counts("s").merged == 0);
  pid_t pid = 1;
  while (seen.size() < 206) {
    for (int i = 0; i < 3; ++i) tell(++pid);
    context.run_one();
  }
  while (seen.back().pid != pid) context.run_one();
  CHECK(teller.counts("s").merged + teller.counts("s").told == 200 + static_cast<std::uint64_t>(pid) - 1);
}

TEST_CASE("more things than are kept apart are one sighting that says so") {
  asio::io_context context;
  std::vector<Sighting> seen;
  Teller teller(context.get_executor(), [&](Sighting one) { seen.push_back(std::move(one)); });
  const Teller::Pace pace{milliseconds(1), milliseconds(1)};
  for (std::size_t i = 0; i < 3 * Teller::kMostPending; ++i) {
    teller.tell("s", {Kind::interface, "veth" + std::to_string(i), 0, "", 0}, pace);
  }
  context.run();
  const auto lost = std::ranges::count(seen, Kind::lost, &Sighting::kind);
  CHECK(lost >= 1);
  CHECK(lost <= 2);
  CHECK(seen.size() <= Teller::kMostPending + 2);
  CHECK(teller.counts("s").lost == 2 * Teller::kMostPending);
}

TEST_CASE("a watch that ends leaves nothing behind that would call it") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "docker.sock").string();
  Bed bed;
  Engine engine(bed.context, path);
  engine.listen();
  WatchTargets targets = engine_targets(path);
  targets.policies = {folder.path().string()};
  bed.start(targets);
  REQUIRE(bed.until([&] { return engine.connections == 1; }));
  engine.say(kOpen);
  folder.write("a.toml", "x");
  bed.watch.reset();
  engine.hang_up();
  engine.acceptor.close();
  bed.context.restart();
  bed.context.run();
  CHECK(bed.seen.empty());
}
