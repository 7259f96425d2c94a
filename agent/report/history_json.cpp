// SPDX-License-Identifier: Apache-2.0
//
// The documents that dist/schema/history.schema.json, outcome.schema.json and
// drift.schema.json describe.
#include <boost/json/array.hpp>

#include "agent/core/calendar.h"
#include "agent/report/json.h"
#include "agent/report/report.h"

namespace harden {
namespace {

namespace json = boost::json;

json::value seconds_json(const Transaction& transaction, const Moment& now) {
  if (transaction.state != TransactionState::applied || !transaction.confirm_within) return nullptr;
  return seconds_left(transaction, now);
}

json::object transaction_json(const Transaction& transaction, const Moment& now) {
  json::array items;
  for (const Transaction::Item& item : transaction.items) {
    items.push_back(json::object{{"policy", json_text(item.policy)}, {"remedy", json_text(item.remedy)}});
  }
  json::array changes;
  for (const Change& change : transaction.changes) changes.push_back(to_json(change));
  return {{"id", transaction.id},
          {"state", to_string(transaction.state)},
          {"begun", date_time_text(transaction.begun.wall)},
          {"ended", date_time_text(transaction.ended)},
          {"seconds_to_confirm", seconds_json(transaction, now)},
          {"uid", transaction.uid},
          {"digest", json_text(transaction.digest)},
          {"note", json_text(transaction.note)},
          {"resolved", transaction.resolved ? json::value(date_time_text(*transaction.resolved)) : json::value()},
          {"items", std::move(items)},
          {"changes", std::move(changes)}};
}

std::string render_history(const HistoryView& view, const Style&) {
  json::array transactions;
  for (const Transaction& one : view.transactions) transactions.push_back(transaction_json(one, view.now));
  return pretty(json::object{{"schema", kSchemaVersion}, {"transactions", std::move(transactions)}});
}

json::object drift_json(const Drift& drift) {
  json::object object = to_json(drift.change);
  object.erase("before");
  object.erase("after");
  object["transaction"] = drift.transaction;
  object["holds_now"] = drift.holds_now;
  object["next_boot"] = json_text(drift.next_boot);
  object["wanted"] = drift.change.after ? json::value(json_text(*drift.change.after)) : json::value();
  if (!drift.now) {
    object["error"] = to_json(drift.now.error());
  } else {
    object["now"] = *drift.now ? json::value(json_text(**drift.now)) : json::value();
  }
  return object;
}

std::string render_drift(const DriftView& view, const Style&) {
  json::array drifts;
  for (const Drift& one : view.drifts) drifts.push_back(drift_json(one));
  return pretty(json::object{{"schema", kSchemaVersion}, {"root", json_text(view.root)}, {"drift", std::move(drifts)}});
}

const RegisterFormat history(HistoryFormat{"json", render_history});
const RegisterFormat drift(DriftFormat{"json", render_drift});

}  // namespace

std::string outcome_json(const Outcome& outcome) {
  return pretty(json::object{{"schema", kSchemaVersion},
                             {"transaction", outcome.id == 0 ? json::value() : json::value(outcome.id)},
                             {"state", outcome.id == 0 ? std::string_view("nothing_to_do") : to_string(outcome.state)},
                             {"note", json_text(outcome.note)},
                             {"changed", json_texts(outcome.changed)},
                             {"left", json_texts(outcome.left)}});
}

}  // namespace harden
