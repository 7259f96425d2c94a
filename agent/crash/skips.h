// SPDX-License-Identifier: Apache-2.0
//
// Functions that stand in every stack and are never to blame: the machinery of
// reporting, allocators, locks, string and list primitives, entry code. Which
// of them are passed over decides the name of a crash, so the choice follows
// syzkaller's titles.
#pragma once

#include <cstdint>
#include <string_view>

namespace harden::crash {

enum class Skips : std::uint8_t {
  common,        // the machinery alone
  leaks,         // and whatever allocates: kmemleak
  freeing,       // and what gives memory back: a free that should not be
  lockdep,       // and the locks' own functions: warnings out of lockdep itself
  timers,        // and the timer, work and RCU functions: ODEBUG
  pages,         // and the page cache: a page in a bad state
  registration,  // and the way to a name in sysfs or proc
};

// Whether a function is passed over when the one to blame is looked for.
bool passed_over(std::string_view function, Skips skips);

// Of a task that hangs: it waits in these for somebody else.
bool waits(std::string_view function);

// Of a CPU that is stuck: below these one kind of work ends and the common
// way to any work begins; the function before is the kind.
bool dispatches(std::string_view function);

// The interrupt that found a CPU stuck: what it interrupted comes after.
bool timer_interrupt(std::string_view function);

}  // namespace harden::crash
