// SPDX-License-Identifier: Apache-2.0
//
// Functions that stand in every stack and are never to blame: the machinery of
// reporting, allocators, locks, string and list primitives. Which of them are
// passed over decides the name of a crash, so the choice follows syzkaller's
// titles: also where somebody else would pass over more, or less.
#pragma once

#include <cstdint>
#include <string_view>

namespace harden::crash {

enum class Skips : std::uint8_t {
  common,        // the machinery alone
  tags,          // and arm64's way to a fault of memory tags
  freeing,       // and what gives memory back: a free that should not be
  leaks,         // and whatever allocates: kmemleak
  uninit,        // and where bytes that nobody wrote are only passed on: KMSAN
  infoleak,      // and the way to a USB device
  submit,        // the same without buffers
  spinning,      // and the functions of locks
  scheduling,    // and the scheduler's own
  preempt,       // and what asks on which CPU it runs
  pages,         // and the page cache: a page in a bad state
  usercopy,      // and the check of a copy
  registration,  // and the way to a name in proc
  counting,      // and reference counts
  sockets,       // and the lock of a socket
  allocating,    // and allocators: an allocation that is too large
  timers,        // and the timer, work and RCU functions: ODEBUG
  works,         // and work queues, which take locks for their users
  rcu,           // and RCU and slab
  keys,          // and whatever deals with stacks and locks
  stalled,       // and the timer interrupt and RCU
  stack_check,   // and the check of a stack's canary
  stack_end,     // and the scheduler, which looks at a stack's end
  bad_stack,     // and what arm64 runs on where a stack ended
  buffers,       // and the wrappers of socket buffers
  behaviour,     // and UBSAN's handlers
};

// Whether a function is passed over when the one to blame is looked for.
bool passed_over(std::string_view function, Skips skips);

// Of a task that hangs: it waits in these for somebody else.
bool waits(std::string_view function);

// Of a CPU that is stuck: below these one kind of work ends and the common
// way to any work begins; the function before is the kind. System calls
// without what their names begin with (common_name).
bool dispatches(std::string_view function);

// A line about the interrupt that found a CPU stuck: what it interrupted comes after.
bool interrupts(std::string_view line);

}  // namespace harden::crash
