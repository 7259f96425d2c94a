// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "agent/daemon/watch_parts.h"

namespace harden::daemon {
namespace {

constexpr milliseconds kLostWindow{1000};

}  // namespace

std::int64_t now_in_microseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

Teller::Teller(const Executor& executor, OnSighting listener) : listener_(std::move(listener)), timer_(executor) {}

Teller::Counts Teller::counts(const std::string& source) const {
  const auto found = counts_.find(source);
  return found == counts_.end() ? Counts{} : found->second;
}

void Teller::tell_now(const std::string& source, Sighting sighting) {
  ++counts_[source].told;
  listener_(std::move(sighting));
}

void Teller::lost(const std::string& source) {
  ++counts_[source].lost;
  Sighting sighting{Sighting::Kind::lost, source, 0, {}, now_in_microseconds()};
  tell(source, std::move(sighting), {milliseconds(0), kLostWindow});
}

// Rows that are over are forgotten only when there are many.
bool Teller::make_room(Clock::time_point now) {
  if (entries_.size() < kMostPending) return true;
  std::erase_if(entries_, [&](const auto& one) { return !one.second.pending && one.second.due <= now; });
  return entries_.size() < kMostPending;
}

void Teller::tell(const std::string& source, Sighting sighting, Pace pace) {
  const std::string thing = sighting.what;
  tell(source, std::move(sighting), pace, thing);
}

void Teller::tell(const std::string& source, Sighting sighting, Pace pace, const std::string& thing) {
  const auto now = Clock::now();
  Key key{sighting.kind, thing};
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (!make_room(now) && sighting.kind != Sighting::Kind::lost) return lost(source);
    found = entries_.emplace(std::move(key), Entry{source, {}, Clock::time_point::min(), pace.shortest, false}).first;
  }
  Entry& entry = found->second;
  if (entry.pending) {
    ++counts_[source].merged;
    if (!std::exchange(entry.merged, true)) entry.window = std::min(2 * entry.window, pace.window);
    entry.pending = std::move(sighting);
  } else if (entry.due > now || pace.settle.count() > 0) {
    entry.due = std::max(entry.due, now + pace.settle);
    entry.pending = std::move(sighting);
    arm(entry.due);
  } else {
    if (now - pace.window > entry.due) entry.window = pace.shortest;
    entry.due = now + entry.window;
    entry.merged = false;
    tell_now(source, std::move(sighting));
  }
}

void Teller::arm(Clock::time_point due) {
  if (armed_ && *armed_ <= due) return;
  armed_ = due;
  timer_.expires_at(due);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (!error && !alive.expired()) flush();
  });
}

// Listeners may tell more: what is due is taken out first.
void Teller::flush() {
  armed_.reset();
  const auto now = Clock::now();
  std::vector<std::pair<std::string, Sighting>> due;
  std::optional<Clock::time_point> next;
  for (auto& [key, entry] : entries_) {
    if (!entry.pending) continue;
    if (entry.due <= now) {
      due.emplace_back(entry.source, std::move(*entry.pending));
      entry.pending.reset();
      entry.due = now + entry.window;
      entry.merged = false;
    } else {
      next = next ? std::min(*next, entry.due) : entry.due;
    }
  }
  if (next) arm(*next);
  for (auto& [source, sighting] : due) tell_now(source, std::move(sighting));
}

}  // namespace harden::daemon
