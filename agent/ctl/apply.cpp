// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "agent/ctl/desk.h"
#include "agent/ctl/planning.h"
#include "agent/ctl/verb.h"

namespace harden::ctl {
namespace {

struct Options {
  DeskOption desk;
  PlanOption plan;
  StyleOption style;
  std::string digest;
  std::string confirm_within;
  std::string format = "text";
  bool dry_run = false;
  bool diff = false;
  bool accept_impact = false;
  bool accept_irreversible = false;
  bool no_wait = false;
};

volatile std::sig_atomic_t interrupted = 0;

ExitStatus refuse(const Plan& plan, const Options& options, const std::string& why) {
  if (options.format == "text") {
    const auto text = std::ranges::find(plan_formats(), "text", &PlanFormat::name);
    print(text->render(plan, options.style.style()));
  }
  complain(why);
  return ExitStatus::failed;
}

std::string first_impact(const Plan& plan) {
  for (const PlannedRemedy& planned : plan.remedies) {
    for (const auto* impacts : {&planned.view.impacts, &planned.view.possible_impacts}) {
      if (!impacts->empty()) return impacts->front();
    }
  }
  return {};
}

// Why the plan may not be carried out as it was asked for; "" where it may.
std::string objection(const Plan& plan, const Options& options) {
  if (!options.digest.empty() && options.digest != plan.digest) {
    return "the host has moved on: the plan's digest is " + plan.digest + " now; look at it again";
  }
  if (!plan.conflicts.empty()) return "nothing was changed: " + plan.conflicts.front();
  if (plan.has_impact && !options.accept_impact) {
    return "nothing was changed: the plan has a price on this host (" + first_impact(plan) +
           "); --accept-impact takes it";
  }
  if (plan.irreversible && !options.accept_irreversible) {
    return "nothing was changed: the plan cannot be taken back before the next boot; --accept-irreversible takes that";
  }
  return {};
}

ExitStatus show_dry(const Plan& plan, const Options& options) {
  const std::string name = options.format == "json" ? "json" : options.diff ? "diff" : "text";
  const auto format = std::ranges::find(plan_formats(), name, &PlanFormat::name);
  const ExitStatus shown = print(format->render(plan, options.style.style()));
  const std::string why = objection(plan, options);
  if (why.empty()) return shown;
  complain("it would not be applied so: " + why);
  return ExitStatus::failed;
}

void say_by_hand(const Plan& plan, const Options& options) {
  if (options.format != "text" || plan.by_hand.empty()) return;
  std::string text = "left to do by hand:\n";
  for (const std::string& step : plan.by_hand) text += "  - " + step + "\n";
  complain(text);
}

// The state of a transaction, looked at without holding the lock, so that
// `hardenctl confirm` can have it.
std::optional<Transaction> look(const Options& options, const Host& host, std::int64_t id) {
  const auto path = options.desk.state.path(host, options.desk.host);
  if (!path) return std::nullopt;
  const auto store = open_store_for_reading(*path);
  if (!store) return std::nullopt;
  auto found = (*store)->find(id);
  return found ? std::optional(std::move(*found)) : std::nullopt;
}

void count_down(std::int64_t left) {
  if (::isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "\r%lld s left to confirm ", static_cast<long long>(left));
}

// Until somebody confirms or undoes it, its time is over, or we are to stop. A
// store that cannot be read must not make that endless.
void wait_for_a_word(const Options& options, const Host& host, std::int64_t id, std::chrono::seconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (interrupted == 0) {
    const auto now = look(options, host, id);
    if (now && now->state != TransactionState::applied) break;
    const std::int64_t left = now ? seconds_left(*now, moment_of(host, options.desk.clock.now())) : 0;
    if (now ? left == 0 : std::chrono::steady_clock::now() >= end) break;
    count_down(left);
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  if (::isatty(STDERR_FILENO) == 1) std::fputc('\n', stderr);
}

// A terminal that goes away, as when the change has cut it off, is a reason to
// undo. Opening the desk settles what is overdue.
ExitStatus wait(const Options& options, const Host& host, std::int64_t id, std::chrono::seconds within) {
  complain("transaction " + std::to_string(id) + " is applied, and undone in " + std::to_string(within.count()) +
           " s; keep it from another terminal with: hardenctl confirm " + std::to_string(id));
  wait_for_a_word(options, host, id, within);
  const auto desk = Desk::open(options.desk, "hardenctl apply");
  if (!desk) return give_up(desk.error());
  const auto last = desk->store().find(id);
  if (!last) return give_up(last.error());
  if (last->state != TransactionState::applied) {
    return show({id, last->state, last->note, {}}, options.format, options.style, TransactionState::confirmed);
  }
  const auto undone = undo(id, desk->bench(), desk->now());
  return undone ? show(*undone, options.format, options.style, TransactionState::confirmed) : give_up(undone.error());
}

struct Applied {
  Outcome outcome;
  std::shared_ptr<const Host> host;
};

std::expected<Applied, ExitStatus> carry_out(const Options& options, std::optional<std::int64_t> within) {
  const auto desk = Desk::open(options.desk, "hardenctl apply");
  if (!desk) return std::unexpected(give_up(desk.error()));
  const auto plan = plan_on(desk->host(), options.plan);
  if (!plan) return std::unexpected(plan.error());
  if (const std::string why = objection(*plan, options); !why.empty()) {
    return std::unexpected(refuse(*plan, options, why));
  }
  if (plan->changes.empty()) {
    say_by_hand(*plan, options);
    return Applied{{0, TransactionState::confirmed, "nothing to change", {}}, desk->host()};
  }
  const auto outcome = apply(*plan, desk->bench(), desk->now(), {within, ::getuid()});
  if (!outcome) return std::unexpected(give_up(outcome.error()));
  if (outcome->state == TransactionState::confirmed || outcome->state == TransactionState::applied) {
    say_by_hand(*plan, options);
  }
  return Applied{*outcome, desk->host()};
}

ExitStatus dry_run(const Options& options) {
  const auto host = options.desk.host.open();
  if (!host) return give_up(host.error());
  const auto plan = plan_on(*host, options.plan);
  return plan ? show_dry(*plan, options) : plan.error();
}

ExitStatus run(const Options& options) {
  if (options.dry_run || options.diff) return dry_run(options);
  std::optional<std::int64_t> within;
  if (!options.confirm_within.empty()) {
    const auto seconds = parse_duration(options.confirm_within);
    if (!seconds) {
      complain("--confirm-within: " + seconds.error().message);
      return ExitStatus::usage;
    }
    within = *seconds;
  }
  if (!may_change(options.desk, "apply")) return ExitStatus::not_permitted;
  const bool waits = within && !options.no_wait;
  // From before the first write on: what cuts us off undoes it.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (waits) std::signal(signal, [](int) { interrupted = 1; });
  }
  const auto applied = carry_out(options, within);
  if (!applied) return applied.error();
  const Outcome& outcome = applied->outcome;
  const bool pending = outcome.state == TransactionState::applied;
  if (pending && waits) return wait(options, *applied->host, outcome.id, std::chrono::seconds(*within));
  const auto wanted = pending ? TransactionState::applied : TransactionState::confirmed;
  return show(outcome, options.format, options.style, wanted);
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->desk.add(command);
  options->plan.add(command);
  options->style.add(command);
  command.add_flag("--dry-run", options->dry_run, "Show the plan, change nothing");
  command.add_flag("--diff", options->diff, "Show the plan as a unified diff, change nothing");
  command.add_option("--digest", options->digest, "Only if the plan is still the one with this digest");
  command.add_flag("--accept-impact", options->accept_impact, "Take the plan's price on this host");
  command.add_flag("--accept-irreversible", options->accept_irreversible,
                   "Take it that some of it lasts until the next boot");
  command
      .add_option("--confirm-within", options->confirm_within,
                  "Undo it all unless it is confirmed in this time (5m); waits for that")
      ->type_name("TIME");
  command.add_flag("--no-wait", options->no_wait,
                   "With --confirm-within: return at once; whoever opens the store next notices the time");
  command.add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  return [options] { return run(*options); };
}

const RegisterVerb registered({"apply", "Carry a plan out, so that it can be undone", add});

}  // namespace
}  // namespace harden::ctl
