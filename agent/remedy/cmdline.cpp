// SPDX-License-Identifier: Apache-2.0
//
// Kernel parameters, Documentation/admin-guide/kernel-parameters.rst.
#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/text.h"
#include "agent/remedy/remedy.h"

namespace harden {
namespace {

constexpr const char* kDropIns = "/etc/default/grub.d";
constexpr const char* kOwnFile = "/etc/default/grub.d/99-zz-hardend.cfg";

// Many parameters take a list: cgroup.memory=nosocket,nokmem has nokmem.
bool holds(std::string_view seen, std::string_view wanted) {
  if (seen == wanted) return true;
  return std::ranges::any_of(text::split(seen, ','), [&](std::string_view part) { return part == wanted; });
}

Answer one_in_force(std::string_view parameter, const Facts& facts) {
  const Value* all = facts.value("cmdline.params");
  if (all == nullptr) return Answer::unknown({{"cmdline.params", {Errc::failed, "not collected", "cmdline.params"}}});
  if (!all->is(Value::Kind::map)) return Answer::unknown(all->missing());
  const auto equals = parameter.find('=');
  const Value* seen = all->map().find(text::underscored(parameter.substr(0, equals)));
  if (seen == nullptr || !seen->is(Value::Kind::string)) return Answer::of(false);
  const std::string_view wanted = equals == std::string_view::npos ? "" : parameter.substr(equals + 1);
  return Answer::of(holds(seen->string(), wanted));
}

std::string action(const Remedy& remedy) {
  std::string out = "boot with";
  for (const std::string& parameter : remedy.cmdline) out += " " + parameter;
  return out;
}

Answer in_force(const Remedy& remedy, const Facts& facts) {
  std::vector<Answer> answers;
  for (const std::string& parameter : remedy.cmdline) answers.push_back(one_in_force(parameter, facts));
  return all_of(answers);
}

// What is not on the command line yet, each once.
std::vector<std::string> missing_words(const std::vector<Chosen>& chosen, const Facts& facts) {
  std::vector<std::string> words;
  for (const Chosen& one : chosen) {
    for (const std::string& word : one.remedy->cmdline) {
      if (one_in_force(word, facts).yes != true) add_once(words, word);
    }
  }
  return words;
}

// Parameters whose every mention counts, so that two of them go together:
// mm/memcontrol.c, kernel/cgroup/cgroup.c, init/main.c.
constexpr std::array<std::string_view, 3> kAddUp{"cgroup.memory", "cgroup_disable", "initcall_blacklist"};

std::string name_of(std::string_view word) { return text::underscored(word.substr(0, word.find('='))); }

bool at_odds(const std::string& word, const std::string& other) {
  if (word == other || name_of(word) != name_of(other)) return false;
  return std::ranges::find(kAddUp, name_of(word)) == kAddUp.end();
}

// The kernel takes the last value of a parameter, and nobody would see that
// the other is lost.
void check_words(const std::vector<Chosen>& chosen, Draft& draft) {
  std::vector<std::pair<std::string, std::string>> seen;  // a word, and its policy
  for (const Chosen& one : chosen) {
    for (const std::string& word : one.remedy->cmdline) {
      for (const auto& [other, policy] : seen) {
        if (!at_odds(word, other)) continue;
        add_once(draft.conflicts,
                 one.policy + " wants " + word + " on the kernel command line, and " + policy + " wants " + other);
      }
      seen.emplace_back(word, one.policy);
    }
  }
}

constexpr std::string_view kLineBegins = "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX ";

// An earlier transaction's word in our file, which the new one would overrule.
void check_own_lines(const std::vector<std::string>& lines, const std::vector<std::string>& words, Draft& draft) {
  for (std::string_view line : lines) {
    if (!line.starts_with(kLineBegins) || !line.ends_with('"')) continue;
    line.remove_prefix(kLineBegins.size());
    line.remove_suffix(1);
    for (const std::string& word : words) {
      if (!at_odds(word, std::string(line))) continue;
      add_once(draft.conflicts, word + " is wanted on the kernel command line, and an earlier transaction put " +
                                    std::string(line) + " into " + kOwnFile + ": undo that one first");
    }
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// Debian's and Ubuntu's grub-mkconfig reads /etc/default/grub.d/*.cfg.
bool has_drop_ins(const Host& host) { return host.kind(kDropIns) == DirEntry::Kind::directory; }

bool has_grubby(const Host& host) {
  return host.kind("/boot/loader/entries").has_value() || host.kind("/usr/sbin/grubby").has_value();
}

void add_drop_in(const std::vector<Chosen>& chosen, const std::vector<std::string>& words, const Host& host,
                 Draft& draft) {
  const auto own = read_own_file(host, kOwnFile);
  if (!own) return draft.conflicts.push_back(own.error());
  std::vector<std::string> lines = own->lines;
  check_own_lines(lines, words, draft);
  for (const std::string& word : words) add_once(lines, std::string(kLineBegins) + word + "\"");
  if (auto change = own_file_change(*own, lines, policies_of(chosen))) draft.changes.push_back(std::move(*change));
  draft.by_hand.push_back("run update-grub, which puts the drop-in into the boot menu");
}

Draft draft(const std::vector<Chosen>& chosen, const Situation& situation) {
  Draft draft;
  check_words(chosen, draft);
  const auto words = missing_words(chosen, situation.facts);
  if (words.empty()) return draft;
  if (situation.runtime_only) {
    draft.conflicts.push_back("the kernel's command line cannot be changed while it runs (--runtime-only): " +
                              joined(words));
    return draft;
  }
  if (has_drop_ins(situation.host)) {
    add_drop_in(chosen, words, situation.host, draft);
  } else if (has_grubby(situation.host)) {
    draft.by_hand.push_back("run grubby --update-kernel=ALL --args=\"" + joined(words) + "\"");
  } else {
    draft.by_hand.push_back("add " + joined(words) + " to the kernel command line in the boot loader's configuration");
  }
  draft.by_hand.push_back("reboot: the kernel reads its command line only then");
  return draft;
}

const RegisterRemedyRules registered{
    {.kind = RemedyKind::cmdline, .needs_reboot = true, .action = action, .in_force = in_force, .draft = draft}};

}  // namespace
}  // namespace harden
