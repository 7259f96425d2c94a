// SPDX-License-Identifier: Apache-2.0
#include "agent/sysctl/parse.h"

#include "agent/core/text.h"
#include "agent/sysctl/key.h"

namespace harden::sysctl {
namespace {

// read_line() of systemd takes a run of different end marks for one end; a
// NUL ends the run.
std::string_view take_systemd_line(std::string_view& rest) {
  constexpr std::string_view kEnds("\n\r\0", 3);
  const auto end = rest.find_first_of(kEnds);
  const std::string_view line = rest.substr(0, end);
  if (end == std::string_view::npos) {
    rest = {};
    return line;
  }
  std::size_t after = end;
  for (std::string_view seen; after < rest.size() && !seen.ends_with('\0'); ++after) {
    if (kEnds.find(rest[after]) == std::string_view::npos || seen.find(rest[after]) != std::string_view::npos) break;
    seen = rest.substr(end, after - end + 1);
  }
  rest.remove_prefix(after);
  return line;
}

// getline() and C strings: what stands behind a NUL is not seen.
std::string_view take_procps_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return line.substr(0, line.find('\0'));
}

std::string_view stripped(std::string_view text, Applier applier) {
  if (applier == Applier::procps) return text::trim(text);
  constexpr std::string_view kWhite = " \t\n\r";
  const auto first = text.find_first_not_of(kWhite);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhite) - first + 1);
}

std::string path_of(std::string_view key, Applier applier) {
  if (applier == Applier::systemd) return simplified(path_form(key));
  // procps drops a second '-' as well.
  return path_form(key.starts_with('-') ? key.substr(1) : key);
}

// Nothing can come of a name that leads out of /proc/sys or to a folder.
bool names_nothing(const std::string& path, Applier applier) {
  const auto below = target(path);
  if (!below) return true;
  if (applier == Applier::systemd) return path != *below;
  std::string_view last = path;
  // glob(3) takes "*/x/" for a file x, and "x*/" for folders alone.
  const std::string_view file = last.substr(0, last.find_last_not_of('/') + 1);
  if (is_glob(file) && !is_glob(file.substr(file.rfind('/') + 1))) last = file;
  last.remove_prefix(last.rfind('/') + 1);
  return last.empty() || last == "." || last == "..";
}

Statement statement_of(std::string_view line, Applier applier) {
  Statement statement;
  const auto equals = line.find('=');
  std::string_view key = line.substr(0, equals);
  const bool dash = key.starts_with('-');
  if (dash) key.remove_prefix(1);
  const bool assigns = equals != std::string_view::npos;
  // systemd strips what stands behind the dash, procps only the end.
  key = applier == Applier::systemd || !dash ? stripped(key, applier)
                                             : key.substr(0, key.find_last_not_of(" \t\r\f\v") + 1);
  statement.path = path_of(key, applier);
  statement.written = key;
  if ((!assigns && !dash) || names_nothing(statement.path, applier)) {
    statement.written = line;
    return statement;
  }
  statement.what = assigns ? Statement::What::assignment : Statement::What::exclusion;
  statement.ignores_failure = assigns && dash;
  if (assigns) statement.value = stripped(line.substr(equals + 1), applier);
  return statement;
}

bool is_ignored(std::string_view line) { return line.empty() || line.front() == '#' || line.front() == ';'; }

}  // namespace

std::vector<Statement> parse(std::string_view content, Applier applier) {
  std::vector<Statement> statements;
  for (std::size_t number = 1; !content.empty(); ++number) {
    const std::string_view whole = applier == Applier::systemd ? take_systemd_line(content) : take_procps_line(content);
    const std::string_view line = stripped(whole, applier);
    if (is_ignored(line)) continue;
    Statement statement = statement_of(line, applier);
    statement.line = number;
    statements.push_back(std::move(statement));
  }
  return statements;
}

}  // namespace harden::sysctl
