// SPDX-License-Identifier: Apache-2.0
//
// KASAN, KMSAN, KCSAN, KFENCE (mm/k*/report.c), UBSAN (lib/ubsan.c), kmemleak.
#include "agent/crash/forms.h"

namespace harden::crash {

namespace {

constexpr auto kAny = Skips::common;

constexpr Form kForms[] = {
    // "BUG: KASAN: use-after-free in func+0x1/0x2", then "Read of size 8 at addr … by task …"; until 4.9 the address on
    // the first line
    {"KASAN: ", R"(BUG: KASAN: (?:double-free or invalid-free|double-free|invalid-free) in (?P<f>\S+))", "",
     "KASAN: invalid-free in $f", CrashType::kasan, Blame::line, Skips::freeing, "invalid-free"},
    {"KASAN: ", R"(BUG: KASAN: ([a-z-]+) in (?P<f>\S+))", R"((Read|Write) (?:of size|at addr) [0-9a-f]+)",
     "KASAN: $1 $2 in $f", CrashType::kasan, Blame::line, Skips::tags, "bad-access"},
    {"KASAN: ", R"(BUG: KASAN: ([a-z-]+) on address)", R"((Read|Write) of size [0-9]+)", "KASAN: $1 $2",
     CrashType::kasan, Blame::nowhere, kAny, "", Role::opens, true},
    {"KASAN: ", R"(BUG: KASAN: (.*))", "", "KASAN: $1", CrashType::kasan, Blame::nowhere, kAny, "", Role::opens, true},

    {"KMSAN: ", R"(BUG: KMSAN: (kernel-usb-infoleak) in (?P<f>\S+))", "", "KMSAN: $1 in $f", CrashType::kmsan,
     Blame::origin, Skips::infoleak},
    {"KMSAN: ", R"(BUG: KMSAN: ([a-z-]+) in (?P<f>\S+))", "", "KMSAN: $1 in $f", CrashType::kmsan, Blame::origin,
     Skips::uninit, "bad-access"},
    {"KMSAN: ", R"(BUG: KMSAN: ([a-z-]+))", "", "KMSAN: $1 in $f", CrashType::kmsan, Blame::directly, Skips::uninit,
     "bad-access"},

    // "data-race in func / func", "assert: race in func"
    {"KCSAN: ", R"(BUG: KCSAN: (.+))", "", "KCSAN: $1", CrashType::kcsan},

    {"KFENCE: ", R"(BUG: KFENCE: (use-after-free|out-of-bounds|invalid) (read|write|read or write) in (?P<f>\S+))", "",
     "KFENCE: $1 $2 in $f", CrashType::kfence, Blame::directly, kAny, "bad-access"},
    {"KFENCE: ", R"(BUG: KFENCE: (use-after-free|out-of-bounds|invalid) (read|write|read or write))", "",
     "KFENCE: $1 $2 in $f", CrashType::kfence, Blame::directly, kAny, "bad-access"},
    {"KFENCE: ", R"(BUG: KFENCE: invalid free in (?P<f>\S+))", "", "KFENCE: invalid free in $f", CrashType::kfence,
     Blame::directly, kAny, "invalid-free"},
    {"KFENCE: ", R"(BUG: KFENCE: memory corruption in (?P<f>\S+))", "", "KFENCE: memory corruption in $f",
     CrashType::kfence, Blame::directly, kAny},

    // "UBSAN: Undefined behaviour in file:line:column" until 5.9, "UBSAN: shift-out-of-bounds in …" since
    {"UBSAN: ", R"(UBSAN: Undefined behaviour in )", "", "UBSAN: undefined-behaviour in $f", CrashType::ubsan,
     Blame::trace, Skips::behaviour},
    {"UBSAN: ", R"(UBSAN: (array-index-out-of-bounds) in )", "", "UBSAN: $1 in $f", CrashType::ubsan, Blame::trace,
     Skips::behaviour, "bad-access"},
    {"UBSAN: ", R"(UBSAN: (.+?) in )", "", "UBSAN: $1 in $f", CrashType::ubsan, Blame::trace, Skips::behaviour},
    {"UBSAN: ", R"(UBSAN: ([a-z][a-z -]*[a-z]))", "", "UBSAN: $1 in $f", CrashType::ubsan, Blame::pointer,
     Skips::behaviour},

    {"memory leak", R"(BUG: memory leak)", R"(^unreferenced object 0x)", "memory leak in $f", CrashType::memory_leak,
     Blame::backtrace, Skips::leaks},
    {"unreferenced object 0x", R"(^unreferenced object 0x)", "", "memory leak in $f", CrashType::memory_leak,
     Blame::backtrace, Skips::leaks, "", Role::follows},
};

}  // namespace

std::span<const Form> sanitizer_forms() { return kForms; }

}  // namespace harden::crash
