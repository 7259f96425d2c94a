// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/usage.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <vector>

#include "harden/diagnostic.h"

namespace harden::ctl {
namespace {

// Groups of options are subcommands without a name.
bool is_verb(const CLI::App* app) { return !app->get_name().empty(); }

const CLI::App& innermost(const CLI::App& app) {
  const CLI::App* inner = &app;
  for (;;) {
    const auto chosen = inner->get_subcommands();
    const auto next = std::ranges::find_if(chosen, is_verb);
    if (next == chosen.end()) return *inner;
    inner = *next;
  }
}

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands(is_verb)) names.push_back(verb->get_name());
  return names;
}

void add_options_of(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const CLI::App* group : app.get_subcommands([](const CLI::App* one) { return !is_verb(one); }))
    add_options_of(*group, names);
}

std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : "; did you mean " + near + "?";
}

// "" where the parser knew every word.
std::string unknown_word(const CLI::App& app) {
  auto words = app.remaining(true);
  if (words.empty()) return "";
  // What follows an option that is not known may have been its value.
  const auto option = std::ranges::find_if(words, [](const std::string& word) { return word.starts_with('-'); });
  if (option != words.end()) {
    const std::string name = option->substr(0, option->find('='));
    std::vector<std::string> known;
    add_options_of(app, known);
    return app.get_name() + " has no option " + name + suggestion(name, known);
  }
  const auto verbs = verbs_of(app);
  const std::string& word = words.front();
  if (!verbs.empty()) return "'" + word + "' is no verb of " + app.get_name() + suggestion(word, verbs);
  return app.get_name() + " does not take '" + word + "'";
}

// Of a group of options one is asked for; "" where it was given.
std::string choice_missed(const CLI::App& app) {
  for (const CLI::App* group : app.get_subcommands([](const CLI::App* one) { return !is_verb(one); })) {
    std::string names;
    std::size_t given = 0;
    for (const CLI::Option* option : group->get_options()) {
      if (option == group->get_help_ptr()) continue;
      names += (names.empty() ? "" : " or ") + option->get_name();
      if (option->count() > 0) ++given;
    }
    if (given == 0) return app.get_name() + " takes " + names + ", and one is required";
    if (given > 1) return app.get_name() + " takes only one of " + names;
  }
  return "";
}

}  // namespace

std::string command_of(const CLI::App& app) {
  std::string command;
  for (const CLI::App* one = &innermost(app); one != nullptr; one = one->get_parent()) {
    command.insert(0, one->get_name() + (command.empty() ? "" : " "));
  }
  return command;
}

std::string mistake_in(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& inner = innermost(app);
  if (const std::string unknown = unknown_word(inner); !unknown.empty()) return unknown;
  if (const std::string choice = choice_missed(inner); !choice.empty()) return choice;
  return verbs_of(inner).empty() ? error.what() : "say what to do: " + command_of(app) + " VERB";
}

}  // namespace harden::ctl
