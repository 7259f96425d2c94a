// SPDX-License-Identifier: Apache-2.0
//
// One worker thread takes the collectors in turn while the caller watches the
// clock. A worker stuck in a system call cannot be stopped, so it is left
// behind with a share of the round, and the next worker takes over.
#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "agent/collect/registry.h"

namespace harden::probe {
namespace {

using Clock = std::chrono::steady_clock;

struct Task {
  Collector collector;
  std::vector<Fact> found;
  CollectorRun run;
  std::string trouble;  // what it threw
};

// What the caller and its workers share; a worker that was left behind keeps
// it alive. Only the worker of the current shift may write.
struct Round {
  std::shared_ptr<const Host> host;
  Wanted wanted;
  std::vector<Task> tasks;

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t next = 0;  // the task under way; tasks.size(): none left
  std::size_t shift = 0;
  Clock::time_point started;
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

void work(const std::shared_ptr<Round>& round, std::size_t shift) {
  std::unique_lock lock(round->mutex);
  while (round->shift == shift && round->next < round->tasks.size()) {
    const Collector collector = round->tasks[round->next].collector;
    const auto start = round->started = Clock::now();
    lock.unlock();
    FactSink sink;
    std::string trouble;
    run_one(*round, collector, sink, trouble);
    auto found = sink.take();
    lock.lock();
    if (round->shift != shift) return;
    Task& task = round->tasks[round->next++];
    task.found = std::move(found);
    task.trouble = std::move(trouble);
    task.run.duration = since(start);
  }
  round->changed.notify_all();
}

// Whether the shift came to the end of the tasks. If not, the task under way
// is marked as timed out, and the shift is over.
bool wait_for_shift(Round& round, std::chrono::milliseconds patience) {
  std::unique_lock lock(round.mutex);
  while (round.next < round.tasks.size()) {
    const auto deadline = round.started + patience;
    if (Clock::now() < deadline) {
      round.changed.wait_until(lock, deadline);
      continue;
    }
    Task& late = round.tasks[round.next++];
    late.run.timed_out = true;
    late.run.duration = since(round.started);
    ++round.shift;
    return false;
  }
  return true;
}

void work_through(const std::shared_ptr<Round>& round, std::chrono::milliseconds patience) {
  for (std::size_t shift = 0; round->next < round->tasks.size(); ++shift) {
    round->started = Clock::now();
    std::thread worker(work, round, shift);
    if (wait_for_shift(*round, patience)) {
      worker.join();
    } else {
      worker.detach();
    }
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
  try {
    work_through(round, patience);
  } catch (const std::system_error& error) {
    for (Task& task : std::span(round->tasks).subspan(round->next)) task.trouble = error.what();
  }
  Facts facts;
  for (Task& task : round->tasks) report(task, wanted, facts);
  return facts;
}

}  // namespace harden::probe
