// SPDX-License-Identifier: Apache-2.0
//
// Which function of a report its title names: whole reports, composed, of
// shapes in which the first frame is not the one; and the functions that are
// passed over, by family.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "agent/crash/skips.h"
#include "harden/crash.h"

using namespace harden;
using crash::passed_over;
using crash::Skips;

namespace {

struct Row {
  const char* what;
  std::string text;
  std::string title;
};

std::string first_title(const std::string& text) {
  const auto found = parse_crashes(text).crashes;
  return found.empty() ? "nothing" : found[0].title;
}

void check_titles(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(first_title(row.text) == row.title);
  }
}

}  // namespace

TEST_CASE("faults are named by the instruction pointer, unless it is machinery") {
  check_titles({
      {"in a copy",
       "BUG: unable to handle page fault for address: ffffc90000e10000\nRIP: 0010:memcpy_erms+0x6/0x10\nCall Trace:\n "
       "<TASK>\n copy_from_iter+0x1/0x2\n guilty+0x1/0x2\n vfs_write+0x1/0x2\n",
       "BUG: unable to handle kernel paging request in guilty"},
      {"taking a lock",
       "BUG: unable to handle kernel NULL pointer dereference at 0000000000000068\nIP: [<ffffffff816ab4ca>] "
       "_raw_spin_lock+0xa/0x30\nCall Trace:\n [<ffffffff81000001>] ? doubtful+0x1/0x2\n [<ffffffff81000002>] "
       "down_read+0x1/0x2\n [<ffffffff81000003>] guilty+0x1/0x2\n",
       "BUG: unable to handle kernel NULL pointer dereference in guilty"},
      {"jumped to nothing",
       "BUG: kernel NULL pointer dereference, address: 0000000000000000\nRIP: 0010:0x0\nCode: Unable to access opcode "
       "bytes at 0xffffffffffffffd6.\nCall Trace:\n guilty+0x1/0x2\n caller+0x1/0x2\n",
       "BUG: unable to handle kernel NULL pointer dereference in guilty"},
      {"a function inlined into the frame is not named",
       "general protection fault: 0000 [#1] SMP\nRIP: 0010:__list_del_entry_valid+0x1/0x2\nCall Trace:\n inner a/b.c:1 "
       "[inline]\n guilty+0x1/0x2 a/b.c:2\n",
       "general protection fault in guilty"},
      {"PowerPC's pointer follows its registers",
       "BUG: Unable to handle kernel data access at 0x8000000041a25f20\nFaulting instruction address: "
       "0xc00000000022d79c\nNIP:  c00000000022d79c LR: c00000000022d784 CTR: 0\nNIP [c00000000022d79c] "
       "guilty+0x1ac/0x5f0\nLR [c00000000022d784] guilty+0x194/0x5f0\nCall Trace:\n[c00000007a3efa20] "
       "[c00000000030a060] caller+0x7b0/0x13a0\n",
       "BUG: unable to handle kernel paging request in guilty"},
      {"ARM names both ends of a call",
       "Unable to handle kernel NULL pointer dereference at virtual address 00000000\nPC is at memcpy+0x50/0x330\nLR "
       "is "
       "at 0x1\nBacktrace: \n[<80100000>] (guilty) from [<80100010>] (caller+0x2c/0x34)\n",
       "BUG: unable to handle kernel NULL pointer dereference in guilty"},
      {"a BUG in a socket buffer's wrapper",
       "kernel BUG at net/core/skbuff.c:105!\nRIP: 0010:skb_panic+0x1/0x2\nCall Trace:\n skb_push+0x1/0x2\n "
       "guilty+0x1/0x2\n",
       "kernel BUG in guilty"},
      {"a list, whose trace counts and not the trap",
       "list_del corruption. next->prev should be ffff, but was 0000\nkernel BUG at lib/list_debug.c:54!\nRIP: "
       "0010:__list_del_entry_valid+0x1/0x2\nCall Trace:\n list_del_init+0x1/0x2\n guilty+0x1/0x2\n",
       "BUG: corrupted list in guilty"},
      {"a bad copy to a program",
       "usercopy: Kernel memory exposure attempt detected from SLUB object 'a'\nkernel BUG at mm/usercopy.c:102!\nRIP: "
       "0010:usercopy_abort+0x1/0x2\nCall Trace:\n __check_heap_object+0x1/0x2\n __check_object_size+0x1/0x2\n "
       "guilty+0x1/0x2\n",
       "BUG: bad usercopy in guilty"},
  });
}

