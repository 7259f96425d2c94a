// SPDX-License-Identifier: Apache-2.0
#include "agent/report/diff.h"

#include <algorithm>
#include <dtl/dtl.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/core/text.h"
#include "agent/report/terminal.h"

namespace harden {
namespace {

constexpr std::size_t kMostLines = 2000;
constexpr std::size_t kAround = 3;

struct Line {
  char sign = ' ';  // ' ', '-' or '+'
  std::string text;
  bool no_newline = false;  // the last of its file, and its file does not end in one
};

// Each with its newline, so that a last line without one is another line.
std::vector<std::string> lines_of(const std::optional<std::string>& content) {
  std::vector<std::string> lines;
  if (!content || content->empty()) return lines;
  for (const std::string_view part : text::split(*content, '\n')) lines.push_back(std::string(part) + "\n");
  lines.back().pop_back();
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

Line line_of(char sign, const std::string& text) {
  const bool ends = text.ends_with('\n');
  return {sign, text.substr(0, text.size() - (ends ? 1 : 0)), !ends};
}

// As diff(1) has it: in a run of changed lines what goes stands before what comes.
std::vector<Line> with_removals_first(std::vector<Line> row) {
  const auto kept = [](const Line& line) { return line.sign == ' '; };
  for (auto run = row.begin(); run != row.end();) {
    run = std::find_if_not(run, row.end(), kept);
    const auto end = std::find_if(run, row.end(), kept);
    std::stable_partition(run, end, [](const Line& line) { return line.sign == '-'; });
    run = end;
  }
  return row;
}

// Both sides as one row of kept, removed and added lines.
std::vector<Line> merged(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  std::vector<Line> row;
  if (left.size() > kMostLines || right.size() > kMostLines) {
    for (const std::string& text : left) row.push_back(line_of('-', text));
    for (const std::string& text : right) row.push_back(line_of('+', text));
    return row;
  }
  dtl::Diff<std::string> diff(left, right);
  diff.compose();
  for (const auto& [text, what] : diff.getSes().getSequence()) {
    row.push_back(line_of(what.type == dtl::SES_COMMON ? ' ' : what.type == dtl::SES_DELETE ? '-' : '+', text));
  }
  return with_removals_first(std::move(row));
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
    body += row[i].sign + row[i].text + "\n";
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
  const std::vector<Line> row = merged(lines_of(before), lines_of(after));
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
  if (change.layer == Layer::folder)
    return plain((change.after ? "make the folder " : "remove the folder ") + change.path) + "\n";
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
