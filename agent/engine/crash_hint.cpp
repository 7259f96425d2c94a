// SPDX-License-Identifier: Apache-2.0
//
// What can be said of a crash without knowing the bug. Everything here is a
// guess by names, and says what it rests on.
#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "harden/crash_match.h"

namespace harden {
namespace {

constexpr std::size_t kMostQuoted = 120;  // bytes of a message

using Pair = std::pair<std::string_view, std::string_view>;

// Functions that crash for others: they were handed something bad, or they are
// what prints the report.
constexpr auto kHelpers = std::to_array<std::string_view>({
    "add_taint",      "bad_area",      "call_",         "check_",
    "copy_from_user", "copy_to_user",  "copy_user",     "die",
    "do_exit",        "do_page_fault", "do_trap",       "dump_stack",
    "error_entry",    "exc_",          "fixup_bug",     "handle_bug",
    "invalid_op",     "kasan_",        "kfree",         "kmalloc",
    "kmem_cache_",    "ksize",         "list_add",      "list_del",
    "memcmp",         "memcpy",        "memmove",       "memset",
    "no_context",     "oops_",         "page_fault",    "panic",
    "print_",         "report_bug",    "slab_",         "strcmp",
    "strlen",         "strncpy",       "warn_slowpath", "asm_exc_",
    "asm_sysvec_",    "refcount_",     "native_",       "queued_spin_lock",
    "raw_spin",       "spin_bug",      "do_raw_spin",   "mutex_",
    "lock_acquire",   "lockdep_",      "ret_from_",     "entry_SYSCALL",
    "do_syscall_64",  "kthread",       "worker_thread", "process_one_work",
    "watchdog",       "rcu_",          "sched",         "schedule",
    "show_",          "nmi_",          "console_",      "vprintk",
    "printk",         "usercopy_",     "object_err",    "debug_",
    "csum_partial",   "atomic_",
});

constexpr auto kByPath = std::to_array<Pair>({
    {"net/ipv6/netfilter/", "netfilter (IPv6)"},
    {"net/ipv6/ip6mr", "IPv6 multicast routing"},
    {"net/ipv6/", "IPv6"},
    {"net/ipv4/netfilter/", "netfilter (IPv4)"},
    {"net/ipv4/tcp", "TCP"},
    {"net/ipv4/", "IPv4"},
    {"net/netfilter/ipvs/", "IPVS load balancing"},
    {"net/netfilter/nf_conntrack", "connection tracking"},
    {"net/netfilter/", "netfilter"},
    {"net/bridge/", "the network bridge"},
    {"net/sched/", "traffic control"},
    {"net/xfrm/", "IPsec"},
    {"net/unix/", "unix sockets"},
    {"net/core/", "the core of networking"},
    {"net/", "networking"},
    {"mm/memcontrol", "memory cgroups"},
    {"mm/", "memory management"},
    {"fs/ext4/", "the ext4 file system"},
    {"fs/xfs/", "the XFS file system"},
    {"fs/btrfs/", "the Btrfs file system"},
    {"fs/overlayfs/", "overlayfs"},
    {"fs/nfs", "NFS"},
    {"fs/", "file systems"},
    {"block/", "the block layer"},
    {"kernel/cgroup", "cgroups"},
    {"kernel/bpf/", "BPF"},
    {"kernel/sched/", "the scheduler"},
    {"kernel/rcu/", "RCU"},
    {"kernel/", "the core of the kernel"},
    {"crypto/", "cryptography"},
    {"security/", "a security module"},
    {"io_uring/", "io_uring"},
    {"virt/kvm/", "KVM"},
    {"arch/x86/kvm/", "KVM"},
    {"arch/", "the processor's own code"},
    {"drivers/net/", "a network driver"},
    {"drivers/gpu/", "a graphics driver"},
    {"drivers/scsi/", "a storage driver"},
    {"drivers/nvme/", "a storage driver"},
    {"drivers/md/", "software RAID or device mapper"},
    {"drivers/", "a driver"},
    {"sound/", "sound"},
    {"lib/", "the kernel's library"},
});

constexpr auto kByFunction = std::to_array<Pair>({
    {"ip6mr_", "IPv6 multicast routing"},
    {"ip6_", "IPv6"},
    {"ipv6_", "IPv6"},
    {"icmpv6_", "IPv6"},
    {"addrconf_", "IPv6"},
    {"inet6_", "IPv6"},
    {"fib6_", "IPv6"},
    {"ndisc_", "IPv6"},
    {"rawv6_", "IPv6"},
    {"tcp_", "TCP"},
    {"udp_", "UDP"},
    {"fib_", "IPv4"},
    {"ip_vs_", "IPVS load balancing"},
    {"ip_set_", "netfilter"},
    {"ip_", "IPv4"},
    {"inet_", "IPv4"},
    {"icmp_", "IPv4"},
    {"nf_ct_", "connection tracking"},
    {"nf_conntrack_", "connection tracking"},
    {"nf_tables_", "netfilter"},
    {"nft_", "netfilter"},
    {"nf_", "netfilter"},
    {"ipt_", "netfilter"},
    {"xt_", "netfilter"},
    {"br_", "the network bridge"},
    {"veth_", "virtual ethernet pairs"},
    {"skb_", "the core of networking"},
    {"dev_", "the core of networking"},
    {"netif_", "the core of networking"},
    {"sock_", "the core of networking"},
    {"tipc_", "TIPC"},
    {"sctp_", "SCTP"},
    {"dccp_", "DCCP"},
    {"rds_", "RDS"},
    {"xfrm_", "IPsec"},
    {"esp_", "IPsec"},
    {"esp6_", "IPsec"},
    {"unix_", "unix sockets"},
    {"vsock_", "virtual sockets"},
    {"mem_cgroup_", "memory cgroups"},
    {"memcg_", "memory cgroups"},
    {"cgroup_", "cgroups"},
    {"css_", "cgroups"},
    {"oom_", "memory management"},
    {"shrink_", "memory management"},
    {"ext4_", "the ext4 file system"},
    {"jbd2_", "the ext4 file system"},
    {"xfs_", "the XFS file system"},
    {"btrfs_", "the Btrfs file system"},
    {"ovl_", "overlayfs"},
    {"nfs", "NFS"},
    {"bfq_", "the BFQ scheduler of disks"},
    {"blk_", "the block layer"},
    {"bio_", "the block layer"},
    {"scsi_", "the storage layer"},
    {"nvme_", "a storage driver"},
    {"bpf_", "BPF"},
    {"io_uring_", "io_uring"},
    {"io_", "io_uring"},
    {"kvm_", "KVM"},
    {"vmx_", "KVM"},
    {"crypto_", "cryptography"},
    {"sysfs_", "sysfs"},
    {"kernfs_", "sysfs"},
    {"proc_", "proc"},
    {"tty_", "terminals"},
    {"n_tty_", "terminals"},
    {"usb_", "USB"},
});

template <std::size_t Size>
const Pair* beginning(const std::array<Pair, Size>& table, std::string_view text) {
  const auto found = std::ranges::find_if(table, [&](const Pair& pair) { return text.starts_with(pair.first); });
  return found == table.end() ? nullptr : &*found;
}

bool is_helper(std::string_view function) {
  while (function.starts_with('_')) function.remove_prefix(1);
  return function.empty() ||
         std::ranges::any_of(kHelpers, [&](std::string_view helper) { return function.starts_with(helper); });
}

// The instruction pointer's place, then the reliable frames.
std::vector<const CodePlace*> places_of(const CrashRecord& record) {
  std::vector<const CodePlace*> places;
  if (record.at) places.push_back(&*record.at);
  for (const Frame& frame : record.frames) {
    if (frame.reliable) places.push_back(&frame.place);
  }
  return places;
}

const CodePlace* guilty_of(const std::vector<const CodePlace*>& places) {
  const auto found = std::ranges::find_if(places, [](const CodePlace* place) { return !is_helper(place->function); });
  if (found != places.end()) return *found;
  return places.empty() ? nullptr : places.front();
}

void guess_subsystem(const CodePlace& place, CrashHint& hint) {
  std::string_view path = place.where;
  if (path.starts_with("./")) path.remove_prefix(2);
  if (const Pair* pair = beginning(kByPath, path)) {
    hint.subsystem = pair->second;
    hint.subsystem_because = "it stands in " + place.where;
  } else if (!place.module.empty()) {
    hint.subsystem = "the module " + place.module;
    hint.subsystem_because = place.function + " is the module's";
  } else if (const Pair* named = beginning(kByFunction, place.function)) {
    hint.subsystem = named->second;
    hint.subsystem_because = "the name of " + place.function + " begins with " + std::string(named->first);
  }
}

std::string times(std::int64_t count) { return count > 1 ? " (" + std::to_string(count) + " times)" : ""; }

// "cache: sock_inode_cache(158:8aff…)": the number of a memory cgroup.
bool names_memory_cgroup(std::string_view text) {
  const auto cache = text.find("cache: ");
  const auto open = cache == std::string_view::npos ? cache : text.find('(', cache);
  if (open == std::string_view::npos || open + 1 >= text.size()) return false;
  return std::isdigit(static_cast<unsigned char>(text[open + 1])) != 0 && text.find(':', open) != text.npos;
}

std::string cause_of(const Precursor& precursor) {
  const bool long_one = precursor.text.size() > kMostQuoted;
  const std::string text = long_one ? precursor.text.substr(0, kMostQuoted) + "..." : precursor.text;
  const std::string quoted = "'" + text + "'" + times(precursor.count);
  switch (precursor.kind) {
    case Precursor::Kind::out_of_memory: return "memory had run out before: " + quoted;
    case Precursor::Kind::slab_failure:
      return "an allocation of kernel memory had failed before: " + quoted +
             (names_memory_cgroup(precursor.text)
                  ? "; the cache is that of a memory cgroup, so it was the container's limit that was reached and not "
                    "the host's memory"
                  : "");
    case Precursor::Kind::hung_task: return "a task had hung before: " + quoted;
    case Precursor::Kind::soft_lockup: return "a CPU had been stuck before: " + quoted;
    case Precursor::Kind::rcu_stall: return "RCU had stalled before: " + quoted;
    case Precursor::Kind::machine_check: return "the hardware had reported an error before: " + quoted;
    case Precursor::Kind::io_error: return "input or output had failed before: " + quoted;
    case Precursor::Kind::warning: return "the kernel had warned before: " + quoted;
    case Precursor::Kind::pattern: return "the kernel had said before: " + quoted;
  }
  return {};
}

std::vector<std::string> searches(const CrashRecord& record, const CrashHint& hint) {
  std::vector<std::string> list;
  if (!record.title.empty()) list.push_back("\"" + record.title + "\"");
  if (hint.guilty.empty()) return list;
  const auto places = places_of(record);
  const auto guilty =
      std::ranges::find_if(places, [&](const CodePlace* place) { return place->function == hint.guilty; });
  const auto caller = std::find_if(guilty == places.end() ? guilty : guilty + 1, places.end(),
                                   [](const CodePlace* place) { return !is_helper(place->function); });
  if (caller != places.end()) list.push_back(hint.guilty + " " + (*caller)->function);
  list.push_back(hint.guilty + (record.kernel.empty() ? " linux kernel" : " " + record.kernel));
  list.push_back("git log --grep=" + hint.guilty + " in the kernel's source");
  return list;
}

}  // namespace

CrashHint look_into(const CrashRecord& record) {
  CrashHint hint;
  for (const Precursor& precursor : record.precursors) {
    // What a policy watches for may be known by its kind as well.
    const bool told = precursor.kind == Precursor::Kind::pattern &&
                      std::ranges::any_of(record.precursors, [&](const Precursor& other) {
                        return other.kind != Precursor::Kind::pattern && other.text == precursor.text;
                      });
    if (!told) hint.causes.push_back(cause_of(precursor));
  }
  const auto places = places_of(record);
  const CodePlace* guilty = guilty_of(places);
  if (guilty != nullptr) {
    hint.guilty = guilty->function;
    hint.guilty_where = !guilty->where.empty()   ? guilty->where
                        : guilty->module.empty() ? ""
                                                 : "[" + guilty->module + "]";
    for (const CodePlace* place : places) {
      if (hint.subsystem.empty() && !is_helper(place->function)) guess_subsystem(*place, hint);
    }
  }
  hint.search = searches(record, hint);
  return hint;
}

}  // namespace harden
