// SPDX-License-Identifier: Apache-2.0
//
// Sysctls: Documentation/admin-guide/sysctl/. A value is compared as a number
// where both sides are one, else as text with white space folded, which is
// how the kernel itself reads it back.
#include <algorithm>
#include <array>

#include "agent/core/sysctl_pattern.h"
#include "agent/core/text.h"
#include "agent/remedy/followers.h"
#include "agent/remedy/remedy.h"
#include "agent/sysctl/key.h"
#include "agent/sysctl/resolver.h"

namespace harden {
namespace {

using Compare = SysctlWant::Compare;

constexpr const char* kOwnFile = "/etc/sysctl.d/99-zz-hardend.conf";

struct OneWay {
  std::string_view key;
  std::string_view value;
};

// Writing these values is refused, or has no way back, until the next boot.
constexpr std::array<OneWay, 4> kOneWay{{
    {"kernel.modules_disabled", "1"},
    {"kernel.kexec_load_disabled", "1"},
    {"kernel.unprivileged_bpf_disabled", "1"},
    {"kernel.yama.ptrace_scope", "3"},
}};

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

// What the key is to hold so that the want is met, given what it holds now.
// Nothing where a bound is set on what is no number.
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

std::string text_of(const Value& value) { return value.is(Value::Kind::string) ? value.string() : to_text(value); }

bool satisfies(const std::string& now, const SysctlWant& want) {
  const auto target = target_of(want, now);
  if (!target) return false;
  const auto have = text::to_int(text::trim(now));
  const auto wanted = text::to_int(*target);
  return have && wanted ? *have == *wanted : text::folded(now) == *target;
}

// "net.ipv4.conf.*.rp_filter" and "net.ipv4.conf.eth0.rp_filter".
bool matches(std::string_view pattern, std::string_view key) {
  const auto wanted = text::split(pattern, '.');
  const auto parts = text::split(key, '.');
  return std::ranges::equal(wanted, parts,
                            [](std::string_view one, std::string_view other) { return one == "*" || one == other; });
}

bool is_pattern(std::string_view key) { return key.contains('*'); }

Answer one_key(const Value& seen, const SysctlWant& want) {
  if (seen.is(Value::Kind::unknown)) return Answer::unknown(seen.missing());
  return Answer::of(satisfies(text_of(seen), want));
}

Answer one_in_force(const SysctlWant& want, const Facts& facts) {
  const Value* all = facts.value("sysctl");
  if (all == nullptr) return Answer::unknown({{"sysctl", {Errc::failed, "not collected", "sysctl"}}});
  if (all->is(Value::Kind::unknown)) return Answer::unknown(all->missing());
  if (!is_pattern(want.key)) {
    const Value* seen = all->map().find(want.key);
    return seen == nullptr ? Answer::of(false) : one_key(*seen, want);
  }
  std::vector<Answer> answers;
  for (const auto& [key, value] : all->map().entries()) {
    if (key.is(Value::Kind::string) && matches(want.key, key.string())) answers.push_back(one_key(value, want));
  }
  return answers.empty() ? Answer::of(false) : all_of(answers);
}

std::string action(const Remedy& remedy) {
  std::string out;
  for (const SysctlWant& want : remedy.sysctls) {
    if (!out.empty()) out += ", ";
    out += want.key + " " + std::string(word_for(want.compare)) + " " + want.value;
  }
  return out;
}

Answer in_force(const Remedy& remedy, const Facts& facts) {
  std::vector<Answer> answers;
  for (const SysctlWant& want : remedy.sysctls) answers.push_back(one_in_force(want, facts));
  return all_of(answers);
}

// A key that a module brings is only pending where the module is not loaded.
std::string obstacle(const Remedy& remedy, const Facts& facts) {
  const Value* all = facts.value("sysctl");
  if (all == nullptr || !all->is(Value::Kind::map)) return {};
  for (const SysctlWant& want : remedy.sysctls) {
    if (is_pattern(want.key) || all->map().find(want.key) != nullptr) continue;
    const auto path = sysctl::key_path(want.key);
    if (!path || sysctl::module_of(*path).empty()) return want.key + " does not exist on this host";
  }
  return {};
}

bool irreversible(const Remedy& remedy) {
  return std::ranges::any_of(remedy.sysctls, [](const SysctlWant& want) {
    return std::ranges::any_of(
        kOneWay, [&](const OneWay& knob) { return knob.key == want.key && knob.value == text::trim(want.value); });
  });
}

// A net sysctl belongs to the network namespace it is written in; where there
// is no other, that says nothing.
std::vector<std::string> price(const Remedy& remedy, const Facts& facts) {
  const bool net =
      std::ranges::any_of(remedy.sysctls, [](const SysctlWant& want) { return want.key.starts_with("net."); });
  const Value* namespaces = facts.value("net.namespaces");
  if (!net || (namespaces != nullptr && *namespaces == Value(1))) return {};
  return {"changes this network namespace only: running containers keep the value of their own"};
}

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
    for (const Goal& goal : goals_of(chosen)) add_goal(goal);
    if (!own || situation_.runtime_only) return std::move(draft_);
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

