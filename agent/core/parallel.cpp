// SPDX-License-Identifier: Apache-2.0
#include "agent/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <system_error>
#include <thread>
#include <vector>

namespace harden {
namespace {

// A processor that has gone to sleep may take milliseconds to wake in a virtual
// machine: longer than the other lanes need for what each has begun last.
void linger(const std::atomic<std::size_t>& busy) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
  while (busy > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

}  // namespace

std::size_t lanes_for(std::size_t count, std::size_t most) {
  const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
  return std::clamp<std::size_t>(count, 1, std::min(processors, most));
}

void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work, std::size_t most) {
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> busy = 0;
  const auto lane = [&] {
    ++busy;
    for (std::size_t i = next++; i < count; i = next++) work(i);
    --busy;
  };
  std::vector<std::jthread> others;
  try {
    for (std::size_t i = 1; i < lanes_for(count, most); ++i) others.emplace_back(lane);
  } catch (const std::system_error&) {
    // A limit on threads: those there are do it all.
  }
  lane();
  linger(busy);
}

}  // namespace harden