TEST_CASE("warnings are named by the trap, and where there is none by the trace") {
  check_titles({
      {"the trap is below the machinery of dying",
       "WARNING: CPU: 0 PID: 1 at net/core/dev.c:1 guilty+0x1/0x2\nKernel panic - not syncing: panic_on_warn set "
       "...\nCall Trace:\n dump_stack+0x1/0x2\n panic+0x1/0x2\n __warn+0x1/0x2\n report_bug+0x1/0x2\n "
       "do_error_trap+0x1/0x2\n "
       "do_invalid_op+0x1/0x2\n invalid_op+0x1/0x2\nRIP: 0010:guilty+0x1/0x2\n caller+0x1/0x2\n",
       "WARNING in guilty"},
      {"3.10, without registers",
       "WARNING: at net/core/dev.c:1 dev_warn+0x1/0x2()\nCall Trace:\n [<ffffffff81000001>] dump_stack+0x1/0x2\n "
       "[<ffffffff81000002>] warn_slowpath_common+0x1/0x2\n [<ffffffff81000003>] warn_slowpath_null+0x1/0x2\n "
       "[<ffffffff81000004>] guilty+0x1/0x2\n",
       "WARNING in guilty"},
      {"a refcount",
       "WARNING: CPU: 0 PID: 1 at lib/refcount.c:28 refcount_warn_saturate+0x1/0x2\nRIP: "
       "0010:refcount_warn_saturate+0x1/0x2\nCall Trace:\n <TASK>\n kref_put+0x1/0x2\n kobject_put+0x1/0x2\n "
       "guilty+0x1/0x2\n",
       "WARNING: refcount bug in guilty"},
      {"an object freed with its timer on",
       "ODEBUG: free active (active state 0) object type: timer_list\nWARNING: CPU: 0 PID: 1 at lib/debugobjects.c:505 "
       "debug_print_object+0x1/0x2\nRIP: 0010:debug_print_object+0x1/0x2\nCall Trace:\n "
       "__debug_check_no_obj_freed+0x1/0x2\n "
       "kfree+0x1/0x2\n guilty+0x1/0x2\n",
       "WARNING: ODEBUG bug in guilty"},
      {"PowerPC shows the trap within the trace",
       "WARNING: CPU: 1 PID: 4057 at arch/powerpc/mm/a.c:79 guilty+0x2c/0x70\nCall Trace:\n[c0000000] [c0000001] "
       "show_stack+0x1/0x2 (unreliable)\n[c0000000] [c0000001] __warn+0x1/0x2\n--- interrupt: 700 at "
       "guilty+0x2c/0x70\n    LR = caller+0x1/0x2\n[c000000000000001] [c000000000000002] caller+0x1/0x2\n",
       "WARNING in guilty"},
      {"s390 says no function in the head of old kernels",
       "WARNING: at mm/slub.c:3024\nCPU: 0 PID: 1 Comm: a Not tainted 4.1.0 #1\nKrnl PSW : 0704c00180000000 "
       "0000000000289d7e (guilty+0x1/0x2)\nCall Trace:\n([<0000000000289d7e>] other+0x1/0x2)\n",
       "WARNING in guilty"},
      {"a processor whose stack has a head of its own",
       "WARNING: CPU: 0 PID: 1 at net/core/dev.c:1 dev_warn+0x1/0x2\nStack Trace:\n  arc_unwind_core+0x1/0x2\n  "
       "warn_slowpath_fmt+0x1/0x2\n  guilty+0x1/0x2\n",
       "WARNING in guilty"},
  });
}

