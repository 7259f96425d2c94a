// SPDX-License-Identifier: Apache-2.0
//
// What was carried out, and what becomes of it.
#include "agent/answer/transactions.h"

#include "agent/core/text.h"
#include "agent/daemon/answering.h"
#include "agent/daemon/body.h"
#include "agent/daemon/problem.h"

namespace harden::daemon {
namespace {

constexpr std::int64_t kMost = 1'000'000;

// The id that a path names. "last", where that makes sense: the newest that stands.
std::expected<std::int64_t, Response> id_of(const Call& call, bool last_too) {
  const std::string& word = call.parameters.front();
  if (last_too && word == "last") {
    const auto snapshot = snapshot_of(call);
    if (!snapshot) return std::unexpected(snapshot.error());
    if ((*snapshot)->standing.empty()) {
      return std::unexpected(response_of(Error{Errc::absent, "there is nothing to undo", {}}));
    }
    return (*snapshot)->standing.back().id;
  }
  const auto id = text::to_int(word);
  if (id && *id > 0) return *id;
  return std::unexpected(
      response_of(Error{Errc::absent, text::quote(word.substr(0, 100)) + " is not the number of a transaction", {}}));
}

// The ground that every change of a transaction stands on.
struct Order {
  answer::Show show;
  std::int64_t id = 0;
};

std::expected<Order, Response> order_of(const Call& call, bool last_too = false) {
  auto show = show_of_change(call.request);
  if (!show) return std::unexpected(std::move(show.error()));
  const auto id = id_of(call, last_too);
  if (!id) return std::unexpected(id.error());
  return Order{std::move(*show), *id};
}

Done<Outcome> told(Reply reply, answer::Show show, TransactionState wanted) {
  return [reply = std::move(reply), show = std::move(show), wanted](const Result<Outcome>& outcome) {
    reply(outcome ? response_of(answer::outcome_answer(*outcome, wanted, show)) : response_of(outcome.error()));
  };
}

void list(Call call, Reply reply) {
  if (auto odd = odd_parameter(call.request, {"most"})) return reply(std::move(*odd));
  const auto show = show_of(call.request);
  if (!show) return reply(show.error());
  std::int64_t most = answer::kTransactionsShown;
  if (const auto word = parameter(call.request, "most"); !word.empty()) {
    most = text::to_int(word).value_or(0);
    if (most < 1 || most > kMost) return reply(bad_parameter("most", word, "a number from 1 to 1000000"));
  }
  const auto done = [reply, show = *show](Result<std::vector<Transaction>> found) {
    if (!found) return reply(response_of(found.error()));
    reply(response_of(answer::history_answer({std::move(*found), this_moment(), false}, show)));
  };
  call.services.operations.history(static_cast<std::size_t>(most), done);
}

void one(Call call, Reply reply) {
  if (auto odd = odd_parameter(call.request, {})) return reply(std::move(*odd));
  const auto show = show_of(call.request);
  if (!show) return reply(show.error());
  const auto id = id_of(call, false);
  if (!id) return reply(id.error());
  const auto done = [reply, show = *show](Result<Transaction> found) {
    if (!found) return reply(response_of(found.error()));
    std::vector<Transaction> transactions;
    transactions.push_back(std::move(*found));
    reply(response_of(answer::history_answer({std::move(transactions), this_moment(), true}, show)));
  };
  call.services.operations.transaction(*id, done);
}

void confirm(Call call, Reply reply) {
  Body body(call.request.body);
  if (const auto wrong = body.problem()) return reply(*wrong);
  auto order = order_of(call);
  if (!order) return reply(order.error());
  call.services.operations.confirm(order->id, caller_of(call.request),
                                   told(std::move(reply), std::move(order->show), TransactionState::confirmed));
}

void undo(Call call, Reply reply) {
  Body body(call.request.body);
  const bool force = body.flag("force");
  if (const auto wrong = body.problem()) return reply(*wrong);
  auto order = order_of(call, true);
  if (!order) return reply(order.error());
  call.services.operations.undo(order->id, force, caller_of(call.request),
                                told(std::move(reply), std::move(order->show), TransactionState::undone));
}

void resolve(Call call, Reply reply) {
  Body body(call.request.body);
  std::string note = body.required("note");
  if (const auto wrong = body.problem()) return reply(*wrong);
  auto order = order_of(call);
  if (!order) return reply(order.error());
  const auto done = [reply, show = order->show](const Result<Outcome>& outcome) {
    reply(outcome ? response_of(answer::resolved_answer(*outcome, show)) : response_of(outcome.error()));
  };
  call.services.operations.resolve(order->id, std::move(note), caller_of(call.request), done);
}

const RegisterRoutes registered({{"GET", "/v1/transactions", Role::read, list},
                                 {"GET", "/v1/transactions/{id}", Role::read, one},
                                 {"POST", "/v1/transactions/{id}/confirm", Role::apply, confirm},
                                 {"POST", "/v1/transactions/{id}/undo", Role::apply, undo},
                                 {"POST", "/v1/transactions/{id}/resolve", Role::apply, resolve}});

}  // namespace
}  // namespace harden::daemon
