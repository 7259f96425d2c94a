// SPDX-License-Identifier: Apache-2.0
//
// The one worker thread, and what stands between it and the I/O thread. All
// that is public here is for the I/O thread, but for `sight`.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/daemon/config.h"
#include "agent/daemon/cycle.h"
#include "agent/daemon/event_log.h"
#include "agent/daemon/inbox.h"
#include "agent/daemon/operations.h"

namespace harden::daemon {

class Keeper final : public Operations {
 public:
  // `io` and `events` must outlive it.
  Keeper(boost::asio::io_context& io, const Place& place, Clock clock, EventLog& events,
         std::shared_ptr<const Config> config);
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  ~Keeper() override;  // stops

  // Starts the worker; `ready` is called once there is a snapshot.
  void start(std::function<void()> ready);
  // Lets the worker finish what it does, answers what still waits with
  // Errc::unavailable, and returns when the thread has ended.
  void stop();

  // From any thread.
  void sight(Sighting sighting) { inbox_.sight(std::move(sighting)); }

  std::shared_ptr<const Config> config() const { return config_; }
  void reconfigure(std::shared_ptr<const Config> config);
  // What `service` tells besides; "" takes it back.
  void set_trouble(const std::string& about, std::string sentence);
  void set_watchers(std::function<std::vector<answer::Watcher>()> watchers) { watchers_ = std::move(watchers); }
  // Called on every new snapshot.
  void on_snapshot(std::function<void(const Snapshot&)> listener) { on_snapshot_ = std::move(listener); }
  // Runs something on the worker, before what waits there.
  void on_worker(std::function<void()> work) {
    inbox_.tell({std::move(work), [] {}});
  }
  // Calls back once the worker has come to it: it makes progress.
  void ping(std::function<void()> alive);

  std::shared_ptr<const Snapshot> snapshot() const override { return snapshot_; }
  answer::Service service() const override;
  void evaluate(Done<std::shared_ptr<const Snapshot>> done) override;
  void facts(Wanted wanted, Done<Facts> done) override;
  void plan(PlanRequest request, Done<Plan> done) override;
  void apply(ApplyOrder order, Caller caller, Done<Applied> done) override;
  void confirm(std::int64_t id, Caller caller, Done<Outcome> done) override;
  void undo(std::int64_t id, bool force, Caller caller, Done<Outcome> done) override;
  void resolve(std::int64_t id, std::string note, Caller caller, Done<Outcome> done) override;
  void add_waiver(Waiver waiver, Caller caller, Done<Waiver> done) override;
  void remove_waiver(std::string policy, Caller caller, Done<std::string> done) override;
  void acknowledge(std::string fingerprint, Caller caller, Done<void> done) override;
  void history(std::size_t most, Done<std::vector<Transaction>> done) override;
  void transaction(std::int64_t id, Done<Transaction> done) override;
  std::vector<Event> events_after(std::uint64_t id, std::size_t most) const override;
  std::uint64_t subscribe(std::function<void(const Event&)> listener) override;
  void unsubscribe(std::uint64_t subscription) override;
  std::uint64_t last_event() const override { return delivered_; }

 private:
  template <typename T>
  void ask(std::function<Result<T>()> work, Done<T> done);
  void run();
  void urgent();
  void publish(std::shared_ptr<const Snapshot> snapshot);
  void notify();
  void deliver();

  boost::asio::io_context& io_;
  EventLog& events_;
  Clock clock_;
  std::int64_t since_;
  std::shared_ptr<const Config> config_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::function<void()> ready_;
  std::function<void(const Snapshot&)> on_snapshot_;
  std::function<std::vector<answer::Watcher>()> watchers_;
  std::map<std::string, std::string> troubles_;
  std::map<std::uint64_t, std::function<void(const Event&)>> listeners_;
  std::uint64_t next_listener_ = 1;
  std::uint64_t delivered_ = 0;

  Inbox inbox_;
  std::mutex mutex_;
  bool notified_ = false;  // a delivery is under way
  Cycle cycle_;            // the worker's alone
  std::thread thread_;
};

}  // namespace harden::daemon
