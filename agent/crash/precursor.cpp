// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/precursor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/text.h"

namespace harden::crash {

namespace {

constexpr std::size_t kMost = 48;
constexpr std::size_t kLongest = 500;

using Kind = Precursor::Kind;

// mm/oom_kill.c, mm/page_alloc.c, mm/slub.c, mm/slab.c, net/socket.c, kernel/hung_task.c,
// arch/x86/kernel/cpu/mce, drivers/edac, block/blk-core.c, fs/buffer.c and the file systems' own.
constexpr std::array<std::pair<std::string_view, Kind>, 38> kWords = {{
    {"invoked oom-killer", Kind::out_of_memory},
    {"Out of memory: Kill", Kind::out_of_memory},
    {"Out of memory and no killable", Kind::out_of_memory},
    {"Memory cgroup out of memory", Kind::out_of_memory},
    {"oom-kill:constraint", Kind::out_of_memory},
    {"page allocation failure", Kind::out_of_memory},
    {"page allocation stalls for", Kind::out_of_memory},
    {"memory allocation deadlock", Kind::out_of_memory},
    {"vmalloc: allocation failure", Kind::out_of_memory},
    {"Unable to allocate memory on node", Kind::slab_failure},
    {"object size: ", Kind::slab_failure},
    {"kmem_cache_create(", Kind::slab_failure},
    {"Wrong slab cache", Kind::slab_failure},
    {"no more sockets", Kind::slab_failure},
    {"blocked for more than", Kind::hung_task},
    {"soft lockup", Kind::soft_lockup},
    {"hard LOCKUP", Kind::soft_lockup},
    {"detected stall", Kind::rcu_stall},
    {"self-detected stall", Kind::rcu_stall},
    {"kthread starved for", Kind::rcu_stall},
    {"[Hardware Error]", Kind::machine_check},
    {"Machine check", Kind::machine_check},
    {"EDAC MC", Kind::machine_check},
    {"Uncorrected error", Kind::machine_check},
    {"I/O error", Kind::io_error},
    {"EXT4-fs error", Kind::io_error},
    {"EXT3-fs error", Kind::io_error},
    {"Corruption detected", Kind::io_error},
    {"metadata I/O", Kind::io_error},
    {"BTRFS error", Kind::io_error},
    {"Remounting filesystem read-only", Kind::io_error},
    {"critical medium error", Kind::io_error},
    {"critical target error", Kind::io_error},
    {"controller is down; will reset", Kind::io_error},
    {"Controller not ready", Kind::io_error},
    {"timeout, aborting", Kind::io_error},
    {"Aborting journal", Kind::io_error},
    {"NETDEV WATCHDOG", Kind::warning},
}};

constexpr auto kAnchors = [] {
  std::array<std::string_view, kWords.size()> words;
  std::ranges::transform(kWords, words.begin(), [](const auto& row) { return row.first; });
  return words;
}();

bool number_part(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// FNV-1a over what is no number.
std::uint64_t key_of(Kind kind, std::string_view text) {
  std::uint64_t hash = 14695981039346656037UL ^ static_cast<std::uint64_t>(kind);
  for (const char c : text) {
    if (!number_part(c)) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211UL;
  }
  return hash;
}

}  // namespace

std::span<const std::string_view> precursor_words() { return kAnchors; }

std::optional<Kind> precursor_kind(std::string_view message) {
  for (const auto& [word, kind] : kWords) {
    if (message.find(word) != std::string_view::npos) return kind;
  }
  return std::nullopt;
}

std::optional<Kind> sign_of(CrashType type) {
  switch (type) {
    case CrashType::hung_task: return Kind::hung_task;
    case CrashType::soft_lockup:
    case CrashType::hard_lockup: return Kind::soft_lockup;
    case CrashType::rcu_stall: return Kind::rcu_stall;
    case CrashType::machine_check: return Kind::machine_check;
    case CrashType::oom_panic: return Kind::out_of_memory;
    case CrashType::warning:
    case CrashType::refcount:
    case CrashType::lockdep:
    case CrashType::bad_page:
    case CrashType::atomic_sleep:
    case CrashType::kasan:
    case CrashType::kmsan:
    case CrashType::kcsan:
    case CrashType::kfence:
    case CrashType::ubsan:
    case CrashType::memory_leak: return Kind::warning;
    case CrashType::null_dereference:
    case CrashType::paging_fault:
    case CrashType::protection_fault:
    case CrashType::kernel_bug:
    case CrashType::divide_error:
    case CrashType::stack_overflow:
    case CrashType::double_fault:
    case CrashType::panic:
    case CrashType::other: return std::nullopt;
  }
  return std::nullopt;
}

void Precursors::note(Kind kind, std::string_view message) {
  const std::string_view text = text::trim(message.substr(0, kLongest));
  const std::uint64_t key = key_of(kind, text);
  const auto known = std::ranges::find(keys_, key);
  if (known != keys_.end()) {
    ++all_[static_cast<std::size_t>(known - keys_.begin())].count;
    return;
  }
  if (all_.size() >= kMost) return;
  keys_.push_back(key);
  all_.push_back({kind, std::string(text), 1});
}

Precursors::Mark Precursors::mark() const {
  Mark counts(all_.size());
  std::ranges::transform(all_, counts.begin(), &Precursor::count);
  return counts;
}

std::vector<Precursor> Precursors::at(const Mark& mark) const {
  std::vector<Precursor> then(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(mark.size()));
  for (std::size_t i = 0; i < then.size(); ++i) then[i].count = mark[i];
  return then;
}

void Precursors::clear() {
  all_.clear();
  keys_.clear();
}

}  // namespace harden::crash
