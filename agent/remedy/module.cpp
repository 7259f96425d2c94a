// SPDX-License-Identifier: Apache-2.0
//
// Keeping modules from being loaded, modprobe.d(5). Code that is built into
// the kernel cannot be kept out that way, and a module that is loaded stays.
#include <algorithm>

#include "agent/core/text.h"
#include "agent/remedy/remedy.h"

namespace harden {
namespace {

constexpr const char* kOwnFile = "/etc/modprobe.d/hardend.conf";

// What the host says of one module: the record of `module["name"]`, or why
// there is none.
Value state_of(const std::string& name, const Facts& facts) {
  const Value* all = facts.value("module");
  const std::string fact = "module[" + text::quote(name) + "]";
  if (all == nullptr) return Value::unknown(fact, {Errc::failed, "not collected", fact});
  if (!all->is(Value::Kind::map)) return *all;
  const Value* state = all->map().find(text::underscored(name));
  return state == nullptr ? Value::unknown(fact, {Errc::failed, "not collected", fact}) : *state;
}

Answer field(const Value& state, const char* name) {
  if (state.is(Value::Kind::unknown)) return Answer::unknown(state.missing());
  const Value* value = state.is(Value::Kind::map) ? state.map().find(name) : nullptr;
  if (value == nullptr) return Answer::unknown({{name, {Errc::malformed, "no such field", name}}});
  return answer_of(*value, name);
}

Answer negated(Answer answer) {
  if (answer.yes) answer.yes = !*answer.yes;
  return answer;
}

// The code is not in the kernel now, and will not get there by itself.
Answer kept_out(const Value& state) {
  const Answer absent = negated(field(state, "available"));
  const Answer blocked = field(state, "blocked");
  const Answer cannot_load = absent.yes == true ? absent : blocked;
  return all_of({negated(field(state, "loaded")), negated(field(state, "builtin")), cannot_load});
}

std::string action(const Remedy& remedy) {
  std::string out = "keep from loading:";
  for (const std::string& name : remedy.modules) out += " " + name;
  return out;
}

// In force where somebody blocked it; that a module does not exist here is
// for the policy's condition to say.
Answer in_force(const Remedy& remedy, const Facts& facts) {
  std::vector<Answer> answers;
  bool any_blocked = false;
  bool any_unknown = false;
  for (const std::string& name : remedy.modules) {
    const Value state = state_of(name, facts);
    const Answer blocked = field(state, "blocked");
    any_blocked |= blocked.yes == true;
    any_unknown |= !blocked.yes;
    answers.push_back(kept_out(state));
  }
  if (!any_blocked && !any_unknown) return Answer::of(false);
  return all_of(answers);
}

std::string obstacle(const Remedy& remedy, const Facts& facts) {
  for (const std::string& name : remedy.modules) {
    const Value state = state_of(name, facts);
    if (field(state, "builtin").yes == true) {
      return name + " is built into this kernel, where modprobe.d cannot block it";
    }
    if (!state.is(Value::Kind::map) || field(state, "loaded").yes != true) continue;
    const Value* users = state.map().find("use_count");
    if (users != nullptr && users->is(Value::Kind::integer) && users->integer() > 0) {
      return name + " is loaded and in use (use count " + std::to_string(users->integer()) + ")";
    }
  }
  return {};
}

// `blacklist` stops loading by alias, `install` everything else, modprobe.d(5).
void add_lines(const std::string& name, std::vector<std::string>& lines) {
  add_once(lines, "blacklist " + name);
  add_once(lines, "install " + name + " /bin/false");
}

void add_unloading(const std::string& name, const Chosen& one, const Situation& situation, Draft& draft) {
  if (field(state_of(name, situation.facts), "loaded").yes != true) return;
  const std::string path = "/sys/module/" + name;
  for (PlannedChange& change : draft.changes) {
    if (change.change.path == path) return add_once(change.policies, one.policy);
  }
  draft.changes.push_back(
      {{Layer::module, path, "module " + name, kModuleLoaded, std::nullopt}, "loaded, and not used", {one.policy}});
  add_once(draft.warnings, module_stays_out(name));
}

Draft draft(const std::vector<Chosen>& chosen, const Situation& situation) {
  Draft draft;
  const auto own = read_own_file(situation.host, kOwnFile);
  if (!own && !situation.runtime_only) draft.conflicts.push_back(own.error());
  std::vector<std::string> lines = own ? own->lines : std::vector<std::string>();
  for (const Chosen& one : chosen) {
    for (const std::string& name : one.remedy->modules) add_lines(name, lines);
  }
  if (situation.runtime_only) {
    draft.warnings.push_back("a module that is only unloaded comes back when something asks for it");
  } else if (own) {
    auto change = own_file_change(*own, lines, policies_of(chosen));
    if (change) draft.changes.push_back(std::move(*change));
  }
  for (const Chosen& one : chosen) {
    for (const std::string& name : one.remedy->modules) add_unloading(name, one, situation, draft);
  }
  return draft;
}

const RegisterRemedyRules registered{
    {.kind = RemedyKind::module, .action = action, .in_force = in_force, .obstacle = obstacle, .draft = draft}};

}  // namespace
}  // namespace harden