TEST_CASE("decoded, a head and a pointer stand once for each function that was inlined there") {
  const std::string rest = " a/b.c:9\nModules linked in:\n";
  for (const std::string head : {"WARNING: CPU: 0 PID: 1 at a/b.c:1 ", "WARNING: a/b.c:1 at "}) {
    CAPTURE(head);
    const std::string text = head + "inner a/b.h:7 [inline]\n" + head + "between a/b.h:8 [inline]\n" + head +
                             "guilty+0x1/0x2" + rest + "RIP: 0010:inner a/b.h:7 [inline]\nRIP: 0010:guilty+0x1/0x2" +
                             rest + "Call Trace:\n caller+0x1/0x2\n";
    const auto found = parse_crashes(text).crashes;
    REQUIRE(found.size() == 1);
    CHECK(found[0].title == "WARNING in guilty");
  }
}

TEST_CASE("a stack of 32-bit ARM has no head, and names both ends of a call") {
  check_titles({
      {"with addresses",
       "WARNING: CPU: 0 PID: 0 at kernel/cgroup.c:492 guilty+0x1/0x2\n[<c010efa4>] (unwind_backtrace) from "
       "[<c010b9fc>] (show_stack+0x1/0x2)\n[<c010b9fc>] (show_stack) from [<c0559930>] (dump_stack+0x1/0x2)\n"
       "[<c0559930>] (dump_stack) from [<c012e9e8>] (__warn+0x1/0x2)\n[<c012e9e8>] (__warn) from [<c012eaf8>] "
       "(warn_slowpath_null+0x1/0x2)\n[<c012eaf8>] (warn_slowpath_null) from [<c01adcb8>] (guilty+0x1/0x2)\n"
       "[<c01adcb8>] (guilty) from [<c086b608>] (caller+0x1/0x2)\n",
       "WARNING in guilty"},
      {"without",
       "BUG: scheduling while atomic: a/1/0x00000002\n unwind_backtrace from show_stack+0x1/0x2\n show_stack from "
       "dump_stack+0x1/0x2\n dump_stack from __schedule_bug+0x1/0x2\n __schedule_bug from __schedule+0x1/0x2\n "
       "__schedule from schedule+0x1/0x2\n schedule from guilty+0x1/0x2\n guilty from caller+0x1/0x2\n",
       "BUG: scheduling while atomic in guilty"},
  });
}

TEST_CASE("a module stands between both ends of a call") {
  CHECK(first_title("BUG: scheduling while atomic: a/1/0x00000002\n[<7f15a69c>] (guilty [mod]) from [<7f15a874>] "
                    "(caller+0x3c/0x50 [mod])\n") == "BUG: scheduling while atomic in guilty");
}

TEST_CASE("PowerPC's debugger is asked for the stack") {
  CHECK(first_title("Unable to handle kernel paging request for data at address 0x00000000\ncpu 0x1: Vector: 300 (Data "
                    "Access) at [c00000009a9b74f0]\n    pc: c00000000007a874: .__queue_work+0x54/0xb0\n    lr: "
                    "c00000000007a844: .__queue_work+0x24/0xb0\nenter ? for help\n1:mon> t\n[c00000009a9b7810] "
                    "c00000000007b578 .queue_work+0xf8/0x1b0\n[c00000009a9b78a0] c00000000007a654 .guilty+0x1/0x2\n") ==
        "BUG: unable to handle kernel paging request in guilty");
}

TEST_CASE("a page that is bad is named by who gave it back, where nobody knows who took it") {
  CHECK(first_title("BUG: Bad page state in process a  pfn:7deea\nCall trace:\n dump_stack+0x1/0x2\n "
                    "bad_page+0x1/0x2\n __free_pages_ok+0x1/0x2\n page_frag_free+0x1/0x2\n guilty+0x1/0x2\n") ==
        "BUG: Bad page state in guilty");
}

