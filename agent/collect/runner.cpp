// SPDX-License-Identifier: Apache-2.0
//
// A few workers take the collectors in turn while the caller watches the
// clock. A worker stuck in a system call cannot be stopped, so it is left
// behind with a share of the round, and the next worker takes over its lane.
#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "agent/collect/registry.h"
#include "agent/core/parallel.h"

namespace harden::probe {
namespace {

using Clock = std::chrono::steady_clock;

struct Task {
  Collector collector;
  std::vector<Fact> found;
  CollectorRun run;
  std::string trouble;  // what it threw
};

// One worker's place. Only the worker of the current shift may write to the
// round; one that was left behind finds that its shift is over.
struct Lane {
  std::thread worker;
  std::size_t shift = 0;
  std::optional<std::size_t> task;  // the one under way
  Clock::time_point started;        // of that one
};

// What the caller and its workers share; a worker that was left behind keeps
// it alive.
struct Round {
  std::shared_ptr<const Host> host;
  Wanted wanted;
  std::vector<Task> tasks;

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t next = 0;  // the first task that nobody took; tasks.size(): none left
  std::vector<Lane> lanes;
};

std::chrono::microseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
}

// Works on its own sink and copy, so that nothing of the round is touched
// while the lock is not held.
void run_one(Round& round, const Collector& collector, FactSink& sink, std::string& trouble) {
  try {
    collector.collect(*round.host, round.wanted, sink);
  } catch (const std::exception& error) {
    trouble = error.what();
  } catch (...) {
    trouble = "an exception of no known type";
  }
}

void work(const std::shared_ptr<Round>& round, Lane& lane, std::size_t shift) {
  std::unique_lock lock(round->mutex);
  while (round->next < round->tasks.size()) {
    const std::size_t number = round->next++;
    const Collector collector = round->tasks[number].collector;
    lane.task = number;
    const auto start = lane.started = Clock::now();
    lock.unlock();
    FactSink sink;
    std::string trouble;
    run_one(*round, collector, sink, trouble);
    auto found = sink.take();
    lock.lock();
    if (lane.shift != shift) return;
    Task& task = round->tasks[number];
    task.found = std::move(found);
    task.trouble = std::move(trouble);
    task.run.duration = since(start);
    lane.task.reset();
  }
  round->changed.notify_all();
}

// With the lock held. Where no thread can be started and no other lane works,
// nobody would take the tasks that are left.
void start(const std::shared_ptr<Round>& round, Lane& lane) {
  try {
    lane.worker = std::thread(work, round, std::ref(lane), lane.shift);
  } catch (const std::system_error& error) {
    const auto works = [](const Lane& one) { return one.worker.joinable(); };
    if (std::ranges::any_of(round->lanes, works)) return;
    for (; round->next < round->tasks.size(); ++round->next) round->tasks[round->next].trouble = error.what();
  }
}

// The task under way took too long: it is marked, and its worker left behind.
void give_up(const std::shared_ptr<Round>& round, Lane& lane) {
  Task& late = round->tasks[*lane.task];
  late.run.timed_out = true;
  late.run.duration = since(lane.started);
  ++lane.shift;
  lane.task.reset();
  lane.worker.detach();
  lane.worker = {};
  if (round->next < round->tasks.size()) start(round, lane);
}

// Until every task has been done or given up. Woken too early, it looks again.
void watch(const std::shared_ptr<Round>& round, std::unique_lock<std::mutex>& lock,
           std::chrono::milliseconds patience) {
  while (true) {
    bool busy = round->next < round->tasks.size();
    auto wake = Clock::now() + patience;
    for (Lane& lane : round->lanes) {
      if (lane.task && lane.started + patience <= Clock::now()) give_up(round, lane);
      if (!lane.task) continue;
      busy = true;
      wake = std::min(wake, lane.started + patience);
    }
    if (!busy && round->next == round->tasks.size()) return;
    round->changed.wait_until(lock, wake);
  }
}

void work_through(const std::shared_ptr<Round>& round, std::chrono::milliseconds patience) {
  std::unique_lock lock(round->mutex);
  round->lanes = std::vector<Lane>(lanes_for(round->tasks.size()));
  for (Lane& lane : round->lanes) start(round, lane);
  watch(round, lock, patience);
  lock.unlock();
  for (Lane& lane : round->lanes) {
    if (lane.worker.joinable()) lane.worker.join();
  }
}

Error excuse(const Task& task, const FactDecl& fact) {
  const std::string& name = task.collector.name;
  if (task.run.timed_out) return {Errc::timeout, "the collector " + name + " did not finish in time", name};
  if (!task.trouble.empty()) return {Errc::failed, "the collector " + name + " failed: " + task.trouble, name};
  return {Errc::failed, "the collector " + name + " said nothing about " + fact.name, name};
}

// What the task found of a fact; a later statement takes the place of an
// earlier one.
Fact outcome(Task& task, const FactDecl& declared) {
  const auto found = std::find_if(task.found.rbegin(), task.found.rend(),
                                  [&](const Fact& fact) { return fact.name == declared.name; });
  if (found != task.found.rend()) return std::move(*found);
  FactSink sink;
  sink.fail(declared.name, excuse(task, declared));
  return std::move(sink.take().front());
}

// The facts it declared and somebody wants, no others.
void report(Task& task, const Wanted& wanted, Facts& facts) {
  for (const FactDecl& declared : task.collector.facts) {
    if (wanted.has(declared.name)) facts.set(outcome(task, declared));
  }
  facts.add_run(std::move(task.run));
}

}  // namespace

Facts run(const std::vector<Collector>& collectors, std::shared_ptr<const Host> host, const Wanted& wanted,
          std::chrono::milliseconds patience) {
  const auto round = std::make_shared<Round>();
  round->host = std::move(host);
  round->wanted = wanted;
  for (const Collector& collector : collectors) {
    const bool needed = std::ranges::any_of(collector.facts, [&](const FactDecl& f) { return wanted.has(f.name); });
    if (needed) round->tasks.push_back({collector, {}, {collector.name, {}, false}, {}});
  }
  // Begun in another order than they are told of, which is that of their names.
  std::ranges::stable_partition(round->tasks, [](const Task& task) { return task.collector.slow; });
  work_through(round, patience);
  std::ranges::sort(round->tasks, {}, [](const Task& task) -> const std::string& { return task.collector.name; });
  Facts facts;
  for (Task& task : round->tasks) report(task, wanted, facts);
  return facts;
}

}  // namespace harden::probe
