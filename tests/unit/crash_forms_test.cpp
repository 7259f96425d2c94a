// SPDX-License-Identifier: Apache-2.0
//
// One line for each form in which the kernel reports, and the title it gets.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "agent/crash/forms.h"
#include "agent/crash/report.h"
#include "harden/crash.h"

using namespace harden;

namespace {

// The registers and the trace of a 64-bit PC, with machinery above the function to blame.
const std::string kTrace =
    "CPU: 1 PID: 2 Comm: c Not tainted 6.1.0 #1\nRIP: 0010:guilty+0x1/0x2\nCall Trace:\n dump_stack+0x1/0x2\n "
    "guilty+0x1/0x2\n caller+0x1/0x2\n";
// And of a system call to its beginning.
const std::string kCall = kTrace + " __x64_sys_call+0x1/0x2\n do_syscall_64+0x1/0x2\n";

struct Row {
  std::string head;
  std::string title;
  CrashType type;
  std::string tail = kTrace;
  bool whole = true;
};

void check_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.head);
    const auto found = parse_crashes(row.head + "\n" + row.tail).crashes;
    REQUIRE_FALSE(found.empty());
    CHECK(found[0].title == row.title);
    CHECK(found[0].type == row.type);
    CHECK(found[0].corrupted == !row.whole);
  }
}

}  // namespace

TEST_CASE("faults") {
  using enum CrashType;
  const std::string null = "BUG: unable to handle kernel NULL pointer dereference in guilty";
  const std::string page = "BUG: unable to handle kernel paging request in guilty";
  const std::string user = "BUG: unable to handle kernel access to user memory in guilty";
  check_rows({
      {"BUG: unable to handle kernel NULL pointer dereference at 0000000000000020", null, null_dereference},
      {"BUG: unable to handle kernel NULL pointer dereference at           (null)", null, null_dereference},
      {"BUG: kernel NULL pointer dereference, address: 0000000000000010", null, null_dereference},
      {"Unable to handle kernel NULL pointer dereference at virtual address 00000010", null, null_dereference},
      {"BUG: Kernel NULL pointer dereference on read at 0x00000010", null, null_dereference},
      {"BUG: unable to handle kernel paging request at ffffffffffffffd8", page, paging_fault},
      {"BUG: unable to handle page fault for address: ffffffff89c00000", page, paging_fault},
      {"Unable to handle kernel paging request at virtual address fc14ef08", page, paging_fault},
      {"CPU 0 Unable to handle kernel paging request at virtual address 00000010, epc == 80012345, ra == 80012345",
       page, paging_fault},
      {"BUG: Unable to handle kernel data access on read at 0xc00000000000", page, paging_fault},
      {"Kernel attempted to read user page (10) - exploit attempt? (uid: 0)\nBUG: Kernel NULL pointer dereference on "
       "read at 0x00000010",
       null, null_dereference},
      {"Unable to handle kernel pointer dereference in virtual kernel address space", page, paging_fault},
      {"Unable to handle kernel write to read-only memory at virtual address ffff000012345678", page, paging_fault},
      {"Unable to handle kernel execute from non-executable memory at virtual address ffff0", page, paging_fault},
      {"Unable to handle kernel access to user memory outside uaccess routines at virtual address 0000000000000010",
       user, paging_fault},
      {"Unable to handle kernel access to user memory without uaccess routines at virtual address 0000000000000010",
       user, paging_fault},
      {"general protection fault: 0000 [#1] SMP KASAN", "general protection fault in guilty", protection_fault},
      {"general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000 [#1] SMP",
       "general protection fault in guilty", protection_fault},
      {"Oops: general protection fault, probably for non-canonical address 0xdffffc0000000004: 0000 [#1] SMP",
       "general protection fault in guilty", protection_fault},
      {"divide_error: 0000 [#1] PREEMPT SMP", "divide error in guilty", divide_error},
      {"divide error: 0000 [#1] SMP", "divide error in guilty", divide_error},
      {"Oops: divide error: 0000 [#1] SMP", "divide error in guilty", divide_error},
      {"Division by zero in kernel.", "divide error in guilty", divide_error},
      {"stack segment: 0000 [#1] PREEMPT SMP", "stack segment fault in guilty", protection_fault},
      {"invalid opcode: 0000 [#1] SMP", "invalid opcode in guilty", kernel_bug},
      {"PANIC: double fault, error_code: 0x0", "PANIC: double fault in guilty", double_fault},
      {"traps: PANIC: double fault, error_code: 0x0", "PANIC: double fault in guilty", double_fault},
      {"BUG: stack guard page was hit at ffffc900190cfff8 (stack is ffffc900190d0000..ffffc900190d7fff)",
       "BUG: stack guard page was hit in sys_call", stack_overflow, kCall},
      {"BUG: TASK stack guard page was hit at ffffc900190cfff8 (stack is 1..2)",
       "BUG: stack guard page was hit in sys_call", stack_overflow, kCall},
      {"Internal error: synchronous external abort: 96000010 [#1] PREEMPT SMP", "Internal error in guilty",
       paging_fault},
      {"Unhandled fault: external abort on non-linefetch (0x008) at 0x12345678", "Unhandled fault in guilty",
       paging_fault},
      {"Alignment trap: not handling instruction e1923f9f at [<c01234>]", "Alignment trap in guilty", paging_fault},
      {"Missing ENDBR: foo+0x0/0x10", "control protection in guilty", protection_fault},
      {"CFI failure at foo+0x1/0x2 (target: bar+0x0/0x10; expected type: 0x1234)", "CFI failure in guilty",
       protection_fault},
      {"illegal operation: 0001 ilc:1 [#1] SMP ", "illegal operation in guilty", protection_fault},
  });
}

