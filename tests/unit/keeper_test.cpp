// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/keeper.h"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <future>
#include <optional>

#include "tests/support/daemon_host.h"

namespace harden::daemon {
namespace {

using test::DaemonHost;
using test::kSack;

// A keeper with its worker, and an I/O thread that is this one.
class Running {
 public:
  explicit Running(DaemonHost& host, Config config = DaemonHost::config()) {
    auto log = EventLog::open(host.state(), "one-boot");
    REQUIRE(log);
    events = std::move(*log);
    keeper = std::make_unique<Keeper>(io, host.place(), system_clock(), *events,
                                      std::make_shared<const Config>(std::move(config)));
  }

  void start() {
    bool ready = false;
    keeper->start([&] { ready = true; });
    until([&] { return ready; });
  }
  // Runs the I/O thread until something is so. A test that never gets there
  // hangs, and the test's own limit of time ends it.
  template <typename Condition>
  void until(const Condition& condition) {
    while (!condition()) io.run_one();
  }
  // Asks, and waits for the answer.
  template <typename T, typename Ask>
  Result<T> answer(const Ask& ask) {
    std::optional<Result<T>> got;
    ask([&](Result<T> result) { got = std::move(result); });
    until([&] { return got.has_value(); });
    return std::move(*got);
  }

  boost::asio::io_context io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy = boost::asio::make_work_guard(io);
  std::unique_ptr<EventLog> events;
  std::unique_ptr<Keeper> keeper;
};

// Holds the worker until it is let go.
class Held {
 public:
  explicit Held(Keeper& keeper) {
    keeper.on_worker([this] {
      reached_.set_value();
      gate_.get_future().wait();
    });
    reached_.get_future().wait();
  }
  void let_go() { gate_.set_value(); }

