// SPDX-License-Identifier: Apache-2.0
//
// The two clocks that the daemon goes by: one that people read, and one that
// never jumps and goes on in suspend (CLOCK_BOOTTIME). A test has its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace harden::daemon {

// Since the host's boot.
using BootTime = std::chrono::nanoseconds;

struct Clock {
  std::function<std::int64_t()> wall;  // milliseconds since 1970, UTC
  std::function<BootTime()> boot;
};

Clock system_clock();

}  // namespace harden::daemon