TEST_CASE("bugs") {
  using enum CrashType;
  check_rows({
      {"kernel BUG at mm/filemap.c:1499!", "kernel BUG in guilty", kernel_bug},
      {"Kernel BUG at guilty+0x18/0x20 [verbose debug info unavailable]\nInternal error: Oops - BUG: 0 [#1] SMP",
       "kernel BUG in guilty", kernel_bug},
      {"Kernel bug detected[#1]:", "kernel BUG in guilty", kernel_bug},
      {"kernel BUG at lib/list_debug.c:51!", "BUG: corrupted list in guilty", kernel_bug},
      {"kernel BUG at mm/usercopy.c:102!", "BUG: bad usercopy in guilty", kernel_bug},
      {"BUG: spinlock bad magic on CPU#0, kworker/0:18/18158", "BUG: spinlock bad magic in guilty", lockdep},
      {"BUG: spinlock lockup suspected on CPU#0, a/1", "BUG: spinlock lockup suspected in guilty", lockdep},
      {"BUG: spinlock recursion on CPU#0, a/1", "BUG: spinlock recursion in guilty", lockdep},
      {"BUG: spinlock wrong owner on CPU#0, a/1", "BUG: spinlock wrong owner in guilty", lockdep},
      {"BUG: spinlock already unlocked on CPU#0, a/1", "BUG: spinlock already unlocked in guilty", lockdep},
      {"BUG: rwlock bad magic on CPU#0, kworker/0:18/18158", "BUG: rwlock bad magic in guilty", lockdep},
      {"BUG: sleeping function called from invalid context at kernel/locking/mutex.c:908",
       "BUG: sleeping function called from invalid context in guilty", atomic_sleep},
      {"BUG: scheduling while atomic: a/1/0x00000002", "BUG: scheduling while atomic in guilty", atomic_sleep},
      {"BUG: using __this_cpu_read() in preemptible [00000000] code: a/1",
       "BUG: using __this_cpu_read() in preemptible code in guilty", atomic_sleep},
      {"BUG: using smp_processor_id() in preemptible [00000000] code: a/1",
       "BUG: using smp_processor_id() in preemptible code in guilty", atomic_sleep},
      {"BUG: Bad page state in process a  pfn:7deea", "BUG: Bad page state in guilty", bad_page},
      {"BUG: Bad page map in process a  pte:ffff8801a700ff00 pmd:1a700f067", "BUG: Bad page map", bad_page},
      {"BUG: Bad rss-counter state mm:ffff880 idx:1 val:2", "BUG: Bad rss-counter state", bad_page},
      {"BUG: non-zero nr_ptes on freeing mm: 1", "BUG: non-zero nr_ptes on freeing mm", bad_page},
      {"BUG: non-zero pgtables_bytes on freeing mm: 4096", "BUG: non-zero pgtables_bytes on freeing mm: NUM", bad_page},
      {"BUG: Dentry 00000000 {i=1,n=/} still in use (1) [unmount of tmpfs tmpfs]",
       "BUG: Dentry still in use [unmount of tmpfs tmpfs]", kernel_bug},
      {"VFS: Busy inodes after unmount of sda1. Self-destruct in 5 seconds.",
       "VFS: Busy inodes after unmount (use-after-free)", kernel_bug},
      {"BUG kmalloc-64 (Tainted: G    B): Redzone overwritten", "BUG: Redzone overwritten", bad_page},
      {"BUG: workqueue leaked lock or atomic: kworker/0:2/0xffffffff/4586\n     last function: od_dbs_timer",
       "BUG: workqueue leaked lock or atomic in od_dbs_timer", atomic_sleep},
      {"BUG: Bad page cache in process a  pfn:7deea", "BUG: Bad page cache in guilty", bad_page},
      {"BUG kmalloc-64 (Tainted: G    B  ): Object already free", "BUG: Object already free", bad_page},
      {"BUG: key ffff8880123456f0 has not been registered!", "BUG: key ADDR has not been registered!", lockdep},
      {"VFS: Close: file count is 0", "VFS: Close: file count is zero (use-after-free)", kernel_bug},
      {"BUG: rwlock trylock failure on UP on CPU#0, a/1", "BUG: rwlock trylock failure on UP in guilty", lockdep},
      {"rust_kernel: panicked at drivers/android/a.rs:10:20:\nattempt to subtract with overflow",
       "attempt to subtract with overflow in guilty", kernel_bug},
      {"BUG: an unheard-of thing 42", "BUG: an unheard-of thing NUM", other},
  });
}

