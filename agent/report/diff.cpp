// SPDX-License-Identifier: Apache-2.0
#include "agent/report/diff.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/core/text.h"
#include "agent/report/terminal.h"

namespace harden {
namespace {

constexpr std::size_t kMostLines = 2000;
constexpr std::size_t kAround = 3;

struct Line {
  char sign = ' ';  // ' ', '-' or '+'
  std::string_view text;
  bool no_newline = false;  // the last of its file, and its file does not end in one
};

struct Side {
  std::vector<std::string_view> lines;
  bool no_newline = false;
};

Side side_of(const std::optional<std::string>& content) {
  Side side;
  if (!content || content->empty()) return side;
  side.no_newline = !content->ends_with('\n');
  std::string_view rest = *content;
  if (!side.no_newline) rest.remove_suffix(1);
  side.lines = text::split(rest, '\n');
  return side;
}

// The last line of a file that does not end in a newline is like no other.
bool same_line(const Side& left, std::size_t i, const Side& right, std::size_t j) {
  const bool left_open = left.no_newline && i + 1 == left.lines.size();
  const bool right_open = right.no_newline && j + 1 == right.lines.size();
  return left_open == right_open && left.lines[i] == right.lines[j];
}

// The lengths of longest common subsequences of what is left of both sides.
class Common {
 public:
  Common(const Side& left, const Side& right)
      : width_(right.lines.size() + 1), table_((left.lines.size() + 1) * width_) {
    for (std::size_t i = left.lines.size(); i-- > 0;) {
      for (std::size_t j = right.lines.size(); j-- > 0;) {
        at(i, j) = same_line(left, i, right, j) ? static_cast<std::uint16_t>(at(i + 1, j + 1) + 1)
                                                : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
  }
  std::uint16_t& at(std::size_t i, std::size_t j) { return table_[i * width_ + j]; }

 private:
  std::size_t width_;
  std::vector<std::uint16_t> table_;
};

Line line_of(char sign, const Side& side, std::size_t index) {
  return {sign, side.lines[index], side.no_newline && index + 1 == side.lines.size()};
}

// Both sides as one row of kept, removed and added lines.
std::vector<Line> merged(const Side& left, const Side& right) {
  std::vector<Line> row;
  std::size_t i = 0;
  std::size_t j = 0;
  const bool small = left.lines.size() <= kMostLines && right.lines.size() <= kMostLines;
  Common common = small ? Common(left, right) : Common({}, {});
  while (small && i < left.lines.size() && j < right.lines.size()) {
    if (same_line(left, i, right, j)) {
      row.push_back(line_of(' ', left, i));
      ++i;
      ++j;
    } else if (common.at(i + 1, j) >= common.at(i, j + 1)) {
      row.push_back(line_of('-', left, i++));
    } else {
      row.push_back(line_of('+', right, j++));
    }
  }
  while (i < left.lines.size()) row.push_back(line_of('-', left, i++));
  while (j < right.lines.size()) row.push_back(line_of('+', right, j++));
  return row;
}

std::string range(std::size_t first, std::size_t count) {
  return std::to_string(count == 0 ? first : first + 1) + (count == 1 ? "" : "," + std::to_string(count));
}

std::string hunk(const std::vector<Line>& row, std::size_t begin, std::size_t end) {
  std::size_t old_first = 0;
  std::size_t new_first = 0;
  for (std::size_t i = 0; i < begin; ++i) {
    old_first += row[i].sign != '+' ? 1U : 0U;
    new_first += row[i].sign != '-' ? 1U : 0U;
  }
  std::size_t old_count = 0;
  std::size_t new_count = 0;
  std::string body;
  for (std::size_t i = begin; i < end; ++i) {
    old_count += row[i].sign != '+' ? 1U : 0U;
    new_count += row[i].sign != '-' ? 1U : 0U;
    body += row[i].sign + std::string(row[i].text) + "\n";
    if (row[i].no_newline) body += "\\ No newline at end of file\n";
  }
  return "@@ -" + range(old_first, old_count) + " +" + range(new_first, new_count) + " @@\n" + body;
}

Paint paint_of_line(std::string_view line) {
  if (line.starts_with("---") || line.starts_with("+++")) return Paint::bold;
  if (line.starts_with('-')) return Paint::red;
  if (line.starts_with('+')) return Paint::green;
  return line.starts_with('@') ? Paint::cyan : Paint::none;
}

std::string with_tabs(std::string_view line) {
  std::string out;
  for (const std::string_view part : text::split(line, '\t')) out += plain(part) + "\t";
  out.pop_back();
  return out;
}

std::optional<std::string> as_file(Layer layer, const std::optional<std::string>& content) {
  return layer == Layer::runtime && content ? *content + "\n" : content;
}

}  // namespace

std::string unified_diff(const std::string& path, const std::optional<std::string>& before,
                         const std::optional<std::string>& after) {
  if (before == after) return {};
  const Side left = side_of(before);
  const Side right = side_of(after);
  const std::vector<Line> row = merged(left, right);
  std::string out = "--- " + (before ? path : "/dev/null") + "\n+++ " + (after ? path : "/dev/null") + "\n";
  const auto changed = [&](std::size_t i) { return row[i].sign != ' '; };
  for (std::size_t i = 0; i < row.size();) {
    if (!changed(i)) {
      ++i;
      continue;
    }
    const std::size_t begin = i - std::min(i, kAround);
    std::size_t last = i;
    for (std::size_t k = i; k < row.size() && k <= last + 2 * kAround + 1; ++k) last = changed(k) ? k : last;
    const std::size_t end = std::min(row.size(), last + kAround + 1);
    out += hunk(row, begin, end);
    i = end;
  }
  return out;
}

std::string change_diff(const Change& change, const Style& style) {
  if (change.layer == Layer::module) return plain((change.after ? "load " : "unload ") + change.what) + "\n";
  const std::string diff =
      unified_diff(change.path, as_file(change.layer, change.before), as_file(change.layer, change.after));
  std::string out;
  for (std::string_view rest = diff; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    out += painted(with_tabs(line), paint_of_line(line), style) + "\n";
  }
  return out;
}

}  // namespace harden
