// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/mistakes.h"

#include <algorithm>

namespace harden::cel {
namespace {

constexpr std::size_t kMostMistakes = 20;

}  // namespace

Places::Places(std::string_view source, const Origin& origin) : origin_(origin), lines_{0} {
  for (auto end = source.find('\n'); end != std::string_view::npos; end = source.find('\n', end + 1)) {
    lines_.push_back(end + 1);
  }
}

Position Places::at(std::size_t offset) const {
  const auto line = std::ranges::upper_bound(lines_, offset) - lines_.begin() - 1;
  const auto column = static_cast<int>(offset - lines_[static_cast<std::size_t>(line)]);
  if (line == 0) return {origin_.at.line, origin_.at.column + column};
  return {origin_.at.line + static_cast<int>(line), column + 1};
}

void Mistakes::add(std::size_t offset, std::string message, std::string hint) {
  if (found_.size() >= kMostMistakes) return;
  found_.emplace_back(offset, Diagnostic{places_.file(), places_.at(offset), std::move(message), std::move(hint)});
}

Diagnostics Mistakes::take() {
  std::ranges::stable_sort(found_, {}, [](const auto& entry) { return entry.first; });
  Diagnostics list;
  for (auto& [offset, diagnostic] : found_) list.push_back(std::move(diagnostic));
  found_.clear();
  return list;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string best = nearest(word, known);
  return best.empty() ? std::string() : "did you mean '" + best + "'?";
}

}  // namespace harden::cel
