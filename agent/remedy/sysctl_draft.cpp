// SPDX-License-Identifier: Apache-2.0
//
// The changes that sysctl remedies take: each key now, and all of them in a
// file for the next boot.
#include <algorithm>
#include <map>
#include <utility>

#include "agent/core/sysctl_pattern.h"
#include "agent/core/text.h"
#include "agent/remedy/followers.h"
#include "agent/remedy/sysctl_want.h"
#include "agent/sysctl/key.h"
#include "agent/sysctl/resolver.h"

namespace harden {
namespace {

using Compare = SysctlWant::Compare;

constexpr const char* kOwnFile = "/etc/sysctl.d/99-zz-hardend.conf";

// One key with all that the chosen remedies want of it.
struct Goal {
  std::string key;                                        // dotted; may be a pattern
  std::string path;                                       // below /proc/sys
  std::vector<std::pair<SysctlWant, std::string>> wants;  // each with its policy
};

std::string place_of(std::string_view path) { return "/proc/sys/" + std::string(path); }

// Puts the goals of all remedies together, in the order in which they are
// written: some keys are refused before others are set.
std::vector<Goal> goals_of(const std::vector<Chosen>& chosen) {
  std::vector<Goal> goals;
  for (const Chosen& one : chosen) {
    for (const SysctlWant& want : one.remedy->sysctls) {
      auto found = std::ranges::find(goals, want.key, &Goal::key);
      if (found == goals.end()) {
        goals.push_back({want.key, sysctl::path_form(want.key), {}});
        found = std::prev(goals.end());
      }
      found->wants.emplace_back(want, one.policy);
    }
  }
  return goals;
}

// The paths that a key with "*" components stands for here: `all` first, then
// `default`, because writing these may change the others.
std::vector<std::string> expanded(const Host& host, const std::string& key) {
  std::vector<std::string> paths;
  for (const std::string& one : expanded_keys(host, key)) paths.push_back(sysctl::path_form(one));
  const auto rank = [](const std::string& path) {
    return path.contains("/all/") ? 0 : path.contains("/default/") ? 1 : 2;
  };
  std::ranges::stable_sort(paths, {}, rank);
  return paths;
}

class Drafter {
 public:
  explicit Drafter(const Situation& situation) : situation_(situation), files_(sysctl::resolve(situation.host)) {}

  Draft draft(const std::vector<Chosen>& chosen) {
    auto own = read_own_file(situation_.host, kOwnFile);
    if (!own && !situation_.runtime_only) draft_.conflicts.push_back(own.error());
    const auto goals = goals_of(chosen);
    for (const Goal& goal : goals) add_goal(goal);
    for (const Goal& goal : goals) check_goal(goal);
    for (const Goal& goal : goals) add_lines(goal);
    if (!own || situation_.runtime_only || lines_.empty()) return std::move(draft_);
    if (auto change = own_file_change(*own, merged(own->lines), policies_of(chosen))) {
      check_next_boot(*change->change.after);
      // Last: what the kernel refuses must not wait for the next boot.
      draft_.changes.push_back(std::move(*change));
    }
    return std::move(draft_);
  }

 private:
  struct Line {
    std::string key;
    std::string value;
  };

  std::vector<std::string> paths_of(const Goal& goal) const {
    return is_pattern(goal.key) ? expanded(situation_.host, goal.key) : std::vector{goal.path};
  }

  void add_goal(const Goal& goal) {
    const bool pattern = is_pattern(goal.key);
    for (const std::string& path : paths_of(goal)) {
      const auto now = sysctl::running_value(situation_.host, path);
      if (!now && now.error().code == Errc::absent && (pattern || need_not_be_there(goal))) continue;
      if (!now) {
        unreadable(goal, path, now.error());
        continue;
      }
      // A pattern and a key that it stands for may both be wanted.
      const auto other = wanted_.find(path);
      const auto target = common_target(goal, path, other == wanted_.end() ? *now : other->second);
      if (!target) continue;
      wanted_[path] = *target;
      add_change(goal, path, *now, *target);
    }
  }

  static bool need_not_be_there(const Goal& goal) {
    return std::ranges::all_of(goal.wants, [](const auto& want) { return want.first.if_present; });
  }

