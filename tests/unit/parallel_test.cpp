// SPDX-License-Identifier: Apache-2.0
#include "agent/core/parallel.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <vector>

using namespace harden;

TEST_CASE("every number is worked on once") {
  for (const std::size_t count : {0U, 1U, 2U, 7U, 1000U}) {
    std::vector<std::atomic<int>> calls(count);
    for_each_index(count, [&](std::size_t i) { ++calls[i]; });
    CAPTURE(count);
    CHECK(std::ranges::all_of(calls, [](const std::atomic<int>& one) { return one == 1; }));
  }
}

TEST_CASE("what was done before the return is seen after it") {
  std::vector<std::size_t> squares(5000);
  for_each_index(squares.size(), [&](std::size_t i) { squares[i] = i * i; });
  for (std::size_t i = 0; i < squares.size(); ++i) REQUIRE(squares[i] == i * i);
}

TEST_CASE("a few lanes, never none and never more than there is to do") {
  CHECK(lanes_for(0) == 1);
  CHECK(lanes_for(1) == 1);
  CHECK(lanes_for(1'000'000) >= 1);
  CHECK(lanes_for(1'000'000) <= 4);
}
