// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/skips.h"

#include <re2/re2.h>

#include <string>

namespace harden::crash {

namespace {

// Each row one family; RE2, found anywhere in the name unless anchored.
constexpr const char* kCommon[] = {
    // sanitizers and their helpers
    "asan|msan|tsan|hwasan|ubsan|kcsan|kfence|__sanitizer|tag_check|^handle_(?:overflow|object_size|null_|misaligned|"
    "missaligned)",
    "^_?_?check_(?:memory_region|region_inline|heap_object|stack_object|object|object_size|bytes)|memory_is_poisoned|"
    "read_word_at_a_time|^instrument_",
    "^print_(?:tainted|bfs_bug|address_description|report|usage_bug|circular|bad_irq|deadlock|unlock|hex_dump|trailer)|"
    "^end_report|object_err|^slab_(?:err|fix|bug)",
    // printing and dying
    "panic|printk|^va_format|^console_(?:unlock|flush|lock)|^_?dev_(?:info|notice|warn|err|alert|crit|emerg|printk)|"
    "assertfail|^ass(?:fail|warn)$|^(?:netdev|pci|usb)_(?:info|notice|warn|err)$|fortify",
    "^get_taint|^check_panic|invalid_op|handle_bug|report_bug|fixup_bug|^find_bug|do_error|do_trap|_trap$|undefinstr|"
    "handle_undef|^(?:asm_)?exc_|program_check|^call_undef_hook|^bug_handler|^brk_handler",
    "^el1h?_|^el1t_|^die$|^__die|die_kernel_fault|^oops_|no_context|bad_area|bad_page|bad_pte|__do_kernel_fault|do_mem_"
    "abort|page_fault|kernelmode_fixup|do_translation_fault|do_DataAbort|do_PrefetchAbort|do_sea$|do_bad$|do_alignment",
    "^show_(?:stack|regs)|dump_stack|^dump_backtrace|stack_?depot|stack_trace_(?:save|consume)|^arch_stack_walk|^walk_"
    "stackframe|^save_stack|^(?:__)?(?:re)?set_page_owner|^set_track|stack_overflow|^unwind_backtrace",
    "^__?warn|warn_slowpath|warn_alloc|warn_bogus|reiserfs_panic|should_fail",
    // memory
    "alloc_pages?|alloc_frozen|get_page_from_freelist|^prep_new_page|^post_alloc_hook|folio_alloc|alloc_folio|^__get_"
    "free_page|^free_unref|^free_pages|^__free_pages|^__free_frozen",
    "k?v?(?:m|z|c)alloc(?:_|$)|^k(?:v|vm)?alloc|krealloc|kvrealloc|kmemdup|kstrn?dup|kv?asprintf|memdup|kmem_cache|"
    "allocate_slab|^new_slab|^alloc_slab|___slab|^__slab_|^slab_(?:pre|post|alloc|free)|setup_object|vmalloc|^kv?z?"
    "free(?:_sensitive)?$|kfree_skb|vunmap|vfree",
    "virt_to_phys|virt_to_page|might_fault|might_sleep|might_resched|might_alloc|^phys_addr|^__phys|virt_addr_valid",
    // copies, strings and bits
    "copy_(?:to|from)_(?:user|iter|kernel)|^copy(?:in|out)|^raw_copy|^__copy_user|^arch_copy|clear_user|copy_user_|^"
    "rep_(?:movs|stos)|^clear_page|^copy_page(?:_mc|_regs|$)|check_zeroed|copy_struct_from|usercopy|^csum_partial|csum_"
    "and_copy|get_user|put_user",
    "memcmp|memcpy|memmove|memset|memchr|memscan|str(?:n|r|l|s)?(?:cpy|len|cmp|casecmp|chr|str|cat|nlen|scpy)(?:_|$)|"
    "strnstr|strncpy|sized_str|hex_dump",
    "n?printf$|^string$|^string_nocheck|^(?:hex|mac_address|ip4|ip6|ip_addr|uuid|dentry_name|bitmap|escaped|symbol|"
    "resource|va)_(?:addr_)?string|^pointer$|^number$|^widen_string|^bstr_printf",
    "^crc\\d+|crc_itu|crc_ccitt|^_?_?(?:arch_)?_?_?(?:test|set|clear|change)_(?:and_(?:test_|set_|clear_|change_)*)?"
    "bit|^_test_bit",
    "(?:read|write)[bwlq]$|^io(?:read|write)\\d|^(?:in|out)[bwl]$|^logic_(?:in|out)|^__?raw_(?:read|write)[bwlq]",
    "atomic(?:64|_long)?_(?:dec|inc|read|set|or|xor|and|add|sub|fetch|xchg|cmpxchg|try)|__lse_|__ll_sc|^arch_atomic|^__"
    "xadd|cmpxchg|_indirect_thunk_",
    // objects: lists and counts
    "list_(?:add|del|replace|move|splice)|^rht_|rhashtable_lookup|^_?_?rb_(?:erase|first|last|next|prev|insert|link)|^"
    "klist_|refcount|kref_|kobject_|add_uevent_var|ref_tracker|^ida_(?:free|destroy)|^_?_?xas_|^_?_?xa_|radix_tree|^"
    "mas_|^mtree_|find_(?:lock|get)_(?:entries|pages)|^truncate_inode_pages|^(?:fast_|retain_)?dput$|^_?_?p?skb_(?:put|"
    "push|pull)(?:_data|_tail)?$|^skb_(?:over_|under_)?panic|^p?skb_may_pull|^iput$|^iput_final$|^ihold$|folio_unlock|^"
    "unlock_page",
    "^get_device_parent|^(?:get|put)_device$|^device_(?:add|del|unregister|destroy|release|for_each_child|remove_file|"
    "register|create)|^devres_release|^devm_|tty_unregister_device|^sysfs_(?:remove|create|add)|^i2c_del_adapter|^__"
    "unregister_client|^hwrng_unregister",
    "rollback_registered|unregister_netdev|^usb_(?:kill|control_msg|bulk_msg|hcd_submit|submit_urb|start_wait|unpoison|"
    "poison)|dummy_urb_enqueue",
    // debugging of objects, locks and waiting
    "debug_object|debug_print_object|debug_check_no|debug_smp_processor|check_preemption_disabled|this_cpu_preempt_"
    "check|(?:timer|work)_is_static_object",
    "lockdep|perf_trace|trace_event_raw|(?:trace|lockdep)_(?:hard|soft)irq|lock_acquire|lock_release|reacquire_held_"
    "locks|__lock_acquire|mark_lock|mark_held|mark_usage|check_prev|check_noncircular|check_deadlock|validate_chain|"
    "check_irq_usage|check_usage|register_lock_class|look_up_lock_class|lookup_chain|add_chain|assign_lock_key|lock_is_"
    "held|check_chain|valid_state|lock_set_class|lock_downgrade|check_wait_context|__lock_set|lock_commit|find_held|"
    "rtlock_|rt_spin_|rt_mutex",
    "rq_lock|spin_(?:lock|trylock|unlock|bug|dump|acquire|release)|raw_spin|queued_(?:spin|read|write)|do_raw|rwlock_"
    "bug|debug_spin|pv_queued|^pv_wait|^pv_kick|^kvm_wait|ticket_spin|rspin_until|(?:^|_)raw_(?:read|write)_(?:un|try)?"
    "lock|^_?(?:read|write)_(?:un|try)?lock",
    "^_?_?(?:raw_)?(?:rt_|ww_)?_?_?mutex_|^__ww_mutex|osq_(?:lock|unlock|wait)|owner_on_cpu|rwsem|^_?_?down(?:_read|_"
    "write|_trylock|_interruptible|_killable|_timeout|_common|$)|^_?_?up(?:_read|_write|$)|(?:down|up)_(?:read|write)|"
    "rwbase|semaphore|seqcount|^local_lock|lock_timer_base|class_.*_(?:con|de)structor",
    "rcu_(?:read_|lock_|is_|dereference|dynticks|nmi|eqs)|srcu_read|srcu_lock",
    "^_?_?schedule(?:_|$)|^preempt_(?:schedule|count)|cond_resched|^context_switch|^__switch_to|^io_schedule|^finish_"
    "wait|^complete(?:_all|_with_flags)?$|^swake_up_locked|wait_for_(?:completion|common)|^do_wait_for|^__wait_for|"
    "kthread_stop",
    "del_timer|timer_delete|^sk_stop_timer|flush_work|cancel_work|cancel_delayed|__cancel_work|grab_pending|^insert_"
    "work|flush_workqueue|drain_workqueue|destroy_workqueue|^process_(?:one_work|scheduled_works)|queue_work|queue_"
    "delayed",
    // entry of calls and exceptions
    "^ret_(?:from_fork|from_kernel|fast)|^entry_|^(?:asm_)?sysvec|^do_syscall|^error_(?:entry|exit)|^retint|^interrupt_"
    "entry|^nmi|^do_nmi|^apic_|^smp_apic|^common_(?:interrupt|exception)|^general_protection|^double_fault|^invalid_|^"
    "divide_error|^stack_segment|^irqentry|^el0|^vector_|^__irq_svc",
    "rust_begin_unwind|core::panicking|core::option|core::result|rust_helper_|__rustc",
};

constexpr const char* kLeaks[] = {"kmemleak",    "mmap",          "kmem",     "slab",
                                  "alloc",       "create_object", "idr_get",  "list_lru_init",
                                  "kv?asprintf", "pcpu_create",   "strn?dup", "memdup"};
constexpr const char* kFreeing[] = {"kmem", "slab", "kv?free", "vunmap", "vfree"};
constexpr const char* kLockdep[] = {"lock_", "_lock", "irqs_o", "unlock", "lock_sock", "release_sock"};
constexpr const char* kTimers[] = {"debug_", "rcu",  "hrtimer_", "timer_",  "work_",  "percpu_",
                                   "kmem",   "slab", "kv?free",  "__free_", "^init_", "^__init_"};
constexpr const char* kPages[] = {"free",      "alloc",      "filemap_", "^pagecache_", "_page$|_pages$|folio",
                                  "page_pool", "page_owner", "page_frag"};
constexpr const char* kRegistration[] = {"^_?_?proc_(?:create|mkdir|register|net|symlink)",
                                         "^device_(?:add|register|create)", "kset", "sysfs", "^cdev"};

constexpr const char* kWaits[] = {"sched",
                                  "_lock",
                                  "_slowlock",
                                  "down",
                                  "rwsem",
                                  "completion",
                                  "kthread_(?:stop|park)",
                                  "wait",
                                  "synchronize",
                                  "context_switch",
                                  "__switch_to",
                                  "cancel_",
                                  "rcu_barrier",
                                  "flush_",
                                  "__flush",
                                  "^kthread$",
                                  "msleep",
                                  "usleep",
                                  "usb_(?:control|bulk)_msg",
                                  "usb_kill",
                                  "^do_read_cache_(?:folio|page)",
                                  "^fuse_request|^__fuse_request|fuse_simple",
                                  "^drain_",
                                  "^percpu_ref"};

constexpr const char* kDispatches[] = {
    // the ways in: calls, threads, soft interrupts, timers
    "^process_(?:one_work|scheduled_works)|^worker_thread|^kthread$|^smpboot_thread|^run_ksoftirqd|^ret_(?:from|fast)|^"
    "start_secondary|^cpu_startup|^secondary_startup|^start_kernel|^rest_init|^do_one_initcall",
    "^do_syscall|^do_fast_syscall|^do_int80|^__do_fast|^entry_|^sysenter|^tracesys|^ia32_sys|^system_call|^int_ret|^"
    "x64_sys_call|^cstar|^el0_|^invoke_syscall|^__invoke_syscall|^do_el0_svc|^el0t|^__sys_trace|^ret_to_user|^syscall_"
    "exit|^__do_syscall|^do_trap_ecall|^system_call_exception|^handle_sys",
    "netif_receive_skb|do_softirq|^handle_softirqs|^softirq_|^call_timer_fn|^expire_timers|run_timers|^run_timer_|^"
    "tasklet_|^rcu_do_batch|^rcu_core|hrtimer_run",
    // messages that a table of callbacks answers
    "^nfnetlink_rcv_msg|^rtnetlink_rcv_msg|^netlink_dump$",
    // files and sockets, each with callbacks
    "^_?_?vfs_(?:read|write|ioctl|open|iter_|fsync|writev|readv)|^do_iter_|^do_loop_readv|^new_sync|^call_(?:read|"
    "write)_iter|^(?:SyS|SYSC|ksys|sys|compat_SyS|compat_sys)_(?:ioctl|read|write)$|^do_vfs_ioctl|compat_ioctl|compat_"
    "sys_ioctl|blkdev_(?:driver_)?ioctl$|^__(?:x64|ia32|arm64|se|do)_(?:compat_)?sys_(?:ioctl|read|write)$",
    "^do_dentry_open|^mmap_region|^call_mmap|^__mmap_region|^__fput",
    "^_?_?sock_(?:sendmsg|recvmsg|release|common_setsockopt|common_getsockopt)|^__sys_(?:connect|bind|listen|"
    "setsockopt|getsockopt|accept4)|^SYSC_(?:connect|bind|listen|setsockopt|getsockopt|accept4)|^kernel_(?:sendmsg|"
    "setsockopt|connect|listen)|^do_sock_[sg]etsockopt",
    "smp_call_function",
};

constexpr const char* kTimerInterrupts[] = {
    "^(?:smp_)?(?:trace_)?apic_timer_interrupt|^smp_(?:trace_)?apic_timer|^(?:asm_)?sysvec_(?:apic_timer|reschedule|"
    "call_function|hyperv|irq_work)|apic_timer_interrupt_entry|^smp_call_function_interrupt",
    "^__irq_svc|^__irq_usr|^el1_irq|^el1h_64_irq|^el1_interrupt|^__el1_irq|^gic_handle_irq|^handle_arch_irq|^do_"
    "interrupt_handler|^call_on_irq_stack",
    "^asm_common_interrupt|^common_interrupt|^timer_interrupt|^decrementer_|^ext_int|^io_int|^riscv_intc|^do_irq|^"
    "handle_exception|^rtlx|^plat_irq"};

template <const auto& kRows>
bool any_of(std::string_view function) {
  static const RE2 kPattern(
      [] {
        std::string all;
        for (const char* row : kRows) all += std::string(all.empty() ? "" : "|") + row;
        return all;
      }(),
      RE2::Latin1);
  return RE2::PartialMatch(re2::StringPiece(function.data(), function.size()), kPattern);
}

bool more(std::string_view function, Skips skips) {
  switch (skips) {
    case Skips::common: return false;
    case Skips::leaks: return any_of<kLeaks>(function);
    case Skips::freeing: return any_of<kFreeing>(function);
    case Skips::lockdep: return any_of<kLockdep>(function);
    case Skips::timers: return any_of<kTimers>(function);
    case Skips::pages: return any_of<kPages>(function);
    case Skips::registration: return any_of<kRegistration>(function);
  }
  return false;
}

}  // namespace

bool passed_over(std::string_view function, Skips skips) { return any_of<kCommon>(function) || more(function, skips); }
bool waits(std::string_view function) { return any_of<kWaits>(function); }
bool dispatches(std::string_view function) { return any_of<kDispatches>(function); }
bool timer_interrupt(std::string_view function) { return any_of<kTimerInterrupts>(function); }

}  // namespace harden::crash