  // A pattern is for the interfaces of later. Any line that names a key beats
  // it, and systemd's own files keep patterns from `all`, so that `all` and
  // `default` are named too.
  void add_lines(const Goal& goal) {
    const bool pattern = is_pattern(goal.key);
    bool first = true;
    for (const std::string& path : paths_of(goal)) {
      const auto target = wanted_.find(path);
      if (target == wanted_.end()) continue;
      if (pattern && std::exchange(first, false)) add_line(goal.key, target->second);
      const bool named = path.contains("/all/") || path.contains("/default/");
      if (!pattern || named) add_line(sysctl::dotted(path), target->second);
    }
  }

  void add_line(const std::string& key, const std::string& value) {
    if (std::ranges::find(lines_, key, &Line::key) == lines_.end()) lines_.push_back({key, value});
  }

  // What one goal wants of a key must not be lost to what another does.
  void check_goal(const Goal& goal) {
    for (const std::string& path : paths_of(goal)) {
      const auto target = wanted_.find(path);
      if (target == wanted_.end()) continue;
      for (const auto& [want, policy] : goal.wants) {
        if (satisfies(target->second, want)) continue;
        draft_.conflicts.push_back(wish(want, policy) + ", and another remedy wants " + sysctl::dotted(path) + " = " +
                                   target->second);
      }
    }
  }

  static std::string wish(const SysctlWant& want, const std::string& policy) {
    return policy + " wants " + want.key + " " + std::string(word_for(want.compare)) + " " + want.value;
  }

  void unreadable(const Goal& goal, const std::string& path, const Error& error) {
    const std::string_view module = sysctl::module_of(path);
    if (error.code != Errc::absent) {
      draft_.conflicts.push_back(goal.key + " cannot be read: " + describe(error));
    } else if (module.empty()) {
      draft_.conflicts.push_back(goal.key + " does not exist on this host");
    } else {
      add_pending(goal, path, std::string(module));
    }
  }

  void add_pending(const Goal& goal, const std::string& path, const std::string& module) {
    for (const auto& [want, policy] : goal.wants) {
      if (want.compare != Compare::bits_set && want.compare != Compare::bits_clear) continue;
      return draft_.conflicts.push_back(
          wish(want, policy) + ", and what it holds cannot be told until it is there: " + module + " is not loaded");
    }
    const auto target = common_target(goal, path, text::folded(goal.wants.front().first.value));
    if (!target) return;
    draft_.pending.push_back({goal.key, module});
    lines_.push_back({goal.key, *target});
  }

  // What satisfies every want at once.
  std::optional<std::string> common_target(const Goal& goal, const std::string& path, const std::string& now) {
    std::string target = now;
    for (const auto& [want, policy] : goal.wants) {
      const auto next = target_of(want, target);
      if (!next) {
        draft_.conflicts.push_back(sysctl::dotted(path) + " holds " + text::quote(now) + ", which is no number for " +
                                   policy + " to set a bound on");
        return std::nullopt;
      }
      target = *next;
    }
    for (const auto& [want, policy] : goal.wants) {
      if (satisfies(target, want)) continue;
      const auto& [last, its_policy] = goal.wants.back();
      draft_.conflicts.push_back(wish(want, policy) + ", and " + its_policy + " wants it " +
                                 std::string(word_for(last.compare)) + " " + last.value);
      return std::nullopt;
    }
    return target;
  }

  void add_change(const Goal& goal, const std::string& path, const std::string& now, const std::string& target) {
    std::vector<std::string> policies;
    for (const auto& want : goal.wants) add_once(policies, want.second);
    const bool same = same_content(Layer::runtime, now, target);
    if (!same || is_planned(path)) put(path, now, target, source_of(path, now), policies);
    if (same) return;
    if (const auto may = situation_.host.may_write(place_of(path)); !may) {
      draft_.conflicts.push_back(sysctl::dotted(path) + " cannot be written: " + may.error().message);
    }
    for (const Follower& follower : followers_of(situation_.host, path, target)) {
      const auto own = wanted_.find(follower.path);
      put(follower.path, follower.before, own == wanted_.end() ? follower.after : own->second,
          "changes with " + sysctl::dotted(path), policies);
    }
  }