  void add_goal(const Goal& goal) {
    const bool pattern = is_pattern(goal.key);
    const auto paths = pattern ? expanded(situation_.host, goal.key) : std::vector{goal.path};
    std::vector<Line> lines;
    for (const std::string& path : paths) {
      const auto now = sysctl::running_value(situation_.host, path);
      if (!now && now.error().code == Errc::absent && pattern) continue;
      if (!now) {
        unreadable(goal, path, now.error());
        continue;
      }
      const auto target = common_target(goal, path, *now);
      if (!target) continue;
      lines.push_back({sysctl::dotted(path), *target});
      add_change(goal, path, *now, *target);
    }
    add_lines(goal, pattern, lines);
  }

  // A pattern is for the interfaces of later. Any line that names a key beats
  // it, and systemd's own files keep patterns from `all`, so that `all` and
  // `default` are named too.
  void add_lines(const Goal& goal, bool pattern, const std::vector<Line>& found) {
    if (pattern && !found.empty()) lines_.push_back({goal.key, found.front().value});
    for (const Line& line : found) {
      at_boot_.push_back(line);
      if (!pattern || line.key.contains(".all.") || line.key.contains(".default.")) lines_.push_back(line);
    }
  }

  void unreadable(const Goal& goal, const std::string& path, const Error& error) {
    const std::string_view module = sysctl::module_of(path);
    const SysctlWant& want = goal.wants.front().first;
    if (error.code != Errc::absent) {
      draft_.conflicts.push_back(goal.key + " cannot be read: " + describe(error));
    } else if (module.empty()) {
      draft_.conflicts.push_back(goal.key + " does not exist on this host");
    } else {
      draft_.pending.push_back({goal.key, std::string(module)});
      lines_.push_back({goal.key, want.value});
    }
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
      draft_.conflicts.push_back(policy + " wants " + goal.key + " " + std::string(word_for(want.compare)) + " " +
                                 want.value + ", and " + goal.wants.back().second + " wants it " +
                                 std::string(word_for(goal.wants.back().first.compare)) + " " +
                                 goal.wants.back().first.value);
      return std::nullopt;
    }
    return target;
  }

  void add_change(const Goal& goal, const std::string& path, const std::string& now, const std::string& target) {
    std::vector<std::string> policies;
    for (const auto& want : goal.wants) add_once(policies, want.second);
    if (!same_content(Layer::runtime, now, target)) put(path, now, target, source_of(path, now), policies);
    for (const Follower& follower : followers_of(situation_.host, path, target)) {
      if (same_content(Layer::runtime, now, target)) break;
      put(follower.path, follower.before, follower.after, "changes with " + sysctl::dotted(path), policies);
    }
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
    for (const sysctl::Use& use : sysctl::appliers_of(situation_.host)) {
      if (!use.in_use) continue;
      const sysctl::Answer answer = sysctl::answer(files_, use.applier, path);
      const sysctl::Line* line = answer.winning();
      if (line == nullptr || !line->value) continue;
      const std::string place = line->file + ":" + std::to_string(line->number);
      if (same_content(Layer::runtime, *line->value, now)) return place;
      return "set while running; " + place + " says " + *line->value;
    }
    return "no file sets it: the kernel's own value, or set while running";
  }

  std::vector<std::string> merged(const std::vector<std::string>& present) const {
    std::vector<std::string> lines;
    for (const std::string& line : present) {
      const std::string key(text::trim(std::string_view(line).substr(0, line.find('='))));
      if (std::ranges::find(lines_, key, &Line::key) == lines_.end()) lines.push_back(line);
    }
    for (const Line& line : lines_) lines.push_back(line.key + " = " + line.value);
    return lines;
  }

  // Whether our file has the last word at the next boot.
  void check_next_boot(const std::string& text) {
    const sysctl::SysctlFiles files = sysctl::resolve(situation_.host, sysctl::Overlay{kOwnFile, text});
    for (const sysctl::Use& use : sysctl::appliers_of(situation_.host)) {
      if (!use.in_use) continue;
      for (const Line& line : at_boot_)
        check_line(sysctl::answer(files, use.applier, sysctl::path_form(line.key)), line);
    }
  }

  void check_line(const sysctl::Answer& answer, const Line& line) {
    const sysctl::Line* winner = answer.winning();
    if (winner == nullptr || winner->file == kOwnFile) return;
    if (winner->value && same_content(Layer::runtime, *winner->value, line.value)) return;
    draft_.warnings.push_back("at the next boot " + std::string(sysctl::to_string(answer.applier)) + " lets " +
                              winner->file + ":" + std::to_string(winner->number) + " have the last word: " + line.key +
                              " = " + winner->value.value_or("") + "; take that line out");
  }

  const Situation& situation_;
  sysctl::SysctlFiles files_;
  Draft draft_;
  std::vector<Line> lines_;    // of our file
  std::vector<Line> at_boot_;  // what it is to come to
};

Draft draft(const std::vector<Chosen>& chosen, const Situation& situation) { return Drafter(situation).draft(chosen); }

const RegisterRemedyRules registered{{.kind = RemedyKind::sysctl,
                                      .action = action,
                                      .in_force = in_force,
                                      .obstacle = obstacle,
                                      .irreversible = irreversible,
                                      .price = price,
                                      .draft = draft}};

}  // namespace
}  // namespace harden
