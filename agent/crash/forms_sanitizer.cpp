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
    {"KASAN: ", R"(KASAN: double-free or invalid-free in (?P<f>\S+))", "", "KASAN: invalid-free in $f",
     CrashType::kasan, Blame::line, Skips::freeing},
    {"KASAN: ", R"(KASAN: (double-free|invalid-free) in (?P<f>\S+))", "", "KASAN: $1 in $f", CrashType::kasan,
     Blame::line, Skips::freeing, "invalid-free"},
    {"KASAN: ", R"(KASAN: ([a-z-]+) in (?P<f>\S+))", R"(^(Read|Write) of size)", "KASAN: $1 $2 in $f", CrashType::kasan,
     Blame::line, kAny, "bad-access"},
    {"KASAN: ", R"(KASAN: ([a-z-]+) in (?P<f>\S+))", R"(^(Read|Write) at addr)", "KASAN: $1 $2 in $f", CrashType::kasan,
     Blame::line, kAny, "bad-access"},
    {"KASAN: ", R"(KASAN: ([a-z-]+) on address)", R"(^(Read|Write) of size)", "KASAN: $1 $2 in $f", CrashType::kasan,
     Blame::trace, kAny, "bad-access"},
    {"KASAN: ", R"(KASAN: ([a-z-]+ in .*))", "", "KASAN: $1", CrashType::kasan},
    {"KASAN: ", R"(BUG: KASAN: (.*))", "", "KASAN: $1", CrashType::kasan},

    {"KMSAN: ", R"(KMSAN: ([a-z-]+) in (?P<f>\S+))", "", "KMSAN: $1 in $f", CrashType::kmsan, Blame::line, kAny,
     "bad-access"},
    {"KMSAN: ", R"(KMSAN: ([a-z-]+))", "", "KMSAN: $1 in $f", CrashType::kmsan, Blame::frames, kAny, "bad-access"},

    {"KCSAN: ", R"(KCSAN: data-race in ([\w.]+)(?:\+\S*)? / ([\w.]+))", "", "KCSAN: data-race in $1 / $2",
     CrashType::kcsan},
    {"KCSAN: ", R"(KCSAN: (data-race|assert: race) in (?P<f>\S+))", "", "KCSAN: $1 in $f", CrashType::kcsan,
     Blame::line},

    {"KFENCE: ", R"(KFENCE: (use-after-free|out-of-bounds|invalid) (read|write|read or write) in (?P<f>\S+))", "",
     "KFENCE: $1 $2 in $f", CrashType::kfence, Blame::line, kAny, "bad-access"},
    {"KFENCE: ", R"(KFENCE: (use-after-free|out-of-bounds|invalid) (read|write|read or write))", "",
     "KFENCE: $1 $2 in $f", CrashType::kfence, Blame::trace, kAny, "bad-access"},
    {"KFENCE: ", R"(KFENCE: (memory corruption|invalid free) in (?P<f>\S+))", "", "KFENCE: $1 in $f", CrashType::kfence,
     Blame::line, Skips::freeing},

    // "UBSAN: Undefined behaviour in file:line:column" until 5.9, "UBSAN: shift-out-of-bounds in …" since
    {"UBSAN: ", R"(UBSAN: Undefined behaviour in )", "", "UBSAN: undefined-behaviour in $f", CrashType::ubsan,
     Blame::trace},
    {"UBSAN: ", R"(UBSAN: ([a-z-]+) in )", "", "UBSAN: $1 in $f", CrashType::ubsan, Blame::trace},
    {"UBSAN: ", R"(UBSAN: ([a-z][a-z -]*[a-z]))", "", "UBSAN: $1 in $f", CrashType::ubsan, Blame::pointer},

    {"memory leak", R"(BUG: memory leak)", R"(^unreferenced object 0x)", "memory leak in $f", CrashType::memory_leak,
     Blame::frames, Skips::leaks},
    {"unreferenced object 0x", R"(^unreferenced object 0x)", "", "memory leak in $f", CrashType::memory_leak,
     Blame::frames, Skips::leaks, "", Role::follows},
};

}  // namespace

std::span<const Form> sanitizer_forms() { return kForms; }

}  // namespace harden::crash
