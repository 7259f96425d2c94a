// SPDX-License-Identifier: Apache-2.0
//
// `apply` through the daemon: it makes the plan, which is then asked for by its
// digest, so that what is carried out is what was looked at.
#include <algorithm>
#include <boost/json/parse.hpp>

#include "agent/ctl/apply.h"

namespace harden::ctl {
namespace {

boost::json::object members_of(const ApplyOption& option, const answer::Consent& consent) {
  boost::json::object members{{"accept_impact", consent.accept_impact},
                              {"accept_irreversible", consent.accept_irreversible}};
  if (!consent.digest.empty()) members["digest"] = consent.digest;
  if (option.dry_run || option.diff) members["dry_run"] = true;
  return members;
}

std::expected<Question, ExitStatus> ask_for(const ApplyOption& option, const std::string& path,
                                            boost::json::object members, const std::string& format) {
  auto question = question_of(path, option.plan, std::move(members));
  if (!question) return std::unexpected(give_up(question.error()));
  return std::move(*question).shown(format, option.style);
}

// A member of a document that the daemon sent; null where there is none.
boost::json::value member(const std::string& document, std::string_view name) {
  boost::system::error_code wrong;
  const auto parsed = boost::json::parse(document, wrong);
  if (wrong || !parsed.is_object()) return nullptr;
  const auto* value = parsed.as_object().if_contains(name);
  return value == nullptr ? boost::json::value() : *value;
}

// The digest of the plan as it is now; nothing where it is to be done here.
std::optional<std::expected<std::string, ExitStatus>> digest_now(const ApplyOption& option) {
  auto question = ask_for(option, "/v1/plan", {}, "json");
  if (!question) return std::unexpected(question.error());
  const auto reply = option.daemon.ask(*question, option.own());
  if (!reply) return std::nullopt;
  if (!*reply) return std::unexpected(reply->error());
  if ((*reply)->is_problem) return std::unexpected(print(**reply));
  const auto digest = member((*reply)->body, "digest");
  if (digest.is_string()) return std::string(digest.as_string());
  complain("the daemon's plan has no digest");
  return std::unexpected(ExitStatus::failed);
}

// The plan that was refused, so that it can be looked at again.
void show_plan(const ApplyOption& option) {
  if (option.format != "text") return;
  const auto question = ask_for(option, "/v1/plan", {}, "text");
  if (question) (void)option.daemon.answer(*question, option.own());
}

Question about(const ApplyOption& option, std::int64_t id, const char* doing) {
  const std::string path = "/v1/transactions/" + std::to_string(id) + doing;
  const bool post = *doing != '\0';
  Question question{post ? "POST" : "GET", path, {}, post ? "{}" : "", post};
  return std::move(question).shown("json", option.style);
}

struct Seen {
  std::string state;
  std::string note;
  std::int64_t left = 0;
};

std::optional<Seen> look(const ApplyOption& option, std::int64_t id) {
  const auto reply = option.daemon.ask(about(option, id, ""), option.own());
  if (!reply || !*reply || (*reply)->is_problem) return std::nullopt;
  const auto transactions = member((*reply)->body, "transactions");
  if (!transactions.is_array() || transactions.as_array().empty()) return std::nullopt;
  const auto* one = transactions.as_array().front().if_object();
  if (one == nullptr) return std::nullopt;
  Seen seen;
  if (const auto* state = one->if_contains("state"); state != nullptr && state->is_string()) {
    seen.state = state->as_string();
  }
  if (const auto* note = one->if_contains("note"); note != nullptr && note->is_string()) seen.note = note->as_string();
  if (const auto* left = one->if_contains("seconds_to_confirm"); left != nullptr && left->is_int64()) {
    seen.left = left->as_int64();
  }
  return seen;
}

ExitStatus wait(const ApplyOption& option, std::int64_t id, std::chrono::seconds within) {
  wait_for_a_word(id, within, [&]() -> std::optional<Waiting> {
    const auto seen = look(option, id);
    if (!seen) return std::nullopt;
    return Waiting{seen->state != "applied", seen->left};
  });
  const auto seen = look(option, id);
  const auto state = seen ? transaction_state_from(seen->state) : std::nullopt;
  if (state && *state != TransactionState::applied) {
    return print(answer::applied_answer({}, {id, *state, seen->note, {}}, option.show()));
  }
  auto undoing = about(option, id, "/undo");
  undoing.query.front().second = option.format;
  const auto reply = option.daemon.ask(undoing, option.own());
  if (!reply) return ExitStatus::unreachable;
  if (!*reply) return reply->error();
  const ExitStatus printed = print(**reply);
  return printed == ExitStatus::clean ? ExitStatus::failed : printed;  // undone is not what was asked for
}

// The transaction that waits for a word, of an outcome's document; 0: none.
std::int64_t pending(const DaemonReply& reply) {
  const auto id = member(reply.body, "transaction");
  const auto state = member(reply.body, "state");
  if (reply.is_problem || !id.is_int64() || !state.is_string() || state.as_string() != "applied") return 0;
  return id.as_int64();
}

}  // namespace

std::optional<ExitStatus> dry_run_by_daemon(const ApplyOption& option) {
  const auto question = ask_for(option, "/v1/plan", members_of(option, option.consent), option.dry_format());
  if (!question) return question.error();
  return option.daemon.answer(*question, option.own());
}

std::optional<ExitStatus> apply_by_daemon(const ApplyOption& option, std::optional<std::int64_t> within) {
  answer::Consent consent = option.consent;
  if (consent.digest.empty()) {
    const auto digest = digest_now(option);
    if (!digest) return std::nullopt;
    if (!*digest) return digest->error();
    consent.digest = **digest;
  }
  const bool waits = within && !option.no_wait;
  boost::json::object members = members_of(option, consent);
  if (within) members["confirm_within"] = *within;
  auto question = ask_for(option, "/v1/apply", std::move(members), waits ? "json" : option.format);
  if (!question) return question.error();
  question->changes = true;
  const auto reply = option.daemon.ask(*question, option.own());
  if (!reply) return std::nullopt;
  if (!*reply) return reply->error();
  const std::int64_t id = waits ? pending(**reply) : 0;
  if (id != 0) {
    for (const std::string& warning : (*reply)->warnings) complain(warning);
    return wait(option, id, std::chrono::seconds(*within));
  }
  if ((*reply)->code == "refused") show_plan(option);
  return print(**reply);
}

}  // namespace harden::ctl
