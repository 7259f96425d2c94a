// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/apply.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <csignal>
#include <cstdio>
#include <thread>

#include "agent/answer/transactions.h"
#include "agent/ctl/verb.h"

namespace harden::ctl {
namespace {

volatile std::sig_atomic_t interrupted = 0;

ExitStatus refuse(const Plan& plan, const ApplyOption& option, const std::string& why) {
  if (option.format == "text") print(answer::plan_answer(plan, option.show()));
  complain(why);
  return ExitStatus::failed;
}

// The state of a transaction, looked at without holding the lock, so that
// `hardenctl confirm` can have it.
std::optional<Transaction> look(const ApplyOption& option, const Host& host, std::int64_t id) {
  const auto path = option.desk.state.path(host, option.desk.host);
  if (!path) return std::nullopt;
  const auto store = open_store_for_reading(*path);
  if (!store) return std::nullopt;
  auto found = (*store)->find(id);
  return found ? std::optional(std::move(*found)) : std::nullopt;
}

void count_down(std::int64_t left) {
  if (::isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "\r%lld s left to confirm ", static_cast<long long>(left));
}

// A terminal that goes away, as when the change has cut it off, is a reason to
// undo. Opening the desk settles what is overdue.
ExitStatus wait(const ApplyOption& option, const Host& host, std::int64_t id, std::chrono::seconds within) {
  wait_for_a_word(id, within, [&]() -> std::optional<Waiting> {
    const auto now = look(option, host, id);
    if (!now) return std::nullopt;
    return Waiting{now->state != TransactionState::applied,
                   seconds_left(*now, moment_of(host, option.desk.clock.now()))};
  });
  const auto desk = Desk::open(option.desk, "hardenctl apply");
  if (!desk) return give_up(desk.error());
  const auto last = desk->store().find(id);
  if (!last) return give_up(last.error());
  if (last->state != TransactionState::applied) {
    const Outcome outcome{id, last->state, last->note, {}, {}};
    return print(answer::outcome_answer(outcome, TransactionState::confirmed, option.show()));
  }
  const auto undone = undo(id, desk->bench(), desk->now());
  if (!undone) return give_up(undone.error());
  return print(answer::outcome_answer(*undone, TransactionState::confirmed, option.show()));
}

struct Applied {
  Plan plan;
  Outcome outcome;
  std::shared_ptr<const Host> host;
};

// What comes of a plan for which nothing is to be written.
std::optional<std::expected<Applied, ExitStatus>> without_writing(const Plan& plan, const ApplyOption& option,
                                                                  const std::shared_ptr<const Host>& host) {
  if (const std::string why = answer::objection(plan, option.consent); !why.empty()) {
    return std::unexpected(refuse(plan, option, why));
  }
  if (!plan.changes.empty()) return std::nullopt;
  return Applied{plan, {0, TransactionState::confirmed, "nothing to change", {}, {}}, host};
}

// The same before there is a store, so that such a plan makes none.
std::optional<std::expected<Applied, ExitStatus>> without_store(const ApplyOption& option, const PlanOrder& order) {
  const auto host = option.desk.host.open();
  if (!host) return std::unexpected(give_up(host.error()));
  const auto there = option.desk.state.exists(**host, option.desk.host);
  if (!there) return std::unexpected(give_up(there.error()));
  if (*there) return std::nullopt;
  return without_writing(plan_on(*host, order), option, *host);
}

std::expected<Applied, ExitStatus> carry_out(const ApplyOption& option, std::optional<std::int64_t> within) {
  const auto order = order_of(option.plan);
  if (!order) return std::unexpected(order.error());
  if (auto done = without_store(option, *order)) return std::move(*done);
  const auto desk = Desk::open(option.desk, "hardenctl apply");
  if (!desk) return std::unexpected(give_up(desk.error()));
  // Once more, now that nobody else can change the host.
  Plan plan = plan_on(desk->host(), *order);
  if (auto done = without_writing(plan, option, desk->host())) return std::move(*done);
  const auto outcome = apply(plan, desk->bench(), desk->now(), {within, ::getuid()});
  if (!outcome) return std::unexpected(give_up(outcome.error()));
  return Applied{std::move(plan), *outcome, desk->host()};
}

ExitStatus dry_run(const ApplyOption& option) {
  if (const auto asked = dry_run_by_daemon(option)) return *asked;
  const auto host = option.desk.host.open();
  if (!host) return give_up(host.error());
  const auto order = order_of(option.plan);
  if (!order) return order.error();
  return print(
      answer::dry_run_answer(plan_on(*host, *order), option.consent, {option.dry_format(), option.style.style()}));
}

ExitStatus in_process(const ApplyOption& option, std::optional<std::int64_t> within) {
  if (!may_change(option.desk, "apply")) return ExitStatus::not_permitted;
  const auto applied = carry_out(option, within);
  if (!applied) return applied.error();
  const Outcome& outcome = applied->outcome;
  const answer::Answered answer = answer::applied_answer(applied->plan, outcome, option.show());
  if (answer && within && !option.no_wait && outcome.state == TransactionState::applied) {
    for (const std::string& warning : answer->warnings) complain(warning);
    return wait(option, *applied->host, outcome.id, std::chrono::seconds(*within));
  }
  return print(answer);
}

ExitStatus run(const ApplyOption& option) {
  if (option.dry_run || option.diff) return dry_run(option);
  std::optional<std::int64_t> within;
  if (!option.confirm_within.empty()) {
    const auto seconds = parse_duration(option.confirm_within);
    if (!seconds) {
      complain("--confirm-within: " + seconds.error().message);
      return ExitStatus::usage;
    }
    within = *seconds;
  }
  if (within && !option.no_wait) heed_interrupts();
  const auto asked = apply_by_daemon(option, within);
  return asked ? *asked : in_process(option, within);
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<ApplyOption>();
  options->desk.add(command);
  options->plan.add(command);
  options->style.add(command);
  options->daemon.add(command);
  command.add_flag("--dry-run", options->dry_run, "Show the plan, change nothing");
  command.add_flag("--diff", options->diff, "Show the plan as a unified diff, change nothing");
  command.add_option("--digest", options->consent.digest, "Only if the plan is still the one with this digest");
  command.add_flag("--accept-impact", options->consent.accept_impact, "Take the plan's price on this host");
  command.add_flag("--accept-irreversible", options->consent.accept_irreversible,
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

void heed_interrupts() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, [](int) { interrupted = 1; });
}

// A store that cannot be read must not make that endless.
void wait_for_a_word(std::int64_t id, std::chrono::seconds within,
                     const std::function<std::optional<Waiting>()>& look) {
  complain("transaction " + std::to_string(id) + " is applied, and undone in " + std::to_string(within.count()) +
           " s; keep it from another terminal with: hardenctl confirm " + std::to_string(id));
  const auto end = std::chrono::steady_clock::now() + within;
  while (interrupted == 0) {
    const auto now = look();
    if (now && now->over) break;
    const std::int64_t left = now ? now->left : 0;
    if (now ? left == 0 : std::chrono::steady_clock::now() >= end) break;
    count_down(left);
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  if (::isatty(STDERR_FILENO) == 1) std::fputc('\n', stderr);
}

}  // namespace harden::ctl
