// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/core/calendar.h"
#include "agent/report/diff.h"
#include "agent/report/report.h"
#include "agent/report/terminal.h"

namespace harden {
namespace {

constexpr std::size_t kStateWidth = 11;

Paint paint_of(TransactionState state) {
  switch (state) {
    case TransactionState::confirmed: return Paint::green;
    case TransactionState::applied: return Paint::yellow;
    case TransactionState::begun:
    case TransactionState::undoing:
    case TransactionState::stuck: return Paint::red;
    case TransactionState::undone: return Paint::none;
  }
  return Paint::none;
}

std::string items_of(const Transaction& transaction) {
  std::string out;
  for (const Transaction::Item& item : transaction.items) {
    out += (out.empty() ? "" : ", ") + item.policy + " by " + item.remedy;
  }
  return out;
}

std::string state_of(const Transaction& transaction, const Moment& now) {
  switch (transaction.state) {
    case TransactionState::applied:
      return "waits to be confirmed, " + std::to_string(seconds_left(transaction, now)) +
             " s left: hardenctl confirm " + std::to_string(transaction.id);
    case TransactionState::begun:
    case TransactionState::undoing: return "was cut short; the next apply, confirm or undo settles it";
    case TransactionState::stuck:
      if (transaction.resolved) return "resolved by a person " + date_time_text(*transaction.resolved);
      return "needs a person: hardenctl undo " + std::to_string(transaction.id) +
             " --force overwrites what is there, hardenctl history " + std::to_string(transaction.id) +
             " --resolve leaves it";
    case TransactionState::confirmed:
      if (transaction.resolved) return "meant to stay for good since " + date_time_text(*transaction.resolved);
      break;
    case TransactionState::undone: break;
  }
  return {};
}

std::string one_line(const Transaction& transaction, const Moment& now, const Style& style) {
  const std::string state = plain(to_string(transaction.state), kStateWidth);
  std::string out = plain(std::to_string(transaction.id), 5) + painted(state, paint_of(transaction.state), style) +
                    plain(date_time_text(transaction.begun.wall)) + "  " + plain(items_of(transaction)) + "\n";
  out += paragraph(5, "", state_of(transaction, now), style);
  return out + paragraph(5, "", transaction.note, style);
}

std::string in_full(const Transaction& transaction, const Moment& now, const Style& style) {
  std::string out = one_line(transaction, now, style);
  out += paragraph(5, "by      ", "uid " + std::to_string(transaction.uid), style);
  out += paragraph(5, "ended   ", date_time_text(transaction.ended), style);
  out += paragraph(5, "digest  ", transaction.digest, style);
  for (const Change& change : transaction.changes) {
    out += "\n";
    if (change.before == change.after) out += plain(change.what) + ": kept as it was\n";
    out += change_diff(change, style);
  }
  return out;
}

std::string render_history(const HistoryView& view, const Style& style) {
  std::string out;
  for (const Transaction& one : view.transactions) {
    out += view.whole ? in_full(one, view.now, style) : one_line(one, view.now, style);
  }
  return out.empty() ? "nothing was ever applied here\n" : out;
}

std::string shown(const std::optional<std::string>& content) {
  if (!content) return "is not there";
  const bool short_one = content->size() <= 60 && !content->contains('\n');
  return short_one ? "is " + *content : "holds something else";
}

std::string render_drift(const DriftView& view, const Style& style) {
  std::string out;
  for (const Drift& one : view.drifts) {
    const bool value = one.change.layer == Layer::runtime;
    std::string text = one.change.what;
    if (!one.holds_now) {
      text += one.now ? " " + shown(*one.now) : " cannot be read: " + describe(one.now.error());
      if (value) text += ", we set " + one.change.after.value_or("");
    }
    if (!one.next_boot.empty()) {
      const bool told = !one.next_boot.starts_with("cannot be told");
      text += one.holds_now ? " holds now; " : "; ";
      text += (told ? "at the next boot " : "whether it will at the next boot ") + one.next_boot;
    }
    out += painted("DRIFT  ", Paint::red, style) +
           paragraph(0, "", text + " (transaction " + std::to_string(one.transaction) + ")", style);
  }
  if (!out.empty()) return out;
  return view.anything_stands ? "everything that was applied still holds\n" : "nothing that was applied stands here\n";
}

const RegisterFormat history(HistoryFormat{"text", render_history});
const RegisterFormat drift(DriftFormat{"text", render_drift});

bool stands(TransactionState state) {
  return state == TransactionState::confirmed || state == TransactionState::applied;
}

}  // namespace

std::string outcome_text(const Outcome& outcome, const Style& style) {
  if (outcome.id == 0) return outcome.note + "\n";
  std::string out = "transaction " + std::to_string(outcome.id) + ": " +
                    painted(to_string(outcome.state), paint_of(outcome.state), style) + "\n";
  out += paragraph(2, "", outcome.note, style);
  const char* done = stands(outcome.state) ? "  wrote " : "  set back ";
  for (const std::string& what : outcome.changed) out += done + plain(what) + "\n";
  for (const std::string& text : outcome.left) out += paragraph(2, "", text, style);
  return out;
}

}  // namespace harden
