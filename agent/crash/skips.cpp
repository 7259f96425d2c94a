// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/skips.h"

#include <re2/re2.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace harden::crash {

namespace {

// Each row one family; RE2, found anywhere in the name unless anchored.
constexpr const char* kCommon[] = {
    // sanitizers
    "__(?:sanitizer|asan|msan)|kasan|hwasan|kmsan|kcsan_setup_watchpoint|(?:read|write)_once_.*nocheck|read_word_at_a_"
    "time|check_(?:memory_region|heap_object|object)",
    // saying what happened; and "__pfx_func", the bytes before a function, which nothing calls
    "^__pfx_",
    "panic|printk|va_format|dev_(?:info|notice|warn|err|alert|crit|emerg)|print_(?:report|address_description|usage_"
    "bug|"
    "unlock|hex_dump|tainted)|hex_dump_to_buffer|imbalance_bug|assertfail|^get_taint$|__fortify_report",
    "__warn|warn_(?:slowpath|alloc|bogus)|report_bug|fixup_bug|invalid_op|do_error|do_trap|_trap$|program_check_(?:"
    "exception|common)",
    "(?:show|dump|walk)_stack|(?:dump|unwind)_backtrace|arc_unwind_core|arch_stack_walk|stack_trace_(?:save|consume_"
    "entry)",
    "do_(?:kernel|translation)_fault|do_mem_abort|el1_abort|el1h_64_sync|might_(?:fault|sleep)|__might_resched",
    "rust_begin_unwind|core::(?:panicking|option|result)|rust_helper_|__rustc",
    // memory and the page cache
    "k?v?[mzc]alloc|krealloc|kmem_cache|slab_|allocate_slab|alloc_page|__alloc_frozen_pages_noprof|^kv?free$|kfree_skb|"
    "memdup|__phys_addr",
    "folio_(?:alloc|unlock)|__filemap_get_folio|filemap_alloc_folio|find_or_create_page|do_read_cache_folio|read_cache_"
    "page|pagecache_get_page|grab_cache_page_write_begin|^(?:un)?lock_page|find_lock_entries|truncate_inode_pages_"
    "range|xas_(?:start|load|find)",
    // copies, strings and bits
    "(?:put|get)_user|copy_(?:to|from)_user|copy_(?:page_|folio_)?to_iter|copy_(?:page_)?from_iter|^copy(?:in|out)$|"
    "extract_(?:user|iter)_to_sg",
    "mem(?:cpy|cmp|set|chr|move)|strn?cmp|str[nl]?cpy|strscpy|strn?len|strn?str|strchr|strn?dup|string|pointer|sc?"
    "nprintf|kv?asprintf",
    "atomic(?:64)?_(?:dec|inc|read|set|or|xor|and|add|sub|fetch|xchg|cmpxchg|try)|(?:set|clear|change|test)_bit|^"
    "crc\\d+"
    "|crc_itu_t",
    "(?:read|write)[bwlq]$|logic_(?:in|out)|_indirect_thunk_",
    // locks
    "lockdep|perf_trace|lock_(?:acquire|release|class|timer_base)|mark_lock|(?:reacquire|mark)_held_locks|(?:trace|"
    "lockdep)_(?:hard|soft)irq|bh_(?:enable|disable)|seqprop_assert",
    "raw_spin_rq|spin_(?:try|un)?lock|(?:read|write)_(?:try|un)?lock|^down$|down_(?:read|write|trylock)|up_(?:read|"
    "write)|^(?:__)?mutex_|^rt_mutex_|owner_on_cpu|osq_(?:un)?lock",
    "__wake_up|finish_wait|^complete$|wait_for_completion|kthread_stop|cleanup_srcu_struct",
    // lists, counts and objects
    "list_(?:add|del|replace|move|splice)|^(?:__)?rb_|^klist_|rhashtable_lookup|^refcount_|^kref_|ref_tracker|ida_free",
    "debug_object|(?:timer|work)_is_static_object",
    "kobject_|add_uevent_var|get_device_parent|device_(?:add|del|unregister|destroy|release|for_each_child|remove_file)"
    "|^put_device$|devres_release_all|sysfs_remove|hwrng_unregister|i2c_del_adapter|__unregister_client|rollback_"
    "registered|unregister_netdev|tty_unregister_device",
    "dummy_urb_enqueue|usb_(?:kill_urb|kill_anchored_urbs|control_msg|hcd_submit_urb|submit_urb)|^iput(?:_final)?$|^"
    "ihold$|drop_nlink|dput",
    // timers and work
    "del_timer|__mod_timer|__timer_delete_sync|sk_stop_timer_sync|flush_work|__cancel_work_timer|cancel_work_sync|try_"
    "to_grab_pending|(?:drain|destroy)_workqueue|queue_work|insert_work|queue_delayed_work_on|__queue_delayed_work",
};

constexpr std::pair<Skips, const char*> kMore[] = {
    {Skips::tags, "kernel_fault|tag_check|mem_abort|^el1h?_"},
    {Skips::freeing, "slab_|kfree|vunmap|vfree"},
    {Skips::leaks, "kmemleak|mmap|kmem|slab|alloc|create_object|idr_get|list_lru_init|pcpu_create"},
    {Skips::uninit, "alloc_skb|netlink_(?:ack|rcv_skb)|_encrypt$|^(?:crypto|cipher|drbg|rng)_"},
    {Skips::infoleak, "alloc_skb|usb_(?:submit_urb|start_wait_urb|bulk_msg|interrupt_msg|control_msg)"},
    {Skips::submit, "usb_(?:submit_urb|start_wait_urb|bulk_msg|interrupt_msg|control_msg)"},
    {Skips::spinning, "spin_|_lock|_unlock"},
    {Skips::scheduling, "schedule"},
    {Skips::preempt, "preempt|debug_|processor_id|this_cpu"},
    {Skips::pages,
     "bad_page|(?:free|put|get|update|release)_page|free_unref|^_*folio|truncate_inode_pages|page_frag_free|alloc|vmap|"
     "page_"
     "owner"},
    {Skips::usercopy, "usercopy|__check"},
    {Skips::registration, "proc_"},
    {Skips::counting, "refcount"},
    {Skips::sockets, "(?:lock|release)_sock"},
    {Skips::allocating, "kmalloc|slab|kmem"},
    {Skips::timers, "debug_|rcu|(?:hr)?timer_|work_|percpu_|vunmap|vfree|__free_"},
    {Skips::works, "process_one_work"},
    {Skips::rcu, "rcu|kmem|slab"},
    {Skips::keys, "stack|lock|IRQ"},
    {Skips::stalled, "apic_timer_interrupt|rcu"},
    {Skips::stack_check, "stack_chk"},
    {Skips::stack_end, "schedule|retint_kernel"},
    {Skips::bad_stack, "bad_stack"},
    {Skips::buffers, "^skb_"},
    {Skips::behaviour, "ubsan|overflow"},
};

constexpr const char* kWaits[] = {
    "sched|wait|kthread|down|rwsem|completion|_(?:slow)?lock|synchronize|rcu_barrier|"
    "context_switch|__switch_to|cancel_delayed_work"};

constexpr const char* kDispatches[] = {
    // the ways in: calls, threads, soft interrupts, timers
    "do_(?:fast_)?syscall_|do_syscall$|^(?:x64|ia32)_sys_call|sysenter_(?:dispatch|do_call|past_esp)|tracesys_phase2|^"
    "system_call|entry_(?:SYSCALL|SYSENTER|INT80)|el0_svc|invoke_syscall|ret_(?:fast|from)_syscall|syscall_common|"
    "task_work_run|__fput",
    "process_one_work|^kthread$|smpboot_thread_fn|run_ksoftirqd|ret_from_fork|start_secondary|cpu_startup_entry",
    "netif_receive_skb|do_softirq|call_timer_fn|_run_timers|run_timer_softirq|hrtimer_run|tasklet_(?:hi_)?action|smp_"
    "call_function",
    // messages that a table of callbacks answers
    "^(?:nfnetlink|rtnetlink)_rcv_msg|^netlink_dump",
    // files and memory, each with callbacks
    "vfs_(?:read|write|iter_read|iter_write|ioctl|open)|do_iter_(?:read|write)|call_(?:read|write)_iter|new_sync_(?:"
    "read|write)|ksys_ioctl|compat_(?:sys_)?ioctl|blkdev_(?:driver_)?ioctl|do_dentry_open",
    "^call_mmap|mmap_region|do_mmap|__do_fault|handle_mm_fault|do_page_fault|do_user_addr_fault|exc_page_fault|^page_"
    "fault$",
    // sockets
    "^sock_(?:sendmsg|recvmsg|release|mmap|do_ioctl|ioctl)|^__sock_release|^compat_sock_ioctl|^setsockopt$|^listen$|^"
    "accept$|kernel_(?:setsockopt|listen|accept)|sock_common_setsockopt|sk_common_release|^(?:sys_)?(?:socketpair|"
    "connect|ioctl)",
};

constexpr const char* kInterrupts[] = {"apic_timer_interrupt|Exception stack|el1h_64_irq"};

bool found_in(const RE2& pattern, std::string_view name) {
  return RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), pattern);
}

template <const auto& kRows>
bool any_of(std::string_view name) {
  static const RE2 kPattern(
      [] {
        std::string all;
        for (const char* row : kRows) all += std::string(all.empty() ? "" : "|") + row;
        return all;
      }(),
      RE2::Latin1);
  return found_in(kPattern, name);
}

bool more(std::string_view function, Skips skips) {
  static const auto kPatterns = [] {
    std::array<std::unique_ptr<RE2>, std::size(kMore) + 1> patterns;
    for (const auto& [which, pattern] : kMore) {
      patterns[static_cast<std::size_t>(which)] = std::make_unique<RE2>(pattern, RE2::Latin1);
    }
    return patterns;
  }();
  const auto& pattern = kPatterns[static_cast<std::size_t>(skips)];
  return pattern != nullptr && found_in(*pattern, function);
}

}  // namespace

bool passed_over(std::string_view function, Skips skips) { return any_of<kCommon>(function) || more(function, skips); }
bool waits(std::string_view function) { return any_of<kWaits>(function); }
bool dispatches(std::string_view function) { return any_of<kDispatches>(function); }
bool interrupts(std::string_view line) { return any_of<kInterrupts>(line); }

}  // namespace harden::crash
