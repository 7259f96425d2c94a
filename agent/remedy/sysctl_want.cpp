// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/sysctl_want.h"

#include <algorithm>

#include "agent/core/text.h"

namespace harden {

using Compare = SysctlWant::Compare;

std::string_view word_for(Compare compare) {
  switch (compare) {
    case Compare::equal: return "=";
    case Compare::at_least: return ">=";
    case Compare::at_most: return "<=";
    case Compare::bits_set: return "with the bits";
    case Compare::bits_clear: return "without the bits";
  }
  return "=";
}

std::optional<std::string> target_of(const SysctlWant& want, const std::string& now) {
  if (want.compare == Compare::equal) return text::folded(want.value);
  const auto have = text::to_int(text::trim(now));
  const auto bound = text::to_int(text::trim(want.value));
  if (!have || !bound) return std::nullopt;
  switch (want.compare) {
    case Compare::equal: break;
    case Compare::at_least: return std::to_string(std::max(*have, *bound));
    case Compare::at_most: return std::to_string(std::min(*have, *bound));
    case Compare::bits_set: return std::to_string(*have | *bound);
    case Compare::bits_clear: return std::to_string(*have & ~*bound);
  }
  return std::nullopt;
}

bool satisfies(const std::string& now, const SysctlWant& want) {
  const auto target = target_of(want, now);
  if (!target) return false;
  const auto have = text::to_int(text::trim(now));
  const auto wanted = text::to_int(*target);
  return have && wanted ? *have == *wanted : text::folded(now) == *target;
}

bool is_pattern(std::string_view key) { return key.contains('*'); }

}  // namespace harden
