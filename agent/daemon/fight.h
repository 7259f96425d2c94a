// SPDX-License-Identifier: Apache-2.0
//
// Somebody keeps undoing what we do. How soon it is done again: at once the
// first time, then after one second, two, four, ... up to an hour; and from the
// fifth time in a row on it is a fight, which a person has to know of. Time is
// given, so that this is a pure function of it.
#pragma once

#include <algorithm>
#include <chrono>

#include "agent/daemon/clock.h"

namespace harden::daemon {

class Fight {
 public:
  // When it may be done next: `now` at the earliest.
  BootTime due(BootTime now) const { return std::max(now, next_); }

  // It is done now, or was tried. True where this makes it a fight.
  bool strike(BootTime now);

  // Whether the other side has not given in, as far as can be told at `now`.
  bool contested(BootTime now) const { return strikes_ >= kContested && now < forgotten_; }
  int strikes() const { return strikes_; }

  static constexpr int kContested = 5;
  static constexpr std::chrono::seconds kFirst{1};
  static constexpr std::chrono::seconds kLongest{3600};
  static constexpr std::chrono::seconds kQuiet{600};  // at least so long without a strike forgets them all

 private:
  int strikes_ = 0;
  BootTime next_{};
  BootTime forgotten_{};
};

}  // namespace harden::daemon
