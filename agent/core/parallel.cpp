// SPDX-License-Identifier: Apache-2.0
#include "agent/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace harden {

std::size_t lanes_for(std::size_t count, std::size_t most) {
  const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
  return std::clamp<std::size_t>(count, 1, std::min(processors, most));
}

void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work, std::size_t most) {
  std::atomic<std::size_t> next = 0;
  const auto lane = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> others;
  try {
    for (std::size_t i = 1; i < lanes_for(count, most); ++i) others.emplace_back(lane);
  } catch (const std::system_error&) {
    // A limit on threads: those there are do it all.
  }
  lane();
}

}  // namespace harden
