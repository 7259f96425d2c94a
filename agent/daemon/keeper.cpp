// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/keeper.h"

#include <malloc.h>

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "agent/daemon/log.h"

namespace harden::daemon {
namespace {

constexpr std::size_t kAtOneTime = 256;

std::unexpected<Error> busy(bool stopping) {
  if (stopping) return fail(Errc::unavailable, "hardend is stopping; ask it again once it has started");
  return fail(Errc::unavailable, "too many requests are waiting for the worker; ask again in a second");
}

}  // namespace

Keeper::Keeper(boost::asio::io_context& io, const Place& place, Clock clock, EventLog& events,
               std::shared_ptr<const Config> config)
    : io_(io),
      events_(events),
      clock_(clock),
      since_(clock.wall()),
      config_(config),
      delivered_(events.last()),
      cycle_(place, clock, events, std::move(config),
             [this](std::shared_ptr<const Snapshot> snapshot) { publish(std::move(snapshot)); }) {
  events_.on_tell([this] { notify(); });
}

Keeper::~Keeper() {
  stop();
  events_.on_tell({});
}

void Keeper::start(std::function<void()> ready) {
  ready_ = std::move(ready);
  thread_ = std::thread([this] { run(); });
}

void Keeper::stop() {
  inbox_.stop();
  if (thread_.joinable()) thread_.join();
  while (auto job = inbox_.take_job()) job->cancel();
}

void Keeper::run() {
  std::uint64_t trimmed = 0;
  cycle_.start();
  while (!inbox_.stopping()) {
    urgent();
    if (auto job = inbox_.take_job()) job->run();
    cycle_.on_time([this] { urgent(); });
    // A look at everything leaves holes behind that nobody needs before the next.
    const std::uint64_t generation = cycle_.snapshot() ? cycle_.snapshot()->generation : 0;
    if (std::exchange(trimmed, generation) != generation) ::malloc_trim(0);
    inbox_.wait(cycle_.due());
  }
}

void Keeper::urgent() {
  const auto sightings = inbox_.take_sightings();
  if (!sightings.empty()) cycle_.sight(sightings);
}

void Keeper::publish(std::shared_ptr<const Snapshot> snapshot) {
  boost::asio::post(io_, [this, snapshot = std::move(snapshot)] {
    snapshot_ = snapshot;
    if (on_snapshot_) on_snapshot_(*snapshot_);
    if (ready_) std::exchange(ready_, {})();
  });
}

// However many are told, one delivery is on its way.
void Keeper::notify() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(notified_, true)) return;
  }
  boost::asio::post(io_, [this] { deliver(); });
}

void Keeper::deliver() {
  {
    const std::lock_guard lock(mutex_);
    notified_ = false;
  }
  const auto events = events_.after(delivered_, kAtOneTime);
  for (const Event& event : events) {
    delivered_ = event.id;
    const auto listeners = listeners_;  // one of them may leave, or another come
    for (const auto& [id, listener] : listeners) {
      if (listeners_.contains(id)) listener(event);
    }
  }
  if (events.size() >= kAtOneTime) notify();
}

void Keeper::reconfigure(std::shared_ptr<const Config> config) {
  config_ = config;
  on_worker([this, config = std::move(config)] { cycle_.reconfigure(config); });
}

void Keeper::set_trouble(const std::string& about, std::string sentence) {
  if (sentence.empty()) {
    troubles_.erase(about);
  } else {
    troubles_[about] = std::move(sentence);
  }
}

void Keeper::ping(std::function<void()> alive) {
  on_worker([this, alive = std::move(alive)] { boost::asio::post(io_, alive); });
}

answer::Service Keeper::service() const {
  answer::Service service{config_->enforces() ? "enforce" : "report", since_, {}, {}};
  if (watchers_) service.watchers = watchers_();
  for (const auto& [about, sentence] : troubles_) service.troubles.push_back(sentence);
  if (const std::string trouble = events_.trouble(); !trouble.empty()) {
    service.troubles.push_back("events are told but cannot be kept: " + trouble);
  }
  if (!snapshot_) return service;
  if (!snapshot_->store_trouble.empty()) service.troubles.push_back(snapshot_->store_trouble);
  for (const std::string& name : snapshot_->contested) {
    service.troubles.push_back(name + " is changed again and again after it was put back");
  }
  return service;
}