 private:
  std::promise<void> reached_;
  std::promise<void> gate_;
};

}  // namespace

TEST_CASE("there is no snapshot before the first look, and one after it") {
  DaemonHost host;
  Running running(host);
  CHECK(running.keeper->snapshot() == nullptr);
  CHECK(running.keeper->service().mode == "report");
  running.start();
  REQUIRE(running.keeper->snapshot() != nullptr);
  CHECK(running.keeper->snapshot()->generation == 1);
}

TEST_CASE("requests are answered on the I/O thread") {
  DaemonHost host;
  Running running(host);
  running.start();
  Keeper& keeper = *running.keeper;
  const auto plan = running.answer<Plan>([&](auto done) { keeper.plan({}, done); });
  REQUIRE(plan);
  ApplyOrder order;
  order.digest = plan->digest;
  const auto applied = running.answer<Applied>([&](auto done) { keeper.apply(order, {7, 8}, done); });
  REQUIRE(applied);
  CHECK(applied->outcome.state == TransactionState::confirmed);
  CHECK(host.get(kSack) == "0");
  // Whoever was answered finds the new state in the snapshot.
  CHECK(keeper.snapshot()->standing.size() == 1);
  CHECK(running.answer<std::vector<Transaction>>([&](auto done) { keeper.history(5, done); })->size() == 1);
  CHECK(running.answer<Transaction>([&](auto done) { keeper.transaction(9, done); }).error().code == Errc::absent);
  const auto again = running.answer<std::shared_ptr<const Snapshot>>([&](auto done) { keeper.evaluate(done); });
  CHECK((*again)->generation > 1);
  const auto undone = running.answer<Outcome>([&](auto done) { keeper.undo(1, false, {7, 8}, done); });
  CHECK(undone->state == TransactionState::undone);
}

TEST_CASE("a queue that is full says so at once") {
  DaemonHost host;
  Config config = DaemonHost::config();
  config.limits.queue = 2;
  Running running(host, config);
  running.start();
  Held held(*running.keeper);
  int answered = 0;
  int refused = 0;
  for (int i = 0; i < 5; ++i) {
    running.keeper->history(1, [&](const Result<std::vector<Transaction>>& result) {
      ++answered;
      if (!result) refused += result.error().code == Errc::unavailable ? 1 : 0;
    });
  }
  running.until([&] { return refused == 3; });
  CHECK(answered == 3);
  held.let_go();
  running.until([&] { return answered == 5; });
  CHECK(refused == 3);
}

TEST_CASE("what still waits when it stops is answered") {
  DaemonHost host;
  Running running(host);
  running.start();
  Held held(*running.keeper);
  std::optional<Errc> waiting;
  running.keeper->history(1, [&](const Result<std::vector<Transaction>>& result) { waiting = result.error().code; });
  // The worker goes on only after it has been told to stop, which who asks hears.
  std::thread stopper([&] { running.keeper->stop(); });
  bool stopping = false;
  while (!stopping) {
    running.keeper->history(1, [&](const Result<std::vector<Transaction>>& result) {
      if (!result) stopping |= describe(result.error()).find("is stopping") != std::string::npos;
    });
    running.io.poll();
    std::this_thread::yield();
  }
  held.let_go();
  stopper.join();
  std::optional<Errc> late;
  running.keeper->history(1, [&](const Result<std::vector<Transaction>>& result) { late = result.error().code; });
  running.until([&] { return late.has_value(); });
  CHECK(late == Errc::unavailable);
}

TEST_CASE("every event is heard once, in order, from where one left off") {
  DaemonHost host;
  Running running(host);
  std::vector<std::uint64_t> heard;
  running.keeper->subscribe([&](const Event& event) { heard.push_back(event.id); });
  running.start();
  running.until([&] { return heard.size() == 1; });
  for (int i = 0; i < 1000; ++i) running.events->tell("drift", "{}", 0);
  running.until([&] { return heard.size() >= 500; });
  // Somebody who comes in the middle of it asks for what was, and subscribes.
  std::vector<std::uint64_t> late;
  for (const Event& event : running.keeper->events_after(0, 2000)) late.push_back(event.id);
  CHECK(late.back() == running.keeper->last_event());
  const auto id = running.keeper->subscribe([&](const Event& event) { late.push_back(event.id); });
  running.until([&] { return heard.size() == 1001; });
  for (std::size_t i = 0; i < heard.size(); ++i) REQUIRE(heard[i] == i + 1);
  CHECK(late == heard);
  running.keeper->unsubscribe(id);
  running.events->tell("drift", "{}", 0);
  running.until([&] { return heard.size() == 1002; });
  CHECK(late.size() == 1001);
}

TEST_CASE("a listener may leave while it is told") {
  DaemonHost host;
  Running running(host);
  int heard = 0;
  std::uint64_t id = 0;
  id = running.keeper->subscribe([&](const Event&) {
    ++heard;
    running.keeper->unsubscribe(id);
  });
  running.start();
  for (int i = 0; i < 3; ++i) running.events->tell("drift", "{}", 0);
  running.until([&] { return running.keeper->last_event() == 4; });
  CHECK(heard == 1);
}

TEST_CASE("a sighting wakes the worker") {
  DaemonHost host;
  Running running(host);
  std::vector<std::string> heard;
  running.keeper->subscribe([&](const Event& event) { heard.push_back(event.type); });
  running.start();
  running.until([&] { return heard.size() == 1; });
  host.set(kSack, "0");
  running.keeper->sight(test::sysctl_sighting(kSack));
  running.until([&] { return heard.size() == 3; });
  CHECK(heard == std::vector<std::string>{"finding.appeared", "sysctl", "finding.cleared"});
}

TEST_CASE("it makes progress, or it does not") {
  DaemonHost host;
  Running running(host);
  running.start();
  bool alive = false;
  running.keeper->ping([&] { alive = true; });
  running.until([&] { return alive; });
  Held held(*running.keeper);
  bool again = false;
  running.keeper->ping([&] { again = true; });
  running.io.poll();
  CHECK_FALSE(again);
  held.let_go();
  running.until([&] { return again; });
}

TEST_CASE("another configuration counts from then on") {
  DaemonHost host;
  Running running(host);
  running.start();
  running.keeper->reconfigure(std::make_shared<const Config>(DaemonHost::config(Mode::enforce)));
  CHECK(running.keeper->service().mode == "enforce");
  running.until([&] { return !running.keeper->snapshot()->standing.empty(); });
  CHECK(host.get(kSack) == "0");
}

TEST_CASE("troubles are told until they are over") {
  DaemonHost host;
  Running running(host);
  running.start();
  running.keeper->set_trouble("configuration", "it is bad");
  CHECK(running.keeper->service().troubles == std::vector<std::string>{"it is bad"});
  running.keeper->set_trouble("configuration", "");
  CHECK(running.keeper->service().troubles.empty());
}

TEST_CASE("it stops, also when it never started") {
  DaemonHost host;
  Running running(host);
  running.keeper->stop();
  running.keeper.reset();
}

}  // namespace harden::daemon