TEST_CASE("warnings and lockdep") {
  using enum CrashType;
  const std::string lock = "-----\na/1 is trying to acquire lock:\n ffff8800 (&x->y){+.+.}, at: guilty+0x1/0x2\n";
  check_rows({
      {"WARNING: CPU: 0 PID: 21 at net/core/dev.c:8022 guilty+0xeca/0x1250", "WARNING in guilty", warning},
      {"WARNING: at net/core/dev.c:8022 guilty+0xeca/0x1250()", "WARNING in guilty", warning},
      {"WARNING: CPU: 1 PID: 36348 at mm/slab_common.c:903 kmalloc_slab+0x89/0xa0()", "WARNING: kmalloc bug in guilty",
       warning},
      {"WARNING: net/core/dev.c:8022 at guilty+0xeca/0x1250, CPU#0: syz.0.17/5982", "WARNING in guilty", warning},
      {"WARNING: [!ok] net/core/dev.c:8022 at guilty+0xeca/0x1250, CPU#0: syz.0.17/5982", "WARNING in guilty", warning},
      {"WARNING: CPU: 0 PID: 1 at mm/usercopy.c:74 usercopy_warn+0x1/0x2", "WARNING: bad usercopy in guilty", warning},
      {"WARNING: CPU: 0 PID: 1 at lib/kobject.c:1 kobject_get+0x1/0x2", "WARNING: kobject bug in guilty", warning},
      {"WARNING: CPU: 0 PID: 1 at mm/util.c:597 kvmalloc_node+0x111/0x120", "WARNING: kmalloc bug in guilty", warning},
      {"WARNING: CPU: 0 PID: 1 at mm/slab_common.c:498 kmem_cache_destroy+0x1/0x2", "WARNING in guilty", warning},
      {"WARNING: CPU: 0 PID: 1 at kernel/locking/lockdep.c:5000 check_flags+0x1/0x2", "WARNING in guilty", warning},
      {"WARNING: fs/ext4/xattr.c:1058 at 0x0, CPU#0: syz.0.17/5982", "WARNING in guilty", warning},
      {"WARNING: CPU: 0 PID: 1 at lib/refcount.c:25 refcount_warn_saturate+0x169/0x1e0",
       "WARNING: refcount bug in guilty", refcount},
      {"WARNING: CPU: 0 PID: 1 at lib/debugobjects.c:291 debug_print_object+0x166/0x220",
       "WARNING: ODEBUG bug in guilty", warning},
      {"WARNING: CPU: 0 PID: 1 at kernel/locking/lockdep.c:3501 lock_acquire+0x1/0x2", "WARNING: locking bug in guilty",
       lockdep},
      {"WARNING: CPU: 0 PID: 1 at fs/proc/generic.c:330 proc_register+0x2a4/0x370",
       "WARNING: proc registration bug in guilty", warning},
      {"WARNING: CPU: 0 PID: 1 at mm/vmalloc.c:1 __vmalloc_node_range+0x2a4/0x370",
       "WARNING: zero-size vmalloc in guilty", warning},
      {"WARNING: CPU: 0 PID: 1 at drivers/usb/core/urb.c:1 usb_submit_urb+0x2a4/0x370",
       "WARNING in guilty/usb_submit_urb", warning},
      {"WARNING: possible circular locking dependency detected", "possible deadlock in guilty", lockdep, lock + kTrace},
      {"[ INFO: possible circular locking dependency detected ]", "possible deadlock in guilty", lockdep,
       lock + kTrace},
      {"WARNING: possible recursive locking detected", "possible deadlock in guilty", lockdep, lock + kTrace},
      {"WARNING: possible irq lock inversion dependency detected", "possible deadlock in guilty", lockdep,
       lock + kTrace},
      {"WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected", "possible deadlock in guilty", lockdep,
       "a/1 [HC0[0]:SC0[2]] is trying to acquire:\n8f (&x){+.+.}-{2:2}, at: other+0x1/0x2\n\nbut this new dependency "
       "connects "
       "a HARDIRQ-irq-safe lock:\n (&y){-.-.}-{2:2}\n\n... which became HARDIRQ-irq-safe at:\n  lock_acquire+0x1/0x2\n "
       " "
       "_raw_spin_lock_irqsave+0x1/0x2\n  guilty+0x1/0x2\n"},
      {"WARNING: inconsistent lock state", "inconsistent lock state in guilty", lockdep,
       "a/1 takes:\n8f (&x){+.?.}-{3:3}, at: other+0x1/0x2\n" + kTrace},
      {"[ INFO: inconsistent lock state ]", "inconsistent lock state in guilty", lockdep,
       "a/1 takes:\n (&x){+.?.}, at: [<ffffffff810008f9>] guilty+0x1/0x2\n" + kTrace},
      {"[ INFO: suspicious RCU usage. ]", "INFO: suspicious RCU usage in guilty", lockdep},
      {"WARNING: suspicious RCU usage", "WARNING: suspicious RCU usage in guilty", lockdep},
      {"WARNING: bad unlock balance detected!", "WARNING: bad unlock balance in guilty", lockdep,
       "a/1 is trying to release lock (&x) at:\n[<ffffffff810008f9>] guilty+0x1/0x2\n"},
      {"WARNING: held lock freed!", "WARNING: held lock freed in guilty", lockdep,
       " (x){+.+.}, at: guilty+0x1/0x2\n" + kTrace},
      {"[ BUG: held lock freed! ]", "BUG: held lock freed in guilty", lockdep,
       " (x){+.+.}, at: guilty+0x1/0x2\n" + kTrace},
      {"WARNING: a/1 still has locks held!", "WARNING: still has locks held in guilty", lockdep,
       " #0:  (x){+.+.}, at: guilty+0x1/0x2\n" + kTrace},
      {"WARNING: lock held when returning to user space!", "WARNING: lock held when returning to user space in guilty",
       lockdep, " #0:  (x){+.+.}, at: guilty+0x1/0x2\n"},
      {"WARNING: Nested lock was not taken", "WARNING: nested lock was not taken in guilty", lockdep,
       "a/1 is trying to lock:\n (x){+.+.}, at: other+0x1/0x2\n" + kTrace},
      {"[ BUG: Invalid wait context ]", "WARNING: locking bug in guilty", lockdep,
       "a/1 is trying to lock:\n ff (x){+.+.}-{3:3}, at: other+0x1/0x2\n" + kTrace},
      {"INFO: trying to register non-static key.", "INFO: trying to register non-static key in guilty", lockdep},
      {"BUG: MAX_LOCKDEP_CHAINS too low!", "BUG: MAX_LOCKDEP_CHAINS too low!", lockdep},
      {"WARNING: kernel stack regs at ffff8801 in a:1 has bad 'bp' value 0000",
       "WARNING: kernel stack regs has bad 'bp' value", warning},
      {"WARNING: something nobody expected", "WARNING: something nobody expected", warning},
      {"WARNING: at kernel/cgroup.c:492", "WARNING in guilty", warning},
      {"WARNING: at net/core/dev.c:8022", "WARNING in other", warning, "\t\tother+0xeca/0x1250()\n" + kTrace},
      {"WARNING: CPU: 0 PID: 21 at guilty+0xeca/0x1250", "WARNING in guilty", warning},
      {"WARNING: at guilty+0xeca/0x1250()", "WARNING in guilty", warning},
      {"WARNING: CPU: 0 PID: 21 at", "WARNING in guilty", warning, "net/core/dev.c:8022 guilty+0x1/0x2\n" + kTrace},
  });
}

