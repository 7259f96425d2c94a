// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/inbox.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace harden::daemon {
namespace {

Descriptor opened(int number, const char* what) {
  if (number < 0) throw std::system_error(errno, std::generic_category(), what);
  return Descriptor(number);
}

// A timer that is set to 0 is off; one in the past fires at once.
void set(const Descriptor& timer, std::optional<BootTime> until) {
  itimerspec when{};
  if (until) {
    const auto time = std::max<std::int64_t>(until->count(), 1);
    when.it_value.tv_sec = time / 1'000'000'000;
    when.it_value.tv_nsec = time % 1'000'000'000;
  }
  (void)::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

// Neither blocks: both descriptors are made so.
void drain(const Descriptor& file) {
  std::uint64_t count = 0;
  if (::read(file.get(), &count, sizeof(count)) < 0) return;
}

}  // namespace

Inbox::Inbox()
    : event_(opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      timer_(opened(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")) {}

void Inbox::wake() const {
  const std::uint64_t one = 1;
  if (::write(event_.get(), &one, sizeof(one)) < 0) return;  // it is awake as it is
}

bool Inbox::ask(Job job, std::size_t most) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= most) return false;
    jobs_.push_back(std::move(job));
  }
  wake();
  return true;
}

void Inbox::tell(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_front(std::move(job));
  }
  wake();
}

void Inbox::sight(Sighting sighting) {
  {
    const std::lock_guard lock(mutex_);
    if (sightings_.size() >= kMostSightings) {
      ++dropped_;
      return;
    }
    sightings_.push_back(std::move(sighting));
  }
  wake();
}

void Inbox::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
}

void Inbox::wait(std::optional<BootTime> until) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || !jobs_.empty() || !sightings_.empty()) {
      drain(event_);
      return;
    }
  }
  set(timer_, until);
  std::array<pollfd, 2> files{{{event_.get(), POLLIN, 0}, {timer_.get(), POLLIN, 0}}};
  (void)::poll(files.data(), files.size(), -1);
  drain(event_);
  drain(timer_);
}

bool Inbox::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

std::vector<Sighting> Inbox::take_sightings() {
  const std::lock_guard lock(mutex_);
  auto taken = std::exchange(sightings_, {});
  if (std::exchange(dropped_, 0) > 0) taken.push_back({Sighting::Kind::lost, "sightings", 0, {}, 0});
  return taken;
}

std::optional<Job> Inbox::take_job() {
  const std::lock_guard lock(mutex_);
  if (jobs_.empty()) return std::nullopt;
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

}  // namespace harden::daemon
