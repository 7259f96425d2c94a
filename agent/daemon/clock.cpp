// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/clock.h"

#include <ctime>

namespace harden::daemon {
namespace {

std::chrono::nanoseconds read(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

Clock system_clock() {
  return {[] { return std::chrono::duration_cast<std::chrono::milliseconds>(read(CLOCK_REALTIME)).count(); },
          [] { return read(CLOCK_BOOTTIME); }};
}

}  // namespace harden::daemon
