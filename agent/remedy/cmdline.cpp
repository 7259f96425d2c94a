// SPDX-License-Identifier: Apache-2.0
//
// Kernel parameters, Documentation/admin-guide/kernel-parameters.rst.
#include <algorithm>

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
  for (const std::string& word : words) {
    add_once(lines, "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX " + word + "\"");
  }
  if (auto change = own_file_change(*own, lines, policies_of(chosen))) draft.changes.push_back(std::move(*change));
  draft.by_hand.push_back("run update-grub, which puts the drop-in into the boot menu");
}

Draft draft(const std::vector<Chosen>& chosen, const Situation& situation) {
  Draft draft;
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
