// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "agent/answer/transactions.h"
#include "agent/ctl/backend.h"
#include "agent/ctl/desk.h"
#include "agent/ctl/verb.h"
#include "agent/report/json.h"

namespace harden::ctl {
namespace {

constexpr std::size_t kAll = 1'000'000;

struct Options {
  DeskOption desk;
  StyleOption style;
  DaemonOption daemon;
  std::int64_t id = 0;
  bool all = false;
  std::string resolve;
  std::string format = "text";
};

Result<std::vector<Transaction>> transactions(const Store& store, const Options& options) {
  if (options.id == 0) return store.newest(options.all ? kAll : answer::kTransactionsShown);
  auto one = store.find(options.id);
  if (!one) return std::unexpected(one.error());
  return std::vector<Transaction>{std::move(*one)};
}

bool own(const Options& options) { return is_own(options.desk.host, options.desk.state, options.desk.clock); }

Question question_of(const Options& options) {
  Question question{"GET", "/v1/transactions", {}, "", false};
  if (options.id != 0) question.path += "/" + std::to_string(options.id);
  if (options.id == 0 && options.all) question.query.emplace_back("most", std::to_string(kAll));
  return std::move(question).shown(options.format, options.style);
}

ExitStatus list(const Options& options) {
  if (const auto asked = options.daemon.answer(question_of(options), own(options))) return *asked;
  const auto host = options.desk.host.open();
  if (!host) return give_up(host.error());
  settle_what_is_due(**host, options.desk, "hardenctl history");
  const auto path = options.desk.state.path(**host, options.desk.host);
  if (!path) return give_up(path.error());
  HistoryView view{{}, moment_of(**host, options.desk.clock.now()), options.id != 0};
  const auto store = open_store_for_reading(*path);
  if (!store && store.error().code != Errc::absent) return give_up(store.error());
  if (!store && options.id != 0) {
    return give_up({Errc::absent, "nothing was ever applied here: there is no transaction", {}});
  }
  if (store) {
    auto found = transactions(**store, options);
    if (!found) return give_up(found.error());
    view.transactions = std::move(*found);
  }
  return print(answer::history_answer(view, {options.format, options.style.style()}));
}

ExitStatus resolve(const Options& options) {
  if (options.id == 0) {
    complain("--resolve: say which transaction");
    return ExitStatus::usage;
  }
  Question question{"POST",
                    "/v1/transactions/" + std::to_string(options.id) + "/resolve",
                    {},
                    boost::json::serialize(boost::json::object{{"note", json_text(options.resolve)}}),
                    true};
  const auto asked = options.daemon.answer(std::move(question).shown(options.format, options.style), own(options));
  if (asked) return *asked;
  if (!may_change(options.desk, "history --resolve")) return ExitStatus::not_permitted;
  const auto desk = Desk::open_of_applied(options.desk, "hardenctl history --resolve");
  if (!desk) return give_up(desk.error());
  const auto resolved = desk->store().resolve(options.id, options.resolve, desk->now().wall);
  if (!resolved) return give_up(resolved.error());
  const auto one = desk->store().find(options.id);
  if (!one) return give_up(one.error());
  return print(
      answer::resolved_answer({one->id, one->state, options.resolve, {}}, {options.format, options.style.style()}));
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->desk.add(command);
  options->style.add(command);
  options->daemon.add(command);
  add_transaction(command, options->id)->description("Only this one, with its changes");
  command.add_flag("--all", options->all, "Not only the newest 50");
  auto* resolving = command.add_option("--resolve", options->resolve,
                                       "Say that a stuck transaction is settled, and how, or that a confirmed one is "
                                       "to stay for good; the host is left as it is");
  resolving->type_name("HOW");
  command.add_option("--format", options->format, "How to show them")
      ->check(CLI::IsMember(names_of(history_formats())));
  return [options, resolving] { return resolving->count() > 0 ? resolve(*options) : list(*options); };
}

const RegisterVerb registered({"history", "Show what was applied and undone", add});

}  // namespace
}  // namespace harden::ctl
