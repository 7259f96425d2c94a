// SPDX-License-Identifier: Apache-2.0
//
// What may come next on a command line, for the completions of the shells
// (dist/completions): `hardenctl complete -- WORD...`, the last of the words
// the one that is being written. A line a candidate, with a tab and what it is;
// or ":file" or ":dir" where the shell knows better. Everything comes from the
// verbs' own options, so that there is nothing to be kept alike.
#include <CLI/App.hpp>
#include <algorithm>

#include "agent/core/text.h"
#include "agent/ctl/common.h"
#include "agent/ctl/state.h"
#include "agent/ctl/verb.h"
#include "agent/store/store.h"
#include "harden/collector.h"

namespace harden::ctl {
namespace {

struct Candidate {
  std::string word;
  std::string what;  // one line; may be empty
};

using Candidates = std::vector<Candidate>;

// Where the words before the last one have led to.
struct Place {
  const CLI::App* command = nullptr;
  const CLI::Option* value_of = nullptr;  // the option whose value comes next
  std::size_t positionals = 0;            // that are written already
  bool only_positionals = false;          // after "--"
  // What the words say about where ids are to be had.
  PolicyOption policies;
  StateOption state;
};

// A command's options, those of the nameless groups within it too. What is
// hidden has no group.
std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  auto options = command.get_options([](const CLI::Option* option) { return !option->get_group().empty(); });
  for (const CLI::App* group : command.get_subcommands([](const CLI::App* one) { return one->get_name().empty(); })) {
    std::ranges::copy(options_of(*group), std::back_inserter(options));
  }
  return options;
}

std::vector<const CLI::App*> commands_of(const CLI::App& command) {
  return command.get_subcommands(
      [](const CLI::App* one) { return !one->get_name().empty() && !one->get_group().empty(); });
}

void heed(Place& place, const CLI::Option& option, const std::string& value) {
  if (option.check_lname("policies")) place.policies.directories.push_back(value);
  if (option.check_lname("state")) place.state.file = value;
}

void step(Place& place, const std::string& word) {
  if (place.value_of != nullptr) {
    heed(place, *place.value_of, word);
    place.value_of = nullptr;
  } else if (!place.only_positionals && word == "--") {
    place.only_positionals = true;
  } else if (!place.only_positionals && word.starts_with('-')) {
    const CLI::Option* option = place.command->get_option_no_throw(word);
    if (option != nullptr && option->get_items_expected_max() > 0) place.value_of = option;
  } else {
    const auto commands = commands_of(*place.command);
    const auto next = std::ranges::find(commands, word, &CLI::App::get_name);
    if (place.positionals == 0 && next != commands.end()) {
      place.command = *next;
    } else {
      ++place.positionals;
    }
  }
}

Candidates policy_ids(const PolicyOption& policies) {
  Candidates found;
  const auto loaded = policies.load();
  if (!loaded) return found;
  for (const Policy& policy : loaded->policies) found.push_back({policy.id, policy.title});
  return found;
}

Candidates remedy_names(const PolicyOption& policies) {
  Candidates found;
  const auto loaded = policies.load();
  if (!loaded) return found;
  for (const Policy& policy : loaded->policies) {
    for (const Remedy& remedy : policy.remedies) {
      found.push_back({policy.id + "/" + remedy.name, std::string(to_string(remedy.grade))});
    }
  }
  return found;
}

// Those that stand, the newest first. Only root may read the store.
Candidates transactions(const StateOption& state) {
  Candidates found;
  const auto path = state.path(*live_host(), HostOption{});
  if (!path) return found;
  const auto store = open_store_for_reading(*path);
  if (!store) return found;
  const auto standing = (*store)->standing();
  if (!standing) return found;
  for (const Transaction& one : *standing) {
    std::string what(to_string(one.state));
    for (const Transaction::Item& item : one.items) what += " " + item.policy;
    found.push_back({std::to_string(one.id), what});
  }
  std::ranges::reverse(found);
  return found;
}

Candidates facts() {
  Candidates found;
  for (const FactDecl& fact : fact_declarations()) found.push_back({fact.name, fact.doc});
  return found;
}

Candidates only(const char* word) { return {{word, ""}}; }

// By what the help calls the value: ID, TRANSACTION, {text,json}.
Candidates values_of(const Place& place, const CLI::Option& option) {
  const bool positional = option.get_positional();
  const std::string type = option.get_type_name();
  const auto brace = type.find('{');
  if (brace != std::string::npos) {
    Candidates words;
    for (const auto word : text::split(std::string_view(type).substr(brace + 1, type.find('}') - brace - 1), ',')) {
      words.push_back({std::string(word), ""});
    }
    return words;
  }
  const std::string kind = positional ? option.get_name(true) : type;
  if (kind == "ID") return policy_ids(place.policies);
  if (kind == "TRANSACTION") return transactions(place.state);
  if (kind == "FILE" || kind == "PATH") return only(":file");
  if (kind == "DIR") return only(":dir");
  if (kind == "NAME") return positional ? facts() : remedy_names(place.policies);
  return {};
}

Candidates option_names(const CLI::App& command) {
  Candidates names;
  for (const CLI::Option* option : options_of(command)) {
    for (const std::string& name : option->get_lnames()) names.push_back({"--" + name, option->get_description()});
  }
  return names;
}

// "--format=js": the values, with the option's name before them.
Candidates values_after_equals(const Place& place, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  const CLI::Option* option = place.command->get_option_no_throw(name);
  Candidates values = option == nullptr ? Candidates() : values_of(place, *option);
  for (Candidate& one : values) {
    if (!one.word.starts_with(':')) one.word.insert(0, name + "=");
  }
  return values;
}

Candidates commands_and_positionals(const Place& place) {
  Candidates found;
  if (place.positionals == 0) {
    for (const CLI::App* one : commands_of(*place.command)) found.push_back({one->get_name(), one->get_description()});
  }
  std::vector<const CLI::Option*> positionals = options_of(*place.command);
  std::erase_if(positionals, [](const CLI::Option* option) { return !option->get_positional(); });
  if (positionals.empty()) return found;
  const std::size_t which = std::min(place.positionals, positionals.size() - 1);
  const bool is_full = which < place.positionals && positionals[which]->get_items_expected_max() == 1;
  if (!is_full) std::ranges::move(values_of(place, *positionals[which]), std::back_inserter(found));
  return found;
}

Candidates candidates(const Place& place, const std::string& word) {
  if (place.value_of != nullptr) return values_of(place, *place.value_of);
  if (place.only_positionals || !word.starts_with('-')) return commands_and_positionals(place);
  return word.contains('=') ? values_after_equals(place, word) : option_names(*place.command);
}

// Only the options of the verb that was asked for are made; here that is the one
// that is being written. What it does keeps what its options are bound to.
Action add_options(CLI::App& root, const std::vector<std::string>& words) {
  const auto verb = std::ranges::find_if(
      verbs(), [&](const Verb& one) { return !words.empty() && one.name == words.front() && !one.summary.empty(); });
  return verb == verbs().end() ? Action() : verb->add(*root.get_subcommand(verb->name));
}

ExitStatus run(CLI::App& root, const std::vector<std::string>& words) {
  const Action bound = add_options(root, words);
  const std::string last = words.empty() ? "" : words.back();
  Place place;
  place.command = &root;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) step(place, words[i]);
  std::string out;
  for (const Candidate& one : candidates(place, last)) {
    if (!one.word.starts_with(':') && !one.word.starts_with(last)) continue;
    out += text::printable(one.word) + (one.what.empty() ? "" : "\t" + text::printable(one.what)) + "\n";
  }
  return print(out);
}

Action add(CLI::App& command) {
  const auto words = std::make_shared<std::vector<std::string>>();
  command.add_option("WORD", *words, "The command line, its last word the one that is being written");
  CLI::App* root = command.get_parent();
  return [root, words] { return run(*root, *words); };
}

const RegisterVerb registered({"complete", "", add});

}  // namespace
}  // namespace harden::ctl
