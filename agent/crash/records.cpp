// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/records.h"

#include <algorithm>

namespace harden::crash {

namespace {

constexpr std::size_t kMostRecords = 1000;
constexpr std::size_t kBudget = 12 << 20;

constexpr std::size_t kMostTimes = 64;

// Before the clock runs every line is of the same time.
bool is_told(const std::optional<double>& uptime) { return uptime && *uptime > 0; }

// About what a record takes.
std::size_t weight(const CrashRecord& record) {
  std::size_t bytes = record.text.size() + record.modules.size() * 40 + record.frames.size() * 160;
  for (const Precursor& one : record.precursors) bytes += one.text.size() + 64;
  return bytes;
}

void shorten(CrashRecord& record) {
  record.text.resize(std::min<std::size_t>(record.text.size(), 2048));
  record.text.shrink_to_fit();
  record.modules = {};
  record.frames.resize(std::min<std::size_t>(record.frames.size(), 16));
  record.frames.shrink_to_fit();
  record.precursors.resize(std::min<std::size_t>(record.precursors.size(), 4));
  record.precursors.shrink_to_fit();
}

}  // namespace

void Records::keep(CrashRecord record, int boot) {
  const std::string key = fingerprint(record);
  if (const auto known = known_.find(key); known != known_.end()) {
    Kept& kept = kept_[known->second];
    count(kept, record);
    record.count = kept.record.count;
    if (kept.record.line > record.line) kept.record = std::move(record);
    return;
  }
  if (kept_.size() >= kMostRecords) {
    more_ = true;
    return;
  }
  if (spent_ > kBudget) shorten(record);
  spent_ += weight(record);
  known_.emplace(key, kept_.size());
  Kept& kept = kept_.emplace_back();
  if (is_told(record.uptime)) kept.times.push_back(*record.uptime);
  kept.record = std::move(record);
  kept.boot = boot;
}

void Records::count(Kept& kept, const CrashRecord& record) {
  if (is_told(record.uptime)) {
    if (std::ranges::find(kept.times, *record.uptime) != kept.times.end()) return;
    if (kept.times.size() < kMostTimes) kept.times.push_back(*record.uptime);
  }
  ++kept.record.count;
}

bool Records::counted(const CrashRecord& record) {
  const auto known = known_.find(fingerprint(record));
  if (known == known_.end() || kept_[known->second].record.line > record.line) return false;
  count(kept_[known->second], record);
  return true;
}

bool Records::any_of_boot(int boot) const {
  return std::ranges::any_of(kept_, [&](const Kept& one) { return one.boot == boot; });
}

std::vector<CrashRecord> Records::take() {
  std::ranges::stable_sort(kept_, {}, [](const Kept& one) { return one.record.line; });
  std::vector<CrashRecord> records;
  int boot = -1;
  for (Kept& one : kept_) {
    one.record.first = one.boot != boot;
    boot = one.boot;
    records.push_back(std::move(one.record));
  }
  *this = Records();
  return records;
}

}  // namespace harden::crash