TEST_CASE("what stands still") {
  using enum CrashType;
  const std::string stuck =
      "RIP: 0010:_raw_spin_unlock+0x1/0x2\nCall Trace:\n deep+0x1/0x2\n guilty+0x1/0x2\n process_one_work+0x1/0x2\n "
      "worker_thread+0x1/0x2\n";
  const std::string interrupted =
      "Call Trace:\n <IRQ>\n dump_stack+0x1/0x2\n tick_sched_timer+0x1/0x2\n apic_timer_interrupt+0x1/0x2\n </IRQ>\n" +
      stuck;
  const std::string hung =
      "      Not tainted 6.1 #1\ntask:a state:D\nCall Trace:\n __schedule+0x1/0x2\n schedule+0x1/0x2\n "
      "wait_for_completion+0x1/0x2\n guilty+0x1/0x2\n";
  check_rows({
      {"watchdog: BUG: soft lockup - CPU#0 stuck for 134s! [kworker/0:2:1400]", "BUG: soft lockup in guilty",
       soft_lockup, stuck},
      {"NMI watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [a:1]", "BUG: soft lockup in guilty", soft_lockup, stuck},
      {"BUG: soft lockup - CPU#3 stuck for 22s! [a:1]", "BUG: soft lockup in guilty", soft_lockup, stuck},
      {"NMI watchdog: Watchdog detected hard LOCKUP on cpu 3", "BUG: hard lockup in guilty", hard_lockup, stuck},
      {"rcu: INFO: rcu_sched self-detected stall on CPU", "INFO: rcu detected stall in guilty", rcu_stall, interrupted},
      {"INFO: rcu_preempt detected stalls on CPUs/tasks:", "INFO: rcu detected stall in guilty", rcu_stall,
       interrupted},
      {"rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-... } 5 jiffies s: 1 root: 0x1/.",
       "INFO: rcu detected stall in guilty", rcu_stall, interrupted},
      {"INFO: rcu_tasks detected stalls on tasks:", "INFO: rcu detected stall in guilty", rcu_stall, stuck},
      {"INFO: task jbd2/sda-8:3563 blocked for more than 140 seconds.", "INFO: task hung in guilty", hung_task, hung},
      {"INFO: task a:1 can't die for more than 143 seconds.", "INFO: task can't die in guilty", hung_task, hung},
      {"BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 101s!", "BUG: workqueue lockup",
       soft_lockup},
      {"unregister_netdevice: waiting for lo to become free. Usage count = 5",
       "unregister_netdevice: waiting for DEV to become free", other},
  });
}

