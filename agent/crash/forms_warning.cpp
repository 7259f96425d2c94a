// SPDX-License-Identifier: Apache-2.0
//
// WARN() and its relatives (kernel/panic.c), refcounts, debugobjects, and
// lockdep (kernel/locking/lockdep.c), whose heads were "[ INFO: … ]" and
// "[ BUG: … ]" until 4.12 and are "WARNING: …" since.
#include "agent/crash/forms.h"

namespace harden::crash {

namespace {

constexpr auto kAny = Skips::common;

// "WARNING: CPU: 0 PID: 1 at file:1 func+0x1/0x2", "WARNING: at …" of 3.10 and
// "WARNING: file:1 at func+0x1/0x2, CPU#0: comm/1" of 6.18.
#define PLACE(file) "WARNING: (?:CPU: \\d+ PID: \\d+ )?(?:at )?\\S*" file "\\S*:\\d+ (?:at )?(?P<f>\\S*)"

constexpr Form kForms[] = {
    {"WARNING: ", PLACE("lib/refcount\\.c"), "", "WARNING: refcount bug in $f", CrashType::refcount, Blame::warned},
    {"WARNING: ", PLACE("lib/debugobjects\\.c"), "", "WARNING: ODEBUG bug in $f", CrashType::warning, Blame::warned,
     Skips::timers},
    {"WARNING: ", PLACE("kernel/locking/lockdep\\.c"), "", "WARNING: locking bug in $f", CrashType::lockdep,
     Blame::warned, Skips::lockdep},
    {"WARNING: ", PLACE("mm/slab_common\\.c"), "", "WARNING: kmalloc bug in $f", CrashType::warning, Blame::warned},
    {"WARNING: ", "WARNING: .*mm/util\\.c:\\d+ (?:at )?(?P<f>_*kv?mallo\\S*|_*kvm\\S*)", "",
     "WARNING: kmalloc bug in $f", CrashType::warning, Blame::warned},
    {"WARNING: ", "WARNING: .*mm/vmalloc\\.c:\\d+ (?:at )?(?P<f>__vmalloc_node_range\\S*)", "",
     "WARNING: zero-size vmalloc in $f", CrashType::warning, Blame::warned},
    {"WARNING: ", "WARNING: .*fs/proc/generic\\.c:\\d+ (?:at )?(?P<f>_*proc_register\\S*)", "",
     "WARNING: proc registration bug in $f", CrashType::warning, Blame::warned, Skips::registration},
    {"WARNING: ", PLACE("lib/kobject\\.c"), "", "WARNING: kobject bug in $f", CrashType::warning, Blame::warned,
     Skips::registration},
    {"WARNING: ", "WARNING: .*drivers/usb/core/urb\\.c:\\d+ (?:at )?(?P<f>usb_submit_urb\\S*)", "",
     "WARNING in $f/usb_submit_urb", CrashType::warning, Blame::warned, Skips::common},
    {"WARNING: ", PLACE(""), "", "WARNING in $f", CrashType::warning, Blame::warned, Skips::common},

    // lockdep
    {"possible circular locking", R"(possible circular locking dependency detected)", "", "possible deadlock in $f",
     CrashType::lockdep, Blame::lock_line},
    {"possible irq lock inversion", R"(possible irq lock inversion dependency detected)", "", "possible deadlock in $f",
     CrashType::lockdep, Blame::lock_line},
    {"possible recursive locking", R"(possible recursive locking detected)", "", "possible deadlock in $f",
     CrashType::lockdep, Blame::lock_line},
    {"lock order detected", R"(-safe -> \S+-unsafe lock order detected)", "", "possible deadlock in $f",
     CrashType::lockdep, Blame::frames},
    {"inconsistent lock state", R"((?:INFO|WARNING): inconsistent lock state)", "", "inconsistent lock state in $f",
     CrashType::lockdep, Blame::trace},
    {"suspicious RCU usage", R"((INFO|WARNING|BUG): suspicious RCU usage)", "", "$1: suspicious RCU usage in $f",
     CrashType::lockdep, Blame::trace},
    {"suspicious rcu_dereference", R"((INFO|WARNING): suspicious rcu_dereference_check\(\) usage)", "",
     "$1: suspicious RCU usage in $f", CrashType::lockdep, Blame::trace},
    {"bad unlock balance", R"((BUG|WARNING): bad unlock balance detected)", "", "$1: bad unlock balance in $f",
     CrashType::lockdep, Blame::lock_line},
    {"bad contention detected", R"((BUG|WARNING): bad contention detected)", "", "$1: bad contention in $f",
     CrashType::lockdep, Blame::lock_line},
    {"held lock freed", R"((BUG|WARNING): held lock freed)", "", "$1: held lock freed in $f", CrashType::lockdep,
     Blame::lock_line},
    {"still has locks held", R"((BUG|WARNING): \S+ still has locks held)", "", "$1: still has locks held in $f",
     CrashType::lockdep, Blame::lock_line},
    {"lock held at task exit", R"((BUG|WARNING): lock held at task exit time)", "",
     "$1: lock held at task exit time in $f", CrashType::lockdep, Blame::lock_line},
    {"lock held when returning", R"((BUG|WARNING): lock held when returning to user space)", "",
     "$1: lock held when returning to user space in $f", CrashType::lockdep, Blame::lock_line},
    {"ested lock was not taken", R"((BUG|WARNING): [Nn]ested lock was not taken)", "",
     "$1: nested lock was not taken in $f", CrashType::lockdep, Blame::lock_line},
    {"nvalid wait context", R"((BUG|WARNING): [Ii]nvalid wait context)", "", "$1: Invalid wait context in $f",
     CrashType::lockdep, Blame::lock_line},
    {"non-static key", R"(INFO: trying to register non-static key)", "",
     "INFO: trying to register non-static key in $f", CrashType::lockdep, Blame::trace},
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
    {"INFO: Slab ", R"(INFO: (?:Slab|Object|Freed in|Allocated in|Bytes|0x))", "", "", CrashType::other, Blame::nowhere,
     kAny, "", Role::never},
};
#undef PLACE

}  // namespace

std::span<const Form> warning_forms() { return kForms; }

}  // namespace harden::crash