TEST_CASE("the trace of a failure that was ordered names nobody") {
  CHECK(first_title("INFO: task a:1 blocked for more than 143 seconds.\nCall Trace:\n dump_stack_lvl+0x1/0x2\n "
                    "should_fail.isra.0+0x1/0x2\n should_failslab+0x1/0x2\n other+0x1/0x2\n") ==
        "INFO: task hung in corrupted");
}

TEST_CASE("lockdep's reports are named by who took the lock") {
  check_titles({
      {"a circle: the lock wanted, taken by machinery; then the one held",
       "WARNING: possible circular locking dependency detected\na/1 is trying to acquire lock:\nffff (&x){+.+.}-{3:3}, "
       "at: __flush_work+0x1/0x2\n\nbut task is already holding lock:\nffff (rtnl_mutex){+.+.}-{3:3}, at: "
       "guilty+0x1/0x2\n\nthe existing dependency chain (in reverse order) is:\n\n-> #1 (rtnl_mutex){+.+.}-{3:3}:\n    "
       "   "
       "__mutex_lock+0x1/0x2\n       third+0x1/0x2\n",
       "possible deadlock in guilty"},
      {"a circle of two locks that machinery took: the first chain",
       "WARNING: possible circular locking dependency detected\na/1 is trying to acquire lock:\nffff (&x){+.+.}-{3:3}, "
       "at: flush_workqueue+0x1/0x2\n\nbut task is already holding lock:\nffff (&y){+.+.}-{3:3}, at: "
       "process_one_work+0x1/0x2\n\n-> #1 (&y){+.+.}-{3:3}:\n       lock_acquire+0x1/0x2\n       guilty+0x1/0x2\n",
       "possible deadlock in guilty"},
      {"one that is taken again",
       "WARNING: possible recursive locking detected\na/1 is trying to acquire lock:\nffff (&x){+.+.}, at: "
       "guilty+0x1/0x2\n\nbut task is already holding lock:\nffff (&x){+.+.}, at: other+0x1/0x2\n",
       "possible deadlock in guilty"},
      {"a state that is not consistent, where the trace was cut off",
       "WARNING: inconsistent lock state\na/1 takes:\nffff (&x){+.?.}-{3:3}, at: guilty+0x1/0x2\n{SOFTIRQ-ON-W} state "
       "was registered at:\n  lock_acquire+0x1/0x2\n  other+0x1/0x2\n",
       "inconsistent lock state in guilty"},
      {"a function inlined took it: the next that is not",
       "WARNING: a/1 still has locks held!\n1 lock held by a/1:\n #0: (&x){+.+.}, at: inner a/b.c:1 [inline]\n #0: "
       "(&x){+.+.}, at: guilty+0x1/0x2 a/b.c:2\n",
       "WARNING: still has locks held in guilty"},
      {"an unlock: the address shown, then the trace",
       "WARNING: bad unlock balance detected!\na/1 is trying to release lock (&x) at:\n[<ffffffff81000001>] "
       "mutex_unlock+0x1/0x2\nbut there are no more locks to release!\nstack backtrace:\nCall Trace:\n "
       "dump_stack_lvl+0x1/0x2\n print_unlock_imbalance_bug+0x1/0x2\n lock_release+0x1/0x2\n guilty+0x1/0x2\n",
       "WARNING: bad unlock balance in guilty"},
      {"RCU: allocators and RCU's own are passed over",
       "WARNING: suspicious RCU usage\ninclude/linux/a.h:1 suspicious rcu_dereference_check() usage!\nstack "
       "backtrace:\nCall Trace:\n dump_stack+0x1/0x2\n lockdep_rcu_suspicious+0x1/0x2\n kmem_cache_alloc+0x1/0x2\n "
       "guilty+0x1/0x2\n",
       "WARNING: suspicious RCU usage in guilty"},
  });
}

