// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/vmcoreinfo.h"

#include <algorithm>

#include "agent/core/text.h"

namespace harden {
namespace {

constexpr std::size_t kMostText = 1 << 20;
// No structure of printk is larger by far; a sum of these never overflows.
constexpr std::int64_t kMostBytes = 1 << 20;

std::string named(std::string_view kind, std::string_view name) {
  return std::string(kind) + "(" + std::string(name) + ")";
}

std::optional<std::uint64_t> small(const std::string& value) {
  const auto number = text::to_int(value);
  if (!number || *number < 0 || *number >= kMostBytes) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

Vmcoreinfo::Vmcoreinfo(std::string_view text) {
  for (const std::string_view line : text::lines(text.substr(0, kMostText))) {
    const auto sign = line.find('=');
    if (sign == 0 || sign == std::string_view::npos) continue;
    lines_.try_emplace(std::string(line.substr(0, sign)), line.substr(sign + 1));
  }
}

std::string Vmcoreinfo::value(std::string_view key) const {
  const auto found = lines_.find(key);
  return found == lines_.end() ? "" : found->second;
}

std::optional<std::uint64_t> Vmcoreinfo::symbol(std::string_view name) const {
  return text::to_hex(value(named("SYMBOL", name)));
}

std::optional<std::uint64_t> Vmcoreinfo::size(std::string_view name) const { return small(value(named("SIZE", name))); }

std::optional<std::uint64_t> Vmcoreinfo::offset(std::string_view name) const {
  return small(value(named("OFFSET", name)));
}

std::optional<std::uint64_t> Vmcoreinfo::number(std::string_view name) const {
  const std::string said = value(named("NUMBER", name));
  if (said.starts_with("0x")) return text::to_hex(said.substr(2));
  const auto decimal = text::to_int(said);
  return decimal ? std::optional(static_cast<std::uint64_t>(*decimal)) : std::nullopt;
}

std::int64_t Vmcoreinfo::crash_time() const {
  return std::max<std::int64_t>(0, text::to_int(value("CRASHTIME")).value_or(0));
}

}  // namespace harden
