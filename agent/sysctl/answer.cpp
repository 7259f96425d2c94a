// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "agent/core/text.h"
#include "agent/sysctl/key.h"
#include "agent/sysctl/order.h"
#include "agent/sysctl/resolver.h"

namespace harden::sysctl {
namespace {

using What = Statement::What;

// The components of `path` that stand in what they lead to: not those that are
// empty, "." or "..", nor those that a ".." takes back.
std::vector<bool> names_in(const std::vector<std::string_view>& parts) {
  std::vector<bool> names(parts.size());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty() || parts[i] == ".") continue;
    if (parts[i] != "..") {
      open.push_back(i);
    } else if (!open.empty()) {
      open.pop_back();
    }
  }
  for (const std::size_t at : open) names[at] = true;
  return names;
}

// The path that glob(3) gives for `path`: what the pattern has of empty, "."
// and ".." components, and of what ".." takes back, stays in it, slashes at its
// end aside. Nothing where a wildcard is taken back: it gives a path for every
// folder there, and a line that names one of them is no line about the others.
std::optional<std::string> found_by(std::string_view pattern, std::string_view path) {
  const auto parts = text::split(path, '/');
  const auto asked = text::split(pattern.substr(0, pattern.find_last_not_of('/') + 1), '/');
  const auto names = names_in(asked);
  std::size_t next = 0;
  std::string out;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (i != 0) out += '/';
    if (!names[i] && is_glob(asked[i])) return std::nullopt;
    out += names[i] && next < parts.size() ? parts[next++] : asked[i];
  }
  return out;
}

bool concerns(const Statement& statement, Applier applier, std::string_view path) {
  if (statement.what == What::malformed) return false;
  const auto below = target(statement.path);
  if (!below) return false;
  if (*below == path) return true;
  return is_glob(statement.path) && glob_matches(*below, path, applier == Applier::systemd);
}

Line line_of(const Visit& visit, const Statement& statement) {
  Line line;
  line.file = visit.file->path;
  line.number = statement.line;
  line.written = statement.written;
  if (statement.what == What::assignment) line.value = statement.value;
  line.ignores_failure = statement.ignores_failure;
  line.role = statement.what == What::exclusion ? Role::excluded
              : is_glob(statement.path)         ? Role::glob
                                                : Role::overridden;
  switch (visit.what) {
    case Visit::What::read: return line;
    case Visit::What::shadowed: line.role = Role::shadowed; break;
    case Visit::What::masked: line.role = Role::masked; break;
    case Visit::What::not_read: line.role = Role::not_read; break;
  }
  if (visit.by != nullptr) line.by = visit.by->path;
  return line;
}

std::string place_of(const Line& line) { return line.file + ":" + std::to_string(line.number); }

// A line that is read, with what it says.
struct Live {
  std::size_t line = 0;  // in the answer
  const Statement* statement = nullptr;
};

void crown(Answer& answer, std::size_t line) {
  Line& winner = answer.lines[line];
  winner.effective = true;
  winner.by.clear();
  if (winner.role == Role::overridden) winner.role = Role::effective;
  answer.winner = line;
}

// A hash map that keeps its order, as systemd has it. An assignment that says
// what is there already changes nothing, and keeps its place.
class Options {
 public:
  void put(Answer& answer, const Live& live) {
    const auto old = find(live.statement->path);
    if (old == slots_.end()) return slots_.push_back(live);
    answer.lines[old->line].by = place_of(answer.lines[live.line]);
    if (same(*old->statement, *live.statement)) {
      *old = live;
    } else {
      slots_.erase(old);
      slots_.push_back(live);
    }
  }

  std::vector<Live>::iterator find(std::string_view path) {
    return std::ranges::find_if(slots_, [&](const Live& slot) { return slot.statement->path == path; });
  }
  std::vector<Live>& all() { return slots_; }

 private:
  static bool same(const Statement& left, const Statement& right) {
    return left.what == right.what && left.value == right.value;
  }

  std::vector<Live> slots_;
};