TEST_CASE("sanitizers") {
  using enum CrashType;
  check_rows({
      {"BUG: KASAN: use-after-free in guilty+0x1/0x2\nRead of size 8 at addr ffff8800 by task a/1",
       "KASAN: use-after-free Read in guilty", kasan},
      {"BUG: KASAN: slab-out-of-bounds in memcpy+0x1/0x2\nWrite of size 8 at addr ffff8800 by task a/1",
       "KASAN: slab-out-of-bounds Write in guilty", kasan},
      {"BUG: KASAN: use-after-free in guilty+0x1/0x2 at addr ffff8800\nRead of size 8 by task a/1",
       "KASAN: use-after-free Read in guilty", kasan},
      {"BUG: KASAN: invalid-access in guilty+0x1/0x2\nRead at addr f0ff000 by task a/1",
       "KASAN: invalid-access Read in guilty", kasan},
      {"BUG: KASAN: double-free or invalid-free in kfree+0x1/0x2", "KASAN: invalid-free in guilty", kasan},
      {"BUG: KASAN: double-free in kfree+0x1/0x2", "KASAN: invalid-free in guilty", kasan},
      {"BUG: KMSAN: uninit-value in guilty+0x1/0x2", "KMSAN: uninit-value in guilty", kmsan, " guilty+0x1/0x2\n"},
      {"BUG: KMSAN: kernel-infoleak in _copy_to_user+0x1/0x2", "KMSAN: kernel-infoleak in guilty", kmsan,
       " _copy_to_user+0x1/0x2\n guilty+0x1/0x2\n"},
      {"BUG: KASAN: null-ptr-deref on address 0000000000000010\nRead of size 8 by task a/1",
       "KASAN: null-ptr-deref Read", kasan, kTrace, false},
      {"BUG: KFENCE: invalid free in kfree+0x1/0x2", "KFENCE: invalid free in guilty", kfence,
       "\nInvalid free of 0xffff:\n kfree+0x1/0x2\n guilty+0x1/0x2\n"},
      {"UBSAN: array-index-out-of-bounds in a/b.c:1:2", "UBSAN: array-index-out-of-bounds in guilty", ubsan},
      {"BUG: KCSAN: assert: race in guilty+0x1/0x2", "KCSAN: assert: race in guilty", kcsan},
      {"BUG: KCSAN: data-race in one / two", "KCSAN: data-race in one / two", kcsan},
      {"BUG: KCSAN: data-race in guilty+0x1/0x2", "KCSAN: data-race in guilty", kcsan},
      {"BUG: KFENCE: use-after-free read in guilty+0x1/0x2", "KFENCE: use-after-free read in guilty", kfence},
      {"BUG: KFENCE: memory corruption in krealloc+0x60/0xd0", "KFENCE: memory corruption in guilty", kfence},
      {"UBSAN: Undefined behaviour in a/b.c:1:2", "UBSAN: undefined-behaviour in guilty", ubsan},
      {"UBSAN: shift-out-of-bounds in a/b.c:1:2", "UBSAN: shift-out-of-bounds in guilty", ubsan},
      {"BUG: memory leak\nunreferenced object 0xffff8880 (size 32):\n  comm \"a\", pid 1", "memory leak in guilty",
       memory_leak,
       "  backtrace:\n    [<000000005a9b5f4e>] kmalloc include/linux/slab.h:560 [inline]\n    [<000000005a9b5f4e>] "
       "kmalloc_trace+0x1/0x2\n    [<0>] guilty+0x1/0x2\n"},
  });
}

