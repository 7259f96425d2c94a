// SPDX-License-Identifier: Apache-2.0
//
// The parts of a crash record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace harden {

struct CodePlace {
  std::string function;                 // "ip6mr_sk_done"; without ".isra.0" and the like
  std::optional<std::uint64_t> offset;  // +0x60
  std::optional<std::uint64_t> size;    // /0xf0
  std::string module;                   // "[bridge]"; "" for the kernel itself
  std::string where;                    // "net/ipv6/ip6mr.c:1618" where the text has it

  friend bool operator==(const CodePlace&, const CodePlace&) = default;
};

struct Frame {
  CodePlace place;
  bool reliable = true;  // false: the kernel put a '?' before it
  bool inlined = false;

  friend bool operator==(const Frame&, const Frame&) = default;
};

// What kind of crash, by the first line that says so.
enum class CrashType {
  null_dereference,
  paging_fault,
  protection_fault,
  kernel_bug,
  divide_error,
  stack_overflow,
  double_fault,
  warning,
  refcount,
  hung_task,
  soft_lockup,
  hard_lockup,
  rcu_stall,
  panic,
  oom_panic,
  machine_check,
  kasan,
  kmsan,
  kcsan,
  kfence,
  ubsan,
  lockdep,
  atomic_sleep,
  memory_leak,
  bad_page,
  other,
};
std::string_view to_string(CrashType type);
std::optional<CrashType> crash_type_from(std::string_view word);

// A message before the crash that matters: what the kernel said on its way down.
struct Precursor {
  enum class Kind {
    out_of_memory,
    slab_failure,
    hung_task,
    soft_lockup,
    rcu_stall,
    machine_check,
    io_error,
    warning,
    pattern
  };
  Kind kind = Kind::pattern;
  std::string text;        // the message, without its prefixes; at most 500 bytes
  std::int64_t count = 1;  // how many like it

  friend bool operator==(const Precursor&, const Precursor&) = default;
};
std::string_view to_string(Precursor::Kind kind);

}  // namespace harden
