// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>

#include "agent/ctl/common.h"
#include "agent/ctl/usage.h"
#include "agent/ctl/verb.h"

namespace {

using namespace harden;
using namespace harden::ctl;

constexpr const char* kFooter =
    "Exit status: 0 clean, 1 failed, 2 findings at or above --fail-on, 3 undecided,\n"
    "64 usage, 65 bad policy or data, 69 daemon not reachable, 77 not permitted.";

ExitStatus usage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {  // --help and --version
    app.exit(error);
    return ExitStatus::clean;
  }
  complain(mistake_in(app, error));
  std::fprintf(stderr, "Try: %s --help\n", command_of(app).c_str());
  return ExitStatus::usage;
}

// The first word that is no option: those before a verb take no value.
const Verb* verb_asked_for(int argc, char** argv) {
  const auto word = std::find_if(argv + 1, argv + argc, [](const char* one) { return *one != '-'; });
  if (word == argv + argc) return nullptr;
  const auto verb = std::ranges::find(verbs(), std::string_view(*word), &Verb::name);
  return verb == verbs().end() ? nullptr : &*verb;
}

CLI::App* add_command(CLI::App& app, const Verb& verb) {
  CLI::App* command = app.add_subcommand(verb.name, verb.summary);
  if (verb.summary.empty()) command->group("");
  return command;
}

// Options are made for the verb that is asked for alone, and where it is the
// first word the other verbs are not made either, but for a verb that is not for
// people and looks at the others: making all of that takes a millisecond, and a
// check not many more.
Action add_commands(CLI::App& app, int argc, char** argv) {
  const Verb* asked = verb_asked_for(argc, argv);
  if (asked != nullptr && !asked->summary.empty() && asked->name == argv[1])
    return asked->add(*add_command(app, *asked));
  Action action;
  for (const Verb& verb : verbs()) {
    CLI::App* command = add_command(app, verb);
    if (&verb == asked) action = verb.add(*command);
  }
  return action;
}

ExitStatus run(int argc, char** argv) {
  CLI::App app("Known kernel crash bugs: is this host exposed, and what helps.", "hardenctl");
  app.set_version_flag("--version", "hardenctl " HARDEN_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  const Action action = add_commands(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage(app, error);
  }
  return action();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // `hardenctl facts | head` is no crash
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const std::exception& error) {
    complain(error.what());
    return static_cast<int>(ExitStatus::failed);
  }
}