void judge_systemd(Answer& answer, const std::vector<Live>& read, std::string_view path) {
  Options options;
  for (const Live& live : read) options.put(answer, live);
  const auto named = options.find(path);
  if (named != options.all().end()) {
    for (const Live& slot : options.all()) answer.lines[slot.line].by = place_of(answer.lines[named->line]);
    answer.lines[named->line].by.clear();
    answer.lines[named->line].effective = true;
    if (named->statement->what == What::assignment) crown(answer, named->line);
    return;
  }
  for (const Live& slot : options.all()) {
    Line& line = answer.lines[slot.line];
    line.effective = slot.statement->what == What::exclusion;
    if (line.effective) continue;
    if (answer.winner) {
      answer.lines[*answer.winner].effective = false;
      answer.lines[*answer.winner].by = place_of(line);
    }
    crown(answer, slot.line);
  }
}

// The line that keeps a glob of procps from the key, if any does.
const Live* in_the_way(const std::vector<Live>& read, const Statement& glob, std::string_view path) {
  const auto found = found_by(glob.path, path);
  if (!found) return nullptr;
  const auto same = std::ranges::find_if(read, [&](const Live& live) { return live.statement->path == *found; });
  return same == read.end() ? nullptr : &*same;
}

void judge_procps(Answer& answer, const std::vector<Live>& read, std::string_view path) {
  for (const Live& live : read) {
    if (live.statement->what == What::exclusion) continue;
    if (is_glob(live.statement->path)) {
      if (const Live* other = in_the_way(read, *live.statement, path)) {
        answer.lines[live.line].by = place_of(answer.lines[other->line]);
        answer.lines[other->line].effective = true;
        continue;
      }
    }
    answer.winner = live.line;
  }
  for (const Live& live : read) {
    Line& line = answer.lines[live.line];
    const bool assigns = live.statement->what == What::assignment;
    if (assigns) line.effective = false;
    if (assigns && line.by.empty() && answer.winner) line.by = place_of(answer.lines[*answer.winner]);
  }
  if (answer.winner) crown(answer, *answer.winner);
}

}  // namespace

std::string_view to_string(Applier applier) { return applier == Applier::systemd ? "systemd-sysctl" : "procps"; }

std::string_view to_string(Role role) {
  switch (role) {
    case Role::effective: return "effective";
    case Role::overridden: return "overridden";
    case Role::shadowed: return "shadowed";
    case Role::masked: return "masked";
    case Role::excluded: return "excluded";
    case Role::glob: return "glob";
    case Role::not_read: return "not-read";
  }
  return "";
}

Answer answer(const SysctlFiles& files, Applier applier, std::string_view path) {
  Answer answer{.applier = applier, .lines = {}, .winner = std::nullopt};
  const bool globs = files.no_globs[static_cast<std::size_t>(applier)].empty();
  std::vector<Live> read;
  for (const Visit& visit : visits(files, applier)) {
    for (const Statement& statement : statements_of(*visit.file, applier)) {
      if (!concerns(statement, applier, path)) continue;
      const bool means_something = globs || (statement.what == What::assignment && !is_glob(statement.path));
      if (visit.what == Visit::What::read && means_something) read.push_back({answer.lines.size(), &statement});
      answer.lines.push_back(line_of(visit, statement));
    }
  }
  switch (applier) {
    case Applier::systemd: judge_systemd(answer, read, path); break;
    case Applier::procps: judge_procps(answer, read, path); break;
  }
  return answer;
}

std::vector<std::string> keys(const SysctlFiles& files, Applier applier) {
  std::set<std::string> found;
  for (const Visit& visit : visits(files, applier)) {
    if (visit.what != Visit::What::read) continue;
    for (const Statement& statement : statements_of(*visit.file, applier)) {
      if (statement.what != What::assignment || is_glob(statement.path)) continue;
      if (auto path = target(statement.path)) found.insert(std::move(*path));
    }
  }
  return {found.begin(), found.end()};
}

std::vector<Malformed> malformed(const SysctlFiles& files, Applier applier) {
  std::vector<Malformed> found;
  for (const Visit& visit : visits(files, applier)) {
    if (visit.what != Visit::What::read) continue;
    for (const Statement& statement : statements_of(*visit.file, applier)) {
      if (statement.what == What::malformed) found.push_back({visit.file->path, statement.line, statement.written});
    }
  }
  return found;
}

}  // namespace harden::sysctl