TEST_CASE("panics") {
  using enum CrashType;
  check_rows({
      {"Kernel panic - not syncing: sysrq triggered crash", "kernel panic: sysrq triggered crash", panic},
      {"Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b",
       "kernel panic: Attempted to kill init!", panic},
      {"Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: guilty+0x7ea/0x7f0",
       "kernel panic: stack is corrupted in guilty", panic},
      {"Kernel panic - not syncing: corrupted stack end detected inside scheduler",
       "kernel panic: corrupted stack end in guilty", panic,
       "CPU: 0 PID: 1 Comm: a\nCall Trace:\n panic+0x1/0x2\n __schedule+0x1/0x2\n inner+0x1/0x2\n guilty+0x1/0x2\n "
       "vfs_write+0x1/0x2\n"},
      {"Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: ffffffff81234567",
       "kernel panic: stack is corrupted in guilty", panic,
       "Call Trace:\n dump_stack+0x1/0x2\n panic+0x1/0x2\n __stack_chk_fail+0x1/0x2\n guilty+0x1/0x2\n"},
      {"Kernel panic - not syncing: kernel stack overflow", "kernel stack overflow in guilty", stack_overflow,
       "Call trace:\n panic+0x1/0x2\n handle_bad_stack+0x1/0x2\n inner+0x1/0x2\n guilty+0x1/0x2\n "
       "invoke_syscall+0x1/0x2\n"},
      {"Kernel panic - not syncing: Watchdog detected hard LOCKUP on cpu 3",
       "kernel panic: Watchdog detected hard LOCKUP on cpu NUM", hard_lockup},
      {"Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(8,1)",
       "kernel panic: VFS: Unable to mount root fs on unknown-block(NUM,NUM)", panic},
      {"trusty: panic (caller 0xffffffff80123456): DEBUG ASSERT FAILED at (lib/a.c:12): it != 0",
       "trusty: ASSERT FAILED: it != NUM", panic},
      {"trusty: panic (caller 0xffffffff80123456): out of luck", "trusty: panic: out of luck", panic},
      {"Kernel panic - not syncing: Out of memory and no killable processes...",
       "kernel panic: Out of memory and no killable processes...", oom_panic},
      {"Kernel panic - not syncing: Fatal machine check", "kernel panic: Fatal machine check", machine_check},
      {"Kernel panic - not syncing: Fatal exception in interrupt", "kernel panic: Fatal exception", panic, kTrace,
       false},
      {"SYZFAIL: negative running", "SYZFAIL: negative running", other},
  });
}

