// SPDX-License-Identifier: Apache-2.0
#include "harden/crash.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace harden {

namespace {

constexpr std::size_t kFramesOfFingerprint = 3;

constexpr std::array<std::pair<CrashType, std::string_view>, 26> kTypes = {{
    {CrashType::null_dereference, "null_dereference"},
    {CrashType::paging_fault, "paging_fault"},
    {CrashType::protection_fault, "protection_fault"},
    {CrashType::kernel_bug, "kernel_bug"},
    {CrashType::divide_error, "divide_error"},
    {CrashType::stack_overflow, "stack_overflow"},
    {CrashType::double_fault, "double_fault"},
    {CrashType::warning, "warning"},
    {CrashType::refcount, "refcount"},
    {CrashType::hung_task, "hung_task"},
    {CrashType::soft_lockup, "soft_lockup"},
    {CrashType::hard_lockup, "hard_lockup"},
    {CrashType::rcu_stall, "rcu_stall"},
    {CrashType::panic, "panic"},
    {CrashType::oom_panic, "oom_panic"},
    {CrashType::machine_check, "machine_check"},
    {CrashType::kasan, "kasan"},
    {CrashType::kmsan, "kmsan"},
    {CrashType::kcsan, "kcsan"},
    {CrashType::kfence, "kfence"},
    {CrashType::ubsan, "ubsan"},
    {CrashType::lockdep, "lockdep"},
    {CrashType::atomic_sleep, "atomic_sleep"},
    {CrashType::memory_leak, "memory_leak"},
    {CrashType::bad_page, "bad_page"},
    {CrashType::other, "other"},
}};

// FNV-1a, with a mark after each part so that "ab","c" is not "a","bc".
void mix(std::uint64_t& hash, std::string_view part) {
  for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  hash = (hash ^ 0xffU) * 1099511628211ULL;
}

}  // namespace

std::string_view to_string(CrashType type) {
  const auto* const found = std::ranges::find(kTypes, type, &std::pair<CrashType, std::string_view>::first);
  return found == kTypes.end() ? "other" : found->second;
}

std::optional<CrashType> crash_type_from(std::string_view word) {
  const auto* const found = std::ranges::find(kTypes, word, &std::pair<CrashType, std::string_view>::second);
  if (found == kTypes.end()) return std::nullopt;
  return found->first;
}

std::string_view to_string(Precursor::Kind kind) {
  switch (kind) {
    case Precursor::Kind::out_of_memory: return "out_of_memory";
    case Precursor::Kind::slab_failure: return "slab_failure";
    case Precursor::Kind::hung_task: return "hung_task";
    case Precursor::Kind::soft_lockup: return "soft_lockup";
    case Precursor::Kind::rcu_stall: return "rcu_stall";
    case Precursor::Kind::machine_check: return "machine_check";
    case Precursor::Kind::io_error: return "io_error";
    case Precursor::Kind::warning: return "warning";
    case Precursor::Kind::pattern: return "pattern";
  }
  return "pattern";
}

std::string fingerprint(const CrashRecord& record) {
  std::uint64_t hash = 14695981039346656037ULL;
  mix(hash, record.title);
  mix(hash, to_string(record.type));
  std::size_t count = 0;
  for (const Frame& frame : record.frames) {
    if (!frame.reliable || frame.inlined) continue;
    mix(hash, frame.place.function);
    if (++count == kFramesOfFingerprint) break;
  }
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

}  // namespace harden
