// SPDX-License-Identifier: Apache-2.0
//
// WARN() and its relatives (kernel/panic.c), refcounts, debugobjects, and
// lockdep (kernel/locking/lockdep.c), whose heads were "[ INFO: … ]" and
// "[ BUG: … ]" until 4.12 and are "WARNING: …" since.
#include "agent/crash/forms.h"

namespace harden::crash {

namespace {

constexpr auto kAny = Skips::common;

// "WARNING: CPU: 0 PID: 1 at file:1 func+0x1/0x2", "WARNING: at …" of 3.10,
// "WARNING: file:1 at func+0x1/0x2, CPU#0: comm/1" of 6.18, with the condition in brackets where that is built in.
// No function stood there until 4.2 on s390 and PowerPC.
#define CONDITION "WARNING: (?:\\[.*\\] )?"
#define PLACE(file) CONDITION "(?:CPU: \\d+ PID: \\d+ )?(?:at )?\\S*" file "\\S*:\\d+ ?(?:at )?(?P<f>\\S*)"

constexpr Form kForms[] = {
    {"WARNING: ", PLACE("lib/debugobjects\\.c"), "", "WARNING: ODEBUG bug in $f", CrashType::warning, Blame::warned,
     Skips::timers},
    {"WARNING: ", PLACE("mm/usercopy\\.c"), "", "WARNING: bad usercopy in $f", CrashType::warning, Blame::warned,
     Skips::usercopy},
    {"WARNING: ", PLACE("lib/kobject\\.c"), "", "WARNING: kobject bug in $f", CrashType::warning, Blame::warned},
    {"WARNING: ", "WARNING: .*fs/proc/generic\\.c:\\d+ (?:at )?(?P<f>_*proc_register\\S*)", "",
     "WARNING: proc registration bug in $f", CrashType::warning, Blame::warned, Skips::registration},
    {"WARNING: ", PLACE("lib/refcount\\.c"), "", "WARNING: refcount bug in $f", CrashType::refcount, Blame::warned,
     Skips::counting},
    {"WARNING: ", "WARNING: .*kernel/locking/lockdep\\.c:\\d+ .*lock_", "", "WARNING: locking bug in $f",
     CrashType::lockdep, Blame::warned, Skips::sockets},
    {"WARNING: ", "WARNING: .*mm/\\S*\\.c:\\d+.* (?P<f>k?.?malloc\\S*)", "", "WARNING: kmalloc bug in $f",
     CrashType::warning, Blame::warned, Skips::allocating},
    {"WARNING: ", "WARNING: .*mm/vmalloc\\.c:\\d+ (?:at )?(?P<f>__vmalloc_node\\S*)", "",
     "WARNING: zero-size vmalloc in $f", CrashType::warning, Blame::warned},
    {"WARNING: ", "WARNING: .* (?P<f>usb_submit_urb\\S*)", "", "WARNING in $f/usb_submit_urb", CrashType::warning,
     Blame::warned, Skips::submit},
    {"WARNING: ", CONDITION "(?:CPU: \\d+ PID: \\d+ )?at \\S*:\\d+ (?P<f>\\S+)", "", "WARNING in $f",
     CrashType::warning, Blame::warned},
    // A mail program broke the line before the function, or before the file; or there is none.
    {"WARNING: ", "WARNING: at \\S+\\.[chS]:\\d+$", R"(^\s*(?P<f>[\w.]+\+0x[0-9a-f]+/0x[0-9a-f]+)\(\)$)",
     "WARNING in $f", CrashType::warning, Blame::named},
    {"WARNING: ", CONDITION "(?:CPU: \\d+ PID: \\d+ )?at \\S+\\.(?:[chS]|rs):\\d+$", "", "WARNING in $f",
     CrashType::warning, Blame::warned},
    {"WARNING: ", CONDITION "CPU: \\d+ PID: \\d+ at$", "", "WARNING in $f", CrashType::warning, Blame::warned},
    {"WARNING: ", CONDITION "\\S+\\.(?:[chS]|rs):\\d+ at (?P<f>\\S+)", "", "WARNING in $f", CrashType::warning,
     Blame::warned},
    // without CONFIG_DEBUG_BUGVERBOSE
    {"WARNING: ", CONDITION "(?:CPU: \\d+ PID: \\d+ )?at (?P<f>[A-Za-z_]\\S*\\+0x\\S+)", "", "WARNING in $f",
     CrashType::warning, Blame::warned},

    // lockdep
    {"possible circular locking", R"(INFO: possible circular locking dependency detected)", "",
     "possible deadlock in $f", CrashType::lockdep, Blame::lock},
    {"possible circular locking", R"(possible circular locking dependency detected)", "", "possible deadlock in $f",
     CrashType::lockdep, Blame::two_locks, Skips::works},
    {"possible irq lock inversion", R"(possible irq lock inversion dependency detected)", "", "possible deadlock in $f",
     CrashType::lockdep, Blame::lock},
    {"possible recursive locking", R"(possible recursive locking detected)", "", "possible deadlock in $f",
     CrashType::lockdep, Blame::lock},
    {"lock order detected", R"(INFO: \S+-safe -> \S+-unsafe lock order detected)", "", "possible deadlock in $f",
     CrashType::lockdep, Blame::lock},
    {"lock order detected", R"(-safe -> \S+-unsafe lock order detected)", "", "possible deadlock in $f",
     CrashType::lockdep, Blame::which_became},
    {"inconsistent lock state", R"(INFO: inconsistent lock state)", "", "inconsistent lock state in $f",
     CrashType::lockdep, Blame::lock},
    {"inconsistent lock state", R"(WARNING: inconsistent lock state)", "", "inconsistent lock state in $f",
     CrashType::lockdep, Blame::trace_or_lock},
    {"suspicious RCU usage", R"((INFO|WARNING|BUG): suspicious RCU usage)", "", "$1: suspicious RCU usage in $f",
     CrashType::lockdep, Blame::trace, Skips::rcu},
    {"suspicious rcu_dereference", R"((INFO|WARNING): suspicious rcu_dereference_check\(\) usage)", "",
     "$1: suspicious RCU usage in $f", CrashType::lockdep, Blame::trace, Skips::rcu},
    {"bad unlock balance", R"((BUG|WARNING): bad unlock balance detected)", "", "$1: bad unlock balance in $f",
     CrashType::lockdep, Blame::unlock},
    {"bad contention detected", R"((BUG|WARNING): bad contention detected)", "", "$1: bad contention in $f",
     CrashType::lockdep, Blame::unlock},
    {"held lock freed", R"((BUG): held lock freed)", "", "$1: held lock freed in $f", CrashType::lockdep,
     Blame::lock_or_frame},
    {"held lock freed", R"((WARNING): held lock freed)", "", "$1: held lock freed in $f", CrashType::lockdep,
     Blame::lock},
    {"still has locks held", R"((BUG): .*still has locks held)", "", "$1: still has locks held in $f",
     CrashType::lockdep, Blame::lock_or_frame},
    {"still has locks held", R"((WARNING): .*still has locks held)", "", "$1: still has locks held in $f",
     CrashType::lockdep, Blame::lock},
    {"lock held at task exit", R"((BUG|WARNING): lock held at task exit time)", "",
     "$1: lock held at task exit time in $f", CrashType::lockdep, Blame::lock_or_frame},
    {"lock held when returning", R"((BUG|WARNING): lock held when returning to user space)", "",
     "$1: lock held when returning to user space in $f", CrashType::lockdep, Blame::lock},
    {"ested lock was not taken", R"((BUG|WARNING): [Nn]ested lock was not taken)", "",
     "$1: nested lock was not taken in $f", CrashType::lockdep, Blame::warned},
    {"nvalid wait context", R"((?:BUG|WARNING): [Ii]nvalid wait context)", "", "WARNING: locking bug in $f",
     CrashType::lockdep, Blame::trace, Skips::sockets},
    {"non-static key", R"(INFO: trying to register non-static key)", "",
     "INFO: trying to register non-static key in $f", CrashType::lockdep, Blame::trace, Skips::keys},
    {"possible deadlock detected", R"(INFO: possible deadlock detected)", "", "possible deadlock in $f",
     CrashType::lockdep, Blame::trace},
    {"BUG: MAX_", R"(BUG: (MAX_\w+) too (low|large)!)", "", "BUG: $1 too $2!", CrashType::lockdep},
    {"BUG: Invalid", R"(BUG: (Invalid context|looking up invalid subclass: \d+|exceeding max subclasses))", "",
     "BUG: $1", CrashType::lockdep},

    // stacks the unwinder could not follow
    {"WARNING: kernel stack", R"(WARNING: kernel stack (regs|frame pointer) .*has bad ('\w+') value)", "",
     "WARNING: kernel stack $1 has bad $2 value", CrashType::warning},
    {"WARNING: kernel stack", R"(WARNING: kernel stack (regs|frame pointer) .*has bad value)", "",
     "WARNING: kernel stack $1 has bad value", CrashType::warning},
    {"WARNING: stack ", R"(WARNING: stack (recursion|going in the wrong direction))", "", "WARNING: stack $1",
     CrashType::warning},
    {"WARNING: can't", R"(WARNING: can't (access|dereference) (iret |)registers)", "", "WARNING: can't $1 registers",
     CrashType::warning, Blame::nowhere, kAny, "", Role::if_traced},

    // what looks like a report and is none
    {"INFO: lockdep is", R"(INFO: lockdep is turned off)", "", "", CrashType::other, Blame::nowhere, kAny, "",
     Role::never},
    {"INFO: Stall ended", R"(INFO: Stall ended before)", "", "", CrashType::other, Blame::nowhere, kAny, "",
     Role::never},
    {"INFO: NMI handler", R"(INFO: NMI handler|(?:handler|interrupt).*took too long)", "", "", CrashType::other,
     Blame::nowhere, kAny, "", Role::never},
    {"INFO: Slab ", R"(INFO: Slab )", "", "", CrashType::other, Blame::nowhere, kAny, "", Role::never},
    {" age=", R"(INFO: ((?:Freed|Allocated) in .* age=.*))", "", "INFO: $1", CrashType::bad_page, Blame::nowhere, kAny,
     "", Role::if_traced, true},
};
#undef PLACE
#undef CONDITION

}  // namespace

std::span<const Form> warning_forms() { return kForms; }

}  // namespace harden::crash
