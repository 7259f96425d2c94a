// SPDX-License-Identifier: Apache-2.0
#include "harden/diagnostic.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "agent/core/text.h"

namespace harden {
namespace {

constexpr std::size_t kShownBefore = 60;  // bytes of a long line left of the caret
constexpr std::size_t kShownAfter = 40;

std::string_view line_at(std::string_view text, int number) {
  for (int line = 1; line < number; ++line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// Cells that an escaped text takes on a terminal, near enough for a caret:
// one for each code point.
std::size_t cells(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80; }));
}

std::string excerpt(std::string_view line, std::size_t column) {
  const std::size_t caret = std::min(column > 0 ? column - 1 : 0, line.size());
  const std::size_t from = caret > kShownBefore ? caret - kShownBefore : 0;
  const std::string before = text::printable(line.substr(from, caret - from));
  const std::string after = text::printable(line.substr(caret, kShownAfter));
  return "  " + before + after + "\n  " + std::string(cells(before), ' ') + "^\n";
}

// Letters added, left out or changed, and two neighbours in each other's place.
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> above(right.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::vector<std::size_t> row{i + 1};
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t replaced = above[j] + (left[i] == right[j] ? 0 : 1);
      row.push_back(std::min({replaced, above[j + 1] + 1, row[j] + 1}));
      const bool swapped = i > 0 && j > 0 && left[i] == right[j - 1] && left[i - 1] == right[j];
      if (swapped) row.back() = std::min(row.back(), before[j - 1] + 1);
    }
    before = std::exchange(above, std::move(row));
  }
  return above.back();
}

}  // namespace

std::string render(const Diagnostic& diagnostic, std::string_view text) {
  std::string out = text::printable(diagnostic.file);
  if (diagnostic.at.line > 0) {
    out += ":" + std::to_string(diagnostic.at.line) + ":" + std::to_string(diagnostic.at.column);
  }
  out += ": " + text::printable(diagnostic.message) + "\n";
  if (diagnostic.at.line > 0 && !text.empty()) {
    out += excerpt(line_at(text, diagnostic.at.line), static_cast<std::size_t>(diagnostic.at.column));
  }
  if (!diagnostic.hint.empty()) out += "  " + text::printable(diagnostic.hint) + "\n";
  return out;
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 128;
  if (word.empty() || word.size() > kLongest) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    if (candidate.size() > kLongest) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace harden
