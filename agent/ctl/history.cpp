// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>

#include "agent/ctl/desk.h"
#include "agent/ctl/verb.h"

namespace harden::ctl {
namespace {

constexpr std::size_t kShown = 50;

struct Options {
  DeskOption desk;
  StyleOption style;
  std::int64_t id = 0;
  bool all = false;
  std::string resolve;
  std::string format = "text";
};

Result<std::vector<Transaction>> transactions(const Store& store, const Options& options) {
  if (options.id == 0) return store.newest(options.all ? std::size_t{1'000'000} : kShown);
  auto one = store.find(options.id);
  if (!one) return std::unexpected(one.error());
  return std::vector<Transaction>{std::move(*one)};
}

ExitStatus list(const Options& options) {
  const auto host = options.desk.host.open();
  if (!host) return give_up(host.error());
  const auto path = options.desk.state.path(**host, options.desk.host);
  if (!path) return give_up(path.error());
  HistoryView view{{}, moment_of(**host, options.desk.clock.now()), options.id != 0};
  const auto store = open_store_for_reading(*path);
  if (!store && store.error().code != Errc::absent) return give_up(store.error());
  if (!store && options.id != 0) return give_up({Errc::absent, "there is no such transaction", *path});
  if (store) {
    auto found = transactions(**store, options);
    if (!found) return give_up(found.error());
    view.transactions = std::move(*found);
  }
  const auto format = std::ranges::find(history_formats(), options.format, &HistoryFormat::name);
  return print(format->render(view, options.style.style()));
}

ExitStatus resolve(const Options& options) {
  if (options.id == 0) {
    complain("--resolve: say which transaction");
    return ExitStatus::usage;
  }
  if (!may_change(options.desk, "history --resolve")) return ExitStatus::not_permitted;
  const auto desk = Desk::open(options.desk, "hardenctl history --resolve");
  if (!desk) return give_up(desk.error());
  const auto resolved = desk->store().resolve(options.id, options.resolve, desk->now().wall);
  if (!resolved) return give_up(resolved.error());
  return print("transaction " + std::to_string(options.id) + " is resolved; the host was left as it is\n");
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->desk.add(command);
  options->style.add(command);
  add_transaction(command, options->id)->description("Only this one, with its changes");
  command.add_flag("--all", options->all, "Not only the newest 50");
  auto* resolving = command.add_option("--resolve", options->resolve,
                                       "Say that a stuck transaction is settled, and how; the host is left as it is");
  resolving->type_name("HOW");
  command.add_option("--format", options->format, "How to show them")
      ->check(CLI::IsMember(names_of(history_formats())));
  return [options, resolving] { return resolving->count() > 0 ? resolve(*options) : list(*options); };
}

const RegisterVerb registered({"history", "Show what was applied and undone", add});

}  // namespace
}  // namespace harden::ctl
