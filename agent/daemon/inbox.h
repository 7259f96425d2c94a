// SPDX-License-Identifier: Apache-2.0
//
// What the worker is told and asked, from any thread. It sleeps until there is
// something, or until a time of the clock that does not jump.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "agent/daemon/clock.h"
#include "agent/daemon/sighting.h"
#include "agent/host/descriptor.h"
#include "harden/result.h"

namespace harden::daemon {

struct Job {
  std::function<void()> run;
  std::function<void()> cancel;  // instead, where the worker ends before
};

class Inbox {
 public:
  static constexpr std::size_t kMostSightings = 65536;

  // Throws std::system_error where there are no descriptors left (eventfd(2), timerfd_create(2)).
  Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // Asked by clients: false where `most` are waiting already, or after `stop`.
  bool ask(Job job, std::size_t most);
  // Asked by the daemon itself, which knows its bounds; first in the queue.
  void tell(Job job);
  // Too many are dropped; one that says so takes their place.
  void sight(Sighting sighting);
  void stop();

  void wait(std::optional<BootTime> until);
  bool stopping() const;
  std::vector<Sighting> take_sightings();
  std::optional<Job> take_job();

 private:
  void wake() const;

  mutable std::mutex mutex_;
  std::vector<Sighting> sightings_;
  std::uint64_t dropped_ = 0;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  Descriptor event_;
  Descriptor timer_;
};

}  // namespace harden::daemon