TEST_CASE("what stands still is named by its kind of work") {
  const std::string interrupt =
      "Call Trace:\n <IRQ>\n dump_stack+0x1/0x2\n rcu_sched_clock_irq+0x1/0x2\n "
      "update_process_times+0x1/0x2\n sysvec_apic_timer_interrupt+0x1/0x2\n </IRQ>\n <TASK>\n "
      "asm_sysvec_apic_timer_interrupt+0x1/0x2\nRIP: 0010:lock_acquire+0x1/0x2\n";
  check_titles({
      {"a call, by its name",
       "rcu: INFO: rcu_preempt self-detected stall on CPU\n" + interrupt +
           " inner+0x1/0x2\n __x64_sys_timer_create+0x1/0x2\n do_syscall_64+0x1/0x2\n",
       "INFO: rcu detected stall in sys_timer_create"},
      {"a call that means many things, by what it called",
       "rcu: INFO: rcu_preempt self-detected stall on CPU\n" + interrupt +
           " inner+0x1/0x2\n guilty+0x1/0x2\n __x64_sys_ioctl+0x1/0x2\n do_syscall_64+0x1/0x2\n",
       "INFO: rcu detected stall in guilty"},
      {"on the way back to a program",
       "rcu: INFO: rcu_preempt self-detected stall on CPU\n" + interrupt +
           " inner+0x1/0x2\n get_signal+0x1/0x2\n exit_to_user_mode_loop+0x1/0x2\n do_syscall_64+0x1/0x2\n",
       "INFO: rcu detected stall in exit_to_user_mode_loop"},
      {"work of a queue",
       "rcu: INFO: rcu_preempt self-detected stall on CPU\n" + interrupt + " inner+0x1/0x2\n guilty+0x1/0x2\n " +
           "process_one_work+0x1/0x2\n worker_thread+0x1/0x2\n kthread+0x1/0x2\n",
       "INFO: rcu detected stall in guilty"},
      {"waiting for other CPUs",
       "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [a:1]\nRIP: 0010:smp_call_function_many_cond+0x1/0x2\nCall "
       "Trace:\n on_each_cpu_cond_mask+0x1/0x2\n guilty+0x1/0x2\n do_syscall_64+0x1/0x2\n",
       "BUG: soft lockup in smp_call_function"},
      {"a call behind what newer kernels choose it in",
       "rcu: INFO: rcu_preempt self-detected stall on CPU\n" + interrupt +
           " inner+0x1/0x2\n __x64_sys_timer_create+0x1/0x2\n x64_sys_call+0x1/0x2\n do_syscall_64+0x1/0x2\n",
       "INFO: rcu detected stall in sys_timer_create"},
      {"a call of an old kernel",
       "BUG: soft lockup - CPU#2 stuck for 22s! [a:1]\nRIP: 0010:[<ffffffff810008f9>]  [<ffffffff810008f9>] "
       "inner+0x1/0x2\nCall Trace:\n [<ffffffff810008f9>] SyS_mount+0x1/0x2\n [<ffffffff810008f9>] "
       "system_call_fastpath+0x1/0x2\n",
       "BUG: soft lockup in mount"},
      {"a page that a program touched",
       "watchdog: BUG: soft lockup - CPU#6 stuck for 23s! [a:1]\nRIP: 0010:inner+0x1/0x2\nCall Trace:\n "
       "guilty+0x1/0x2\n handle_mm_fault+0x1/0x2\n",
       "BUG: soft lockup in guilty"},
      {"RISC-V, whose frames have no head",
       "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [a:1]\nepc : inner+0x1/0x2\n ra : other+0x1/0x2\nepc : "
       "ffffffff80a1b2c8 ra : ffffffff80a1b2b8 sp : ff20\nstatus: 0000000200000120 badaddr: 0000000000000000 cause: "
       "0d\n[<ffffffff80a1b2c8>] inner+0x1/0x2\n[<ffffffff80a1b2c8>] "
       "guilty+0x1/0x2\n[<ffffffff80a1b2c8>] process_one_work+0x1/0x2\n",
       "BUG: soft lockup in guilty"},
      {"RCU's own thread, which was starved",
       "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:\nrcu: RCU grace-period kthread stack dump:\nCall Trace:\n "
       "__schedule+0x1/0x2\n schedule+0x1/0x2\n schedule_timeout+0x1/0x2\n rcu_gp_kthread+0x1/0x2\n "
       "kthread+0x1/0x2\n ret_from_fork+0x1/0x2\n",
       "INFO: rcu detected stall in corrupted"},
      {"hung, where the kernel was sure of no frame",
       "INFO: task a:1 blocked for more than 120 seconds.\nCall Trace:\n [<ffffffff810008f9>] ? "
       "__schedule+0x1/0x2\n [<ffffffff810008f9>] ? bit_wait+0x1/0x2\n [<ffffffff810008f9>] ? __pfx_other+0x1/0x2\n "
       "[<ffffffff810008f9>] ? guilty+0x1/0x2\n [<ffffffff810008f9>] ? kthread+0x1/0x2\n",
       "INFO: task hung in guilty"},
      {"hung on the lock of all networks",
       "INFO: task a:1 blocked for more than 143 seconds.\ntask:a state:D\nCall Trace:\n __schedule+0x1/0x2\n "
       "schedule+0x1/0x2\n __mutex_lock+0x1/0x2\n rtnl_lock+0x1/0x2\n guilty+0x1/0x2\n",
       "INFO: task hung in rtnl_lock"},
      {"hung on RCU",
       "INFO: task a:1 blocked for more than 143 seconds.\ntask:a state:D\nCall Trace:\n __schedule+0x1/0x2\n "
       "wait_for_completion+0x1/0x2\n synchronize_srcu_expedited+0x1/0x2\n guilty+0x1/0x2\n",
       "INFO: task hung in synchronize_rcu"},
      {"hung in what it waits for",
       "INFO: task a:1 blocked for more than 143 seconds.\ntask:a state:D\nCall Trace:\n __schedule+0x1/0x2\n "
       "schedule_timeout+0x1/0x2\n wait_for_common+0x1/0x2\n rwsem_down_write_slowpath+0x1/0x2\n guilty+0x1/0x2\n",
       "INFO: task hung in guilty"},
  });
}