TEST_CASE("a program's fault is no crash of the kernel") {
  for (const char* line : {"traps: a.out[123] general protection fault ip:55d0 sp:7ffc error:0 in a.out[55d0+1000]",
                           "a.out[123] general protection rip:55d0 rsp:7ffc error:0",
                           "traps: a.out[1] trap divide error ip:4004e2 sp:7ffc error:0 in a.out[400000+1000]",
                           "traps: a.out[1] trap invalid opcode ip:4004e2 sp:7ffc error:0 in a.out[400000+1000]"}) {
    CAPTURE(line);
    CHECK(parse_crashes(std::string(line) + "\nan ordinary line\n").crashes.empty());
  }
}

TEST_CASE("what follows an oops is no crash of its own") {
  const auto found =
      parse_crashes("kernel BUG at a/b.c:1!\ninvalid opcode: 0000 [#1] SMP\n" + kTrace +
                    "---[ end trace 1 ]---\nKernel panic - not syncing: Fatal exception\nRebooting in 5 seconds..\n")
          .crashes;
  REQUIRE(found.size() == 1);
  CHECK(found[0].title == "kernel BUG in guilty");
}

TEST_CASE("every form has what it needs") {
  for (const crash::Form* form : crash::all_forms()) {
    CAPTURE(form->line);
    CHECK_FALSE(std::string(form->anchor).empty());
    CHECK((*form->title != '\0' || form->role == crash::Role::never));
    const bool names = std::string(form->title).find("$f") != std::string::npos;
    CHECK((names == (form->blame != crash::Blame::nowhere) || form->role == crash::Role::never));
  }
}

TEST_CASE("numbers, addresses and offsets leave a title") {
  CHECK(crash::without_numbers("executor 4 failed 11 times: ./dir416508: 0xffff8800b46111c0") ==
        "executor NUM failed NUM times: ./dir416508: ADDR");
  CHECK(crash::without_numbers("in func_2+0x739/0x770 at addr ffff8800b46111c0 ext4 sda1") ==
        "in func_2 at addr ADDR ext4 sda1");
  CHECK(crash::common_name("__x64_sys_futex") == "sys_futex");
  CHECK(crash::without_numbers("kworker/0:12[45] at 10.0.0.1, dir12345678, mm/slab.c:12:7 CPU#3") ==
        "kworker/NUM:NUM[NUM] at IP, dirNUM, mm/slab.c:LINE CPU");
  CHECK(crash::common_name("__do_sys_futex") == "futex");
  CHECK(crash::common_name("__se_sys_futex") == "futex");
  CHECK(crash::common_name("___sys_sendmsg") == "sendmsg");
  CHECK(crash::common_name("SyS_rmdir") == "rmdir");
  CHECK(crash::common_name("smp_call_function_single") == "smp_call_function");
  CHECK(crash::common_name("ksys_mount") == "mount");
  CHECK(crash::common_name("guilty") == "guilty");
}