template <typename T>
void Keeper::ask(std::function<Result<T>()> work, Done<T> done) {
  auto& io = io_;
  const auto reply = [&io, done](Result<T> result) {
    boost::asio::post(io, [done, kept = std::make_shared<Result<T>>(std::move(result))] { done(std::move(*kept)); });
  };
  Job job{[work, reply] {
            try {
              reply(work());
            } catch (const std::exception& error) {
              reply(fail(Errc::failed, error.what()));
            }
          },
          [reply] { reply(busy(true)); }};
  if (!inbox_.ask(std::move(job), config_->limits.queue)) reply(busy(inbox_.stopping()));
}

void Keeper::evaluate(Done<std::shared_ptr<const Snapshot>> done) {
  ask<std::shared_ptr<const Snapshot>>(
      [this]() -> Result<std::shared_ptr<const Snapshot>> {
        cycle_.sweep([this] { urgent(); });
        return cycle_.snapshot();
      },
      std::move(done));
}

void Keeper::facts(Wanted wanted, Done<Facts> done) {
  ask<Facts>([this, wanted = std::move(wanted)] { return cycle_.facts(wanted); }, std::move(done));
}

void Keeper::plan(PlanRequest request, Done<Plan> done) {
  ask<Plan>([this, request = std::move(request)] { return cycle_.plan(request); }, std::move(done));
}

void Keeper::apply(ApplyOrder order, Caller caller, Done<Applied> done) {
  ask<Applied>([this, order = std::move(order), caller] { return cycle_.apply(order, caller); }, std::move(done));
}

void Keeper::confirm(std::int64_t id, Caller caller, Done<Outcome> done) {
  ask<Outcome>([this, id, caller] { return cycle_.confirm(id, caller); }, std::move(done));
}

void Keeper::undo(std::int64_t id, bool force, Caller caller, Done<Outcome> done) {
  ask<Outcome>([this, id, force, caller] { return cycle_.undo(id, force, caller); }, std::move(done));
}

void Keeper::resolve(std::int64_t id, std::string note, Caller caller, Done<Outcome> done) {
  ask<Outcome>([this, id, note = std::move(note), caller] { return cycle_.resolve(id, note, caller); },
               std::move(done));
}

void Keeper::add_waiver(Waiver waiver, Caller caller, Done<Waiver> done) {
  ask<Waiver>([this, waiver = std::move(waiver), caller] { return cycle_.add_waiver(waiver, caller); },
              std::move(done));
}

void Keeper::remove_waiver(std::string policy, Caller caller, Done<std::string> done) {
  ask<std::string>([this, policy = std::move(policy), caller] { return cycle_.remove_waiver(policy, caller); },
                   std::move(done));
}

void Keeper::acknowledge(std::string fingerprint, Caller caller, Done<void> done) {
  ask<void>([this, fingerprint = std::move(fingerprint), caller] { return cycle_.acknowledge(fingerprint, caller); },
            std::move(done));
}

void Keeper::history(std::size_t most, Done<std::vector<Transaction>> done) {
  ask<std::vector<Transaction>>([this, most] { return cycle_.history(most); }, std::move(done));
}

void Keeper::transaction(std::int64_t id, Done<Transaction> done) {
  ask<Transaction>([this, id] { return cycle_.transaction(id); }, std::move(done));
}

// None that the subscribers have yet to hear, so that whoever asks and then
// subscribes hears each of them once.
std::vector<Event> Keeper::events_after(std::uint64_t id, std::size_t most) const {
  return events_.after(id, most, delivered_);
}

std::uint64_t Keeper::subscribe(std::function<void(const Event&)> listener) {
  listeners_[next_listener_] = std::move(listener);
  return next_listener_++;
}

void Keeper::unsubscribe(std::uint64_t subscription) { listeners_.erase(subscription); }

}  // namespace harden::daemon
