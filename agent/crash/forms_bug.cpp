// SPDX-License-Identifier: Apache-2.0
//
// Lines with "BUG: " and "kernel BUG at": lib/bug.c, kernel/locking, mm, fs.
// Lockdep's are with the warnings; memory faults with the faults.
#include "agent/crash/forms.h"

namespace harden::crash {

namespace {

constexpr auto kAny = Skips::common;

constexpr Form kForms[] = {
    {"kernel BUG at", R"(kernel BUG at lib/list_debug\.c)", "", "BUG: corrupted list in $f", CrashType::kernel_bug,
     Blame::trace, kAny, "bad-access"},
    {"kernel BUG at", R"(kernel BUG at mm/usercopy\.c)", "", "BUG: bad usercopy in $f", CrashType::kernel_bug,
     Blame::trace, Skips::usercopy},
    {"kernel BUG at", R"(kernel BUG at \S+)", "", "kernel BUG in $f", CrashType::kernel_bug, Blame::pointer,
     Skips::buffers},
    // without CONFIG_DEBUG_BUGVERBOSE, and MIPS
    {"Kernel BUG at", R"(Kernel BUG at \S+)", "", "kernel BUG in $f", CrashType::kernel_bug, Blame::pointer,
     Skips::buffers},
    {"Kernel bug detected", R"(Kernel bug detected\[#)", "", "kernel BUG in $f", CrashType::kernel_bug, Blame::pointer,
     Skips::buffers},
    {"panicked at", R"(rust_kernel: panicked at \S+:\d+:\d+:\s*$)", R"(^(.+)$)", "$1 in $f", CrashType::kernel_bug,
     Blame::trace},
    {"panicked at", R"(rust_kernel: panicked at '(.*)', \S+:\d+:\d+)", "", "$1 in $f", CrashType::kernel_bug,
     Blame::trace},
    {"kernel BUG", R"(^kernel BUG (?:in|at) )", "", "kernel BUG in $f", CrashType::kernel_bug, Blame::pointer,
     Skips::buffers},

    // kernel/locking/spinlock_debug.c
    {"BUG: spinlock", R"(BUG: spinlock (lockup suspected|already unlocked|recursion|bad magic|wrong owner|wrong CPU))",
     "", "BUG: spinlock $1 in $f", CrashType::lockdep, Blame::trace, Skips::spinning},
    {"BUG: rwlock",
     R"(BUG: rwlock (lockup suspected|already unlocked|recursion|bad magic|wrong owner|wrong CPU|cpu recursion|trylock failure on UP))",
     "", "BUG: rwlock $1 in $f", CrashType::lockdep, Blame::trace, Skips::spinning},
    {"BUG: rwlock-lockup", R"(BUG: rwlock-lockup on CPU)", "", "BUG: rwlock lockup suspected in $f", CrashType::lockdep,
     Blame::trace, Skips::spinning},
    {"BUG: write-lock", R"(BUG: write-lock lockup on CPU)", "", "BUG: rwlock lockup suspected in $f",
     CrashType::lockdep, Blame::trace, Skips::spinning},

    // kernel/sched/core.c, lib/smp_processor_id.c
    {"invalid context", R"(BUG: sleeping function called from invalid context)", "",
     "BUG: sleeping function called from invalid context in $f", CrashType::atomic_sleep, Blame::trace},
    {"scheduling while atomic", R"(BUG: scheduling while atomic)", "", "BUG: scheduling while atomic in $f",
     CrashType::atomic_sleep, Blame::trace, Skips::scheduling},
    {"in preemptible", R"(BUG: using ([a-z_]+)\(\) in preemptible)", "", "BUG: using $1() in preemptible code in $f",
     CrashType::atomic_sleep, Blame::trace, Skips::preempt},
    {"BUG: atomic scheduling", R"(BUG: atomic scheduling while)", "", "BUG: scheduling while atomic in $f",
     CrashType::atomic_sleep, Blame::trace, Skips::scheduling},
    {"BUG: workqueue leaked", R"(BUG: workqueue leaked (lock or atomic|atomic, lock or RCU))",
     R"((?:last function: |workfn=)(?P<f>\w\S*))", "BUG: workqueue leaked $1 in $f", CrashType::atomic_sleep,
     Blame::named},

    // mm: page_alloc.c, memory.c, fork.c, slub.c
    {"BUG: Bad page", R"(BUG: Bad page (state|cache))", "", "BUG: Bad page $1 in $f", CrashType::bad_page,
     Blame::allocated, Skips::pages},
    {"BUG: Bad page map", R"(BUG: Bad page map)", "", "BUG: Bad page map", CrashType::bad_page},
    {"BUG: Bad rss", R"(BUG: Bad rss-counter state)", "", "BUG: Bad rss-counter state", CrashType::bad_page},
    {"BUG: non-zero", R"(BUG: non-zero (nr_ptes|nr_pmds) on freeing mm)", "", "BUG: non-zero $1 on freeing mm",
     CrashType::bad_page},
    {"BUG: non-zero", R"(BUG: non-zero pgtables_bytes on freeing mm)", "",
     "BUG: non-zero pgtables_bytes on freeing mm: NUM", CrashType::bad_page},
    {"BUG: Bad swap", R"(BUG: Bad (swap (?:file|offset) entry))", "", "BUG: Bad $1", CrashType::bad_page},
    {"BUG kmalloc-", R"(BUG kmalloc-.*: Object already free)", "", "BUG: Object already free", CrashType::bad_page},
    {"BUG ", R"(^BUG \S+ \((?:Not tainted|Tainted[^)]*)\): (.+))", "", "BUG: $1", CrashType::bad_page},
    {"BUG ", R"(^BUG \S+: (Redzone overwritten|Object padding overwritten|Poison overwritten|Padding overwritten))", "",
     "BUG: $1", CrashType::bad_page},

    {"still in use (", R"(BUG: Dentry .* still in use \([0-9-]+\) *\[unmount of ([^\]]+)\])", "",
     "BUG: Dentry still in use [unmount of $1]", CrashType::kernel_bug},
    {"file count is 0", R"(VFS: Close: file count is 0)", "", "VFS: Close: file count is zero (use-after-free)",
     CrashType::kernel_bug},
    {"Busy inodes after unmount", R"(VFS: Busy inodes after unmount)", "",
     "VFS: Busy inodes after unmount (use-after-free)", CrashType::kernel_bug},
    {"BUG: key ", R"(BUG: (key \S+ (?:not in .data|has not been registered).*))", "", "BUG: $1", CrashType::lockdep},
    {"BUG: executor-detected", R"(BUG: executor-detected bug)", "", "BUG: executor-detected bug", CrashType::other},
    {"BUG: stack guard page", R"(BUG: .*stack guard page was hit)", "", "BUG: stack guard page was hit in $f",
     CrashType::stack_overflow, Blame::busy, kAny, "stack-overflow"},
    {"BUG: TASK stack", R"(BUG: (?:TASK|IRQ|NMI|#DF|#DB|#MC|#VC\d?) stack guard page was hit)", "",
     "BUG: stack guard page was hit in $f", CrashType::stack_overflow, Blame::busy, kAny, "stack-overflow"},
    {"BUG: crypto:", R"(BUG: crypto: (.*))", "", "BUG: crypto: $1", CrashType::other},
    {"BUG: sys_", R"(BUG: sys_)", "", "BUG: $f", CrashType::other, Blame::trace, kAny, "", Role::never},

    // A form nobody has listed yet. Words in the middle of a sentence are no report.
    {"DEBUG: ", R"(DEBUG: )", "", "", CrashType::other, Blame::nowhere, kAny, "", Role::never},
};

// These words have many uses: only with a trace below them are they a report.
constexpr Form kLast[] = {
    {"BUG: ", R"(^(?:\[ )?(?:\w[\w -]{0,30}: )?BUG: (.+))", "", "BUG: $1", CrashType::other, Blame::nowhere, kAny, "",
     Role::if_traced},
    {"WARNING: ", R"(^(?:\[ )?WARNING: (.+))", "", "WARNING: $1", CrashType::warning, Blame::nowhere, kAny, "",
     Role::if_traced},
    {"INFO: ", R"(^(?:\[ )?INFO: (.+))", "", "INFO: $1", CrashType::other, Blame::nowhere, kAny, "", Role::if_traced},
};

}  // namespace

std::span<const Form> bug_forms() { return kForms; }
std::span<const Form> last_forms() { return kLast; }

}  // namespace harden::crash