TEST_CASE("memory") {
  check_titles({
      {"a bad page, by who had allocated it",
       "BUG: Bad page state in process a  pfn:1\npage_owner tracks the page as allocated\npage last allocated via "
       "order "
       "0, migratetype 1\n alloc_pages+0x1/0x2\n __folio_alloc+0x1/0x2\n "
       "guilty+0x1/0x2\nModules linked in:\nCall Trace:\n dump_stack+0x1/0x2\n bad_page+0x1/0x2\n other+0x1/0x2\n",
       "BUG: Bad page state in guilty"},
      {"without page owners, by who noticed",
       "BUG: Bad page state in process a  pfn:1\nModules linked in:\nCall Trace:\n dump_stack+0x1/0x2\n "
       "free_unref_page+0x1/0x2\n guilty+0x1/0x2\n",
       "BUG: Bad page state in guilty"},
      {"a leak, behind the allocators",
       "BUG: memory leak\nunreferenced object 0xffff8881 (size 32):\n  comm \"a\", pid 1, jiffies 1\n  backtrace (crc "
       "1a2b):\n    __kmalloc_noprof+0x1/0x2\n    alloc_netdev_mqs+0x1/0x2\n    guilty+0x1/0x2\n",
       "memory leak in guilty"},
      {"bytes that nobody wrote, behind what encrypts them",
       "BUG: KMSAN: uninit-value in aes_encrypt+0x1/0x2\n aes_encrypt+0x1/0x2\n crypto_cipher_encrypt_one+0x1/0x2\n "
       "guilty+0x1/0x2\n\nUninit was created at:\n slab_post_alloc_hook+0x1/0x2\n other+0x1/0x2\n",
       "KMSAN: uninit-value in guilty"},
      {"bytes to a USB device",
       "BUG: KMSAN: kernel-usb-infoleak in usb_submit_urb+0x1/0x2\n usb_submit_urb+0x1/0x2\n "
       "usb_start_wait_urb+0x1/0x2\n usb_bulk_msg+0x1/0x2\n guilty+0x1/0x2\n",
       "KMSAN: kernel-usb-infoleak in guilty"},
      {"a free that should not be",
       "BUG: KASAN: double-free in vfree+0x1/0x2\nFree of addr ffff by task a/1\nCall Trace:\n "
       "dump_stack_lvl+0x1/0x2\n "
       "print_report+0x1/0x2\n kasan_report_invalid_free+0x1/0x2\n __vunmap+0x1/0x2\n guilty+0x1/0x2\n",
       "KASAN: invalid-free in guilty"},
  });
}

