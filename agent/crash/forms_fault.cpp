// SPDX-License-Identifier: Apache-2.0
//
// The processor refused: arch/*/mm/fault.c, arch/*/kernel/traps.c and their
// kin. And panics, kernel/panic.c, which mostly follow something else.
#include "agent/crash/forms.h"

namespace harden::crash {

namespace {

constexpr auto kAny = Skips::common;

constexpr Form kForms[] = {
    // x86 until 5.0 and since; arm, arm64, riscv and mips lack "BUG: "
    {"NULL pointer dereference",
     R"(nable to handle kernel NULL pointer dereference|BUG: kernel NULL pointer dereference|BUG: Kernel NULL pointer dereference)",
     "", "BUG: unable to handle kernel NULL pointer dereference in $f", CrashType::null_dereference, Blame::pointer,
     kAny, "bad-access"},
    {"nable to handle",
     R"(nable to handle (?:kernel paging request|page fault for(?: address|$)|kernel pointer dereference))", "",
     "BUG: unable to handle kernel paging request in $f", CrashType::paging_fault, Blame::pointer, kAny, "bad-access"},
    {"nable to handle", R"(nable to handle kernel access to user memory)", "",
     "BUG: unable to handle kernel access to user memory in $f", CrashType::paging_fault, Blame::pointer, kAny,
     "bad-access"},
    {"nable to handle",
     R"(nable to handle kernel (execute|execution|read|write|instruction fetch|data access|unaligned access|write to read-only memory|execute from non-executable memory|read from unreadable memory)\b)",
     "", "BUG: unable to handle kernel paging request in $f", CrashType::paging_fault, Blame::pointer, kAny,
     "bad-access"},
    {"nable to handle kernel", R"(nable to handle kernel (\w[\w ]*\w))", "", "BUG: unable to handle kernel $1 in $f",
     CrashType::paging_fault, Blame::pointer, kAny, "bad-access"},
    {"nable to handle kernel", R"(BUG: [uU]nable to handle kernel)", "", "BUG: unable to handle kernel",
     CrashType::paging_fault, Blame::nowhere, kAny, "", Role::opens, true},

    // a program's, of which the kernel speaks too
    {"general protection", R"(general protection(?: fault)? (?:ip:|rip:|.* error:\d+ in ))", "", "", CrashType::other,
     Blame::nowhere, kAny, "", Role::never},
    {"general protection fault", R"(general protection fault.*:)", "", "general protection fault in $f",
     CrashType::protection_fault, Blame::pointer, kAny, "bad-access"},
    {"unhandled alignment", R"(^(?:Alignment trap): )", "", "Alignment trap in $f", CrashType::paging_fault,
     Blame::pointer},
    {"Alignment trap", R"(Alignment trap: )", "", "Alignment trap in $f", CrashType::paging_fault, Blame::pointer},
    {"Unhandled fault", R"(Unhandled (?:prefetch abort|fault): )", "", "Unhandled fault in $f", CrashType::paging_fault,
     Blame::pointer, kAny, "", Role::if_traced},
    {"Unhandled prefetch", R"(Unhandled prefetch abort: )", "", "Unhandled prefetch abort in $f",
     CrashType::paging_fault, Blame::pointer, kAny, "", Role::if_traced},
    // "divide_error" in 5.8
    {"divide error", R"(divide error: \d+)", "", "divide error in $f", CrashType::divide_error, Blame::pointer},
    {"divide_error", R"(divide_error: \d+)", "", "divide error in $f", CrashType::divide_error, Blame::pointer},
    {"Division by zero", R"(^Division by zero in kernel)", "", "divide error in $f", CrashType::divide_error,
     Blame::trace},
    {"stack segment", R"(stack segment: \d+)", "", "stack segment fault in $f", CrashType::protection_fault,
     Blame::pointer},
    {"segment not present", R"(segment not present: \d+)", "", "segment not present in $f", CrashType::protection_fault,
     Blame::pointer},
    {"alignment check", R"(alignment check: \d+ \[#)", "", "alignment check in $f", CrashType::protection_fault,
     Blame::pointer},
    {"PANIC: double fault", R"(PANIC: double fault)", "", "PANIC: double fault in $f", CrashType::double_fault,
     Blame::pointer, Skips::common, "stack-overflow"},
    {"double fault:", R"(double fault: \d+)", "", "PANIC: double fault in $f", CrashType::double_fault, Blame::pointer,
     Skips::common, "stack-overflow", Role::follows},
    {"Insufficient stack space", R"(Insufficient stack space to handle exception)", "", "kernel stack overflow in $f",
     CrashType::stack_overflow, Blame::kind, Skips::bad_stack, "stack-overflow"},
    {"stack overflow", R"([Kk]ernel stack overflow)", "", "kernel stack overflow in $f", CrashType::stack_overflow,
     Blame::kind, Skips::bad_stack, "stack-overflow", Role::follows},
    {"invalid opcode", R"(invalid opcode: \d+)", "", "invalid opcode in $f", CrashType::kernel_bug, Blame::pointer,
     kAny, "", Role::follows},
    {"int3: ", R"(int3: \d+ \[#)", "", "int3 in $f", CrashType::other, Blame::pointer},
    {"control protection", R"(control protection: \d+)", "", "control protection in $f", CrashType::protection_fault,
     Blame::pointer},
    {"Missing ENDBR", R"(Missing ENDBR: )", "", "control protection in $f", CrashType::protection_fault,
     Blame::pointer},
    {"CFI failure", R"(CFI failure (?:\(target|at ))", "", "CFI failure in $f", CrashType::protection_fault,
     Blame::pointer},
    {"exception: ",
     R"(^(illegal operation|privileged operation|execute exception|specification exception|addressing exception|data exception|protection exception|translation exception|operand exception|special operation exception|HFP \w+ exception|fixpoint divide exception|monitor event|unknown program exception): [0-9a-f]{4} ilc:\d \[#)",
     "", "$1 in $f", CrashType::protection_fault, Blame::pointer, kAny, "", Role::follows},
    {" ilc:", R"(^([a-z][\w ]+): [0-9a-f]{4} ilc:\d \[#)", "", "$1 in $f", CrashType::protection_fault, Blame::pointer,
     kAny, "", Role::follows},

    // what comes after the line that says why; first where that was cut off
    {"Internal error: ", R"(Internal error: )", "", "Internal error in $f", CrashType::paging_fault, Blame::pointer,
     kAny, "bad-access", Role::follows},
    {"Oops: Kernel access", R"(Oops: Kernel access of bad area)", "", "BUG: unable to handle kernel data access in $f",
     CrashType::paging_fault, Blame::pointer, kAny, "bad-access", Role::follows},
    {"Oops", R"(Oops: Exception in kernel mode)", "", "kernel BUG in $f", CrashType::kernel_bug, Blame::pointer, kAny,
     "", Role::follows},
    {"Oops", R"(Oops - BUG \[#)", "", "kernel BUG in $f", CrashType::kernel_bug, Blame::pointer, kAny, "",
     Role::follows},
    {"Oops", R"(Oops - ([a-z -]+[a-z]) \[#)", "", "$1 in $f", CrashType::other, Blame::pointer, kAny, "",
     Role::follows},
    {"Oops", R"(Oops(?::| \[#|\[#|:.*\[#))", "", "kernel oops in $f", CrashType::paging_fault, Blame::pointer, kAny,
     "bad-access", Role::follows},

    // panics
    {"Kernel panic - not sync",
     R"(Kernel panic - not syncing: (?:stack-protector: )?Kernel stack is corrupted in: (?P<f>[a-zA-Z0-9_]+[.+]\S*))",
     "", "kernel panic: stack is corrupted in $f", CrashType::panic, Blame::named},
    {"Kernel panic - not sync", R"(Kernel panic - not syncing: (?:stack-protector: )?Kernel stack is corrupted in: )",
     "", "kernel panic: stack is corrupted in $f", CrashType::panic, Blame::trace, Skips::stack_check},
    {"Kernel panic - not sync", R"(Kernel panic - not syncing: corrupted stack end detected)", "",
     "kernel panic: corrupted stack end in $f", CrashType::panic, Blame::kind, Skips::stack_end, "stack-overflow"},
    {"Kernel panic - not sync", R"(Kernel panic - not syncing: Couldn't open N_TTY ldisc)", "",
     "kernel panic: Couldn't open N_TTY ldisc", CrashType::panic},
    {"Kernel panic - not sync", R"(Kernel panic - not syncing: Attempted to kill init!)", "",
     "kernel panic: Attempted to kill init!", CrashType::panic, Blame::nowhere, kAny, "", Role::follows},
    {"Kernel panic - not sync",
     R"(Kernel panic - not syncing: (Fatal machine check.*|Uncorrected machine check.*|Machine check.*|Fatal hardware error.*|.*[Mm]achine [Cc]heck.*))",
     "", "kernel panic: $1", CrashType::machine_check, Blame::nowhere, kAny, "", Role::opens},
    {"Kernel panic - not sync", R"(Kernel panic - not syncing: (.*[Hh]ard LOCKUP.*))", "", "kernel panic: $1",
     CrashType::hard_lockup, Blame::nowhere, kAny, "", Role::follows},
    {"Kernel panic - not sync",
     R"(Kernel panic - not syncing: (hung_task: blocked tasks|softlockup: hung tasks|RCU Stall))", "",
     "kernel panic: $1", CrashType::panic, Blame::nowhere, kAny, "", Role::follows, true},
    {"Kernel panic - not sync",
     R"(Kernel panic - not syncing: (Out of memory.*|System is deadlocked on memory.*|out of memory.*))", "",
     "kernel panic: $1", CrashType::oom_panic},
    {"Kernel panic - not sync", R"(Kernel panic - not syncing: (?:kernel: )?(panic_on_warn set))", "",
     "kernel panic: $1", CrashType::panic, Blame::nowhere, kAny, "", Role::follows, true},
    {"Kernel panic - not sync",
     R"(Kernel panic - not syncing: (Fatal exception|Aiee, killing interrupt handler.*|Oops - .*|.*oops.*))", "",
     "kernel panic: $1", CrashType::panic, Blame::nowhere, kAny, "", Role::follows, true},
    {"Kernel panic - not sync", R"(Kernel panic - not syncing: (.+))", "", "kernel panic: $1", CrashType::panic,
     Blame::nowhere, kAny, "", Role::unless_oops},
    {"trusty: panic", R"(trusty: panic \(.*?\):(?: DEBUG)? ASSERT FAILED at \(.*?\): (.+))", "",
     "trusty: ASSERT FAILED: $1", CrashType::panic},
    {"trusty: panic", R"(trusty: panic.* ASSERT FAILED.*: *(.+))", "", "trusty: ASSERT FAILED: $1", CrashType::panic},
    {"trusty: panic", R"(trusty: panic \(.*?\): (.+))", "", "trusty: panic: $1", CrashType::panic},
    {"trusty: panic", R"(trusty: panic notifier)", "", "", CrashType::other, Blame::nowhere, kAny, "", Role::never},

    // programs of a fuzzer on the same console
    {"SYZFAIL: ", R"(SYZFAIL: (.+))", "", "SYZFAIL: $1", CrashType::other},
    {"SYZFATAL: ", R"(SYZFATAL: (.+))", "", "SYZFATAL: $1", CrashType::other, Blame::nowhere, kAny, "SYZFATAL"},
};

}  // namespace

std::span<const Form> fault_forms() { return kForms; }

}  // namespace harden::crash
