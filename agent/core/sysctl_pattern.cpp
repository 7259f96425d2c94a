// SPDX-License-Identifier: Apache-2.0
#include "agent/core/sysctl_pattern.h"

#include "agent/core/text.h"

namespace harden {
namespace {

constexpr std::size_t kMostKeys = 20'000;

}  // namespace

std::vector<std::string> expanded_keys(const Host& host, std::string_view pattern) {
  if (!pattern.contains('*')) return {std::string(pattern)};
  std::vector<std::string> found{""};
  for (const std::string_view part : text::split(pattern, '.')) {
    std::vector<std::string> next;
    for (const std::string& base : found) {
      const std::string before = base.empty() ? "" : base + ".";
      if (part != "*") {
        next.push_back(before + std::string(part));
        continue;
      }
      const auto entries = host.list("/proc/sys/" + text::separators_swapped(base));
      if (!entries) continue;
      for (const DirEntry& entry : *entries) next.push_back(before + text::separators_swapped(entry.name));
    }
    if (next.size() > kMostKeys) next.resize(kMostKeys);
    found = std::move(next);
  }
  return found;
}

}  // namespace harden