TEST_CASE("frames below the trace's end belong to other stacks") {
  CHECK(first_title("BUG: KASAN: slab-use-after-free in memcmp+0x1/0x2\nRead of size 1 at addr ffff by task a/1\nCall "
                    "Trace:\n dump_stack_lvl+0x1/0x2\n print_report+0x1/0x2\n kasan_report+0x1/0x2\n memcmp+0x1/0x2\n "
                    "guilty+0x1/0x2\n\nAllocated by task 1:\n other+0x1/0x2\n") ==
        "KASAN: slab-use-after-free Read in guilty");
}

TEST_CASE("what is passed over") {
  for (const char* name : {"__kasan_check_read",
                           "__asan_load8",
                           "kmsan_report",
                           "warn_slowpath_fmt",
                           "show_stack",
                           "panic",
                           "_printk",
                           "__mutex_lock",
                           "mutex_lock_nested",
                           "down_write",
                           "up_read",
                           "_raw_spin_lock_irqsave",
                           "__local_bh_enable_ip",
                           "rcu_read_lock",
                           "kmem_cache_alloc_node",
                           "__kmalloc_noprof",
                           "kvmalloc_node",
                           "kfree",
                           "alloc_pages_mpol",
                           "_copy_from_user",
                           "__put_user_4",
                           "strlen",
                           "memcpy_erms",
                           "vsnprintf",
                           "string_nocheck",
                           "test_bit",
                           "atomic_inc",
                           "refcount_add",
                           "kref_get",
                           "__list_add_valid",
                           "rb_erase",
                           "kobject_put",
                           "device_del",
                           "cancel_work_sync",
                           "flush_workqueue",
                           "__queue_work",
                           "wait_for_completion",
                           "dput",
                           "iput",
                           "readl",
                           "debug_object_activate",
                           "do_mem_abort",
                           "el1h_64_sync_handler",
                           "queue_delayed_work_on",
                           "__wake_up_common"}) {
    CAPTURE(name);
    CHECK(passed_over(name, Skips::common));
  }
  for (const char* name : {"ip6mr_sk_done", "vfs_read", "schedule", "process_one_work", "skb_put", "tcp_sendmsg",
                           "ext4_writepages", "do_exit", "shutdown_scheduler", "iput_not", "kfree_rcu_monitor"}) {
    CAPTURE(name);
    CHECK_FALSE(passed_over(name, Skips::common));
  }
  CHECK(passed_over("schedule", Skips::scheduling));
  CHECK(passed_over("skb_put", Skips::buffers));
  CHECK_FALSE(passed_over("block_write_full_page", Skips::sockets));
  CHECK(passed_over("lock_sock_nested", Skips::sockets));
}