  bool is_planned(const std::string& path) const {
    return std::ranges::any_of(draft_.changes,
                               [&](const PlannedChange& one) { return one.change.path == place_of(path); });
  }

  // A key that already follows another one gets the value it is itself to have.
  void put(const std::string& path, const std::string& before, const std::string& after, std::string source,
           const std::vector<std::string>& policies) {
    const std::string place = place_of(path);
    for (PlannedChange& change : draft_.changes) {
      if (change.change.path != place) continue;
      if (!source.starts_with("changes with ")) change.change.after = after;
      for (const std::string& policy : policies) add_once(change.policies, policy);
      return;
    }
    draft_.changes.push_back(
        {{Layer::runtime, place, sysctl::dotted(path), before, after}, std::move(source), policies});
  }

  std::string source_of(const std::string& path, const std::string& now) const {
    for (const sysctl::Applier applier : sysctl::appliers_that_count(situation_.host)) {
      const sysctl::Answer answer = sysctl::answer(files_, applier, path);
      const sysctl::Line* line = answer.winning();
      if (line == nullptr || !line->value) continue;
      std::string place = line->file + ":" + std::to_string(line->number);
      if (same_content(Layer::runtime, line->value, now)) return place;
      return "set while running; " + place + " says " + *line->value;
    }
    const std::string none = files_.problems().empty() ? "no file sets it" : "no file that could be read sets it";
    return none + ": the kernel's own value, or set while running";
  }

  // A key that the file has already keeps its place in it, so that the same
  // wants make the same file.
  std::vector<std::string> merged(const std::vector<std::string>& present) const {
    std::vector<std::string> lines = present;
    for (const Line& line : lines_) {
      const std::string text = line.key + " = " + line.value;
      const auto has_key = [&](const std::string& one) {
        return text::trim(std::string_view(one).substr(0, one.find('='))) == line.key;
      };
      if (const auto found = std::ranges::find_if(lines, has_key); found != lines.end()) {
        *found = text;
        lines.erase(std::remove_if(std::next(found), lines.end(), has_key), lines.end());
      } else {
        lines.push_back(text);
      }
    }
    return lines;
  }

  // Whether our file has the last word at the next boot.
  void check_next_boot(const std::string& text) {
    const sysctl::SysctlFiles files = sysctl::resolve(situation_.host, sysctl::Overlay{kOwnFile, text});
    for (const Error& error : files.problems()) {
      draft_.warnings.push_back("another file may have the last word at the next boot: " + describe(error));
    }
    for (const sysctl::Applier applier : sysctl::appliers_that_count(situation_.host)) {
      check_age(applier, files.no_globs[static_cast<std::size_t>(applier)]);
      for (const auto& [path, value] : wanted_) {
        check_line(sysctl::answer(files, applier, path), {sysctl::dotted(path), value});
      }
    }
  }

  void check_age(sysctl::Applier applier, const std::string& no_globs) {
    const auto pattern = std::ranges::find_if(lines_, [](const Line& line) { return is_pattern(line.key); });
    if (no_globs.empty() || pattern == lines_.end()) return;
    draft_.warnings.push_back("at the next boot " + std::string(sysctl::to_string(applier)) + " leaves out " +
                              pattern->key + " of our file: " + no_globs +
                              "; an interface begins with what `default` has then");
  }

  void check_line(const sysctl::Answer& answer, const Line& line) {
    const sysctl::Line* winner = answer.winning();
    if (winner == nullptr || winner->file == kOwnFile) return;
    if (winner->value && same_content(Layer::runtime, winner->value, line.value)) return;
    draft_.warnings.push_back("at the next boot " + std::string(sysctl::to_string(answer.applier)) + " lets " +
                              winner->file + ":" + std::to_string(winner->number) + " have the last word: " + line.key +
                              " = " + winner->value.value_or("") + "; take that line out");
  }

  const Situation& situation_;
  sysctl::SysctlFiles files_;
  Draft draft_;
  std::vector<Line> lines_;
  std::map<std::string, std::string> wanted_;  // path to what a goal wants of it
};

}  // namespace

Draft draft_sysctls(const std::vector<Chosen>& chosen, const Situation& situation) {
  return Drafter(situation).draft(chosen);
}

}  // namespace harden
