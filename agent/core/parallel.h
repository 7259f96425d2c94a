// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace harden {

// How many threads are worth starting for `count` independent pieces of work:
// at least 1, at most the processors there are, and at most `most`, so that looking
// at a large host leaves it alone.
constexpr std::size_t kMostLanes = 4;
std::size_t lanes_for(std::size_t count, std::size_t most = kMostLanes);

// Calls `work` once for every number below `count`, on several threads at once,
// and returns when all is done. `work` must not throw. Where no thread can be
// started, the caller's does everything. Numbers are begun in order.
void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work, std::size_t most = kMostLanes);

}  // namespace harden
