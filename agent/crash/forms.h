// SPDX-License-Identifier: Apache-2.0
//
// Every form in which the kernel says that something went wrong, as rows of
// data: the words by which a line is recognised, the title it gets (in
// syzkaller's words), its type, and where the function to blame is looked for.
// A new kernel's wording is a new row in forms_*.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "agent/crash/skips.h"
#include "harden/crash.h"

namespace harden::crash {

// Where the function of the title comes from; "$f" in the title. What is
// passed over (Skips) is not taken, except where a line says "named" or "lock".
enum class Blame : std::uint8_t {
  nowhere,        // the title names none
  named,          // the function named in the line (the group "f")
  line,           // that one, else the first frame of the trace
  directly,       // that one, else the first frame of the stack that follows without a head
  origin,         // the first frame of the stack that follows without a head
  trace,          // the first frame of the trace
  pointer,        // the instruction pointer, else the trace
  warned,         // the instruction pointer, else the trace, also where there is none
  lock,           // "… at: func+…" of the first lock
  trace_or_lock,  // the first frame of the trace, else that
  lock_or_frame,  // that, or the first function shown by its address
  two_locks,      // of the lock that could not be had, of the one held, then the stack
  unlock,         // the function shown by its address, else the trace
  which_became,   // the stack below these words: where a lock was first taken so
  allocated,      // the stack that a bad page was allocated in
  backtrace,      // the stack below this word: kmemleak
  stuck,          // what the CPU did that an interrupt found: the kind of work, not the instruction
  busy,           // the kind of work of the instruction pointer and the trace
  kind,           // the kind of work of the trace alone
  waiting,        // what the hung task waited for
};

// What a line of this form does where a report is open already, and where not.
enum class Role : std::uint8_t {
  opens,        // a report of its own
  follows,      // belongs to the open report; opens one where there is none
  if_traced,    // opens a report, kept only when a trace or registers follow
  unless_oops,  // follows an oops, a stall or a bug; after a mere warning a report of its own
  never,        // looks like a report and is none
};

struct Form {
  const char* anchor;  // stands in every line of this form; what the fast search looks for
  const char* line;    // RE2, found in the line; its groups are $1, $2…; the group (?P<f>…) a function
  const char* later;   // RE2, found in a later line of the report, its groups go on; "": none needed
  const char* title;
  CrashType type;
  Blame blame = Blame::nowhere;
  Skips skips = Skips::common;
  const char* also = "";  // "bad-access": the title "bad-access in $f" is right too
  Role role = Role::opens;
  bool partial = false;  // a line that only comes after another which says what happened, or that lacks where
};

// In the order in which they are tried; the first that fits names a report.
std::span<const Form* const> all_forms();

// The rows, a file a group.
std::span<const Form> sanitizer_forms();
std::span<const Form> bug_forms();
std::span<const Form> warning_forms();
std::span<const Form> stall_forms();
std::span<const Form> fault_forms();
std::span<const Form> last_forms();  // wide ones, tried after all others

}  // namespace harden::crash
