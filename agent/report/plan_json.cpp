// SPDX-License-Identifier: Apache-2.0
//
// The document that dist/schema/plan.schema.json describes.
#include <boost/json/array.hpp>

#include "agent/report/json.h"
#include "agent/report/report.h"

namespace harden {
namespace {

namespace json = boost::json;

json::value content_json(const std::optional<std::string>& content) {
  return content ? json::value(json_text(*content)) : json::value();
}

json::object remedy_json(const PlannedRemedy& planned) {
  const RemedyView& view = planned.view;
  return {{"policy", json_text(planned.policy)},
          {"severity", to_string(planned.severity)},
          {"name", json_text(view.name)},
          {"kind", to_string(view.kind)},
          {"grade", to_string(view.grade)},
          {"because", json_text(view.because)},
          {"action", json_text(view.action)},
          {"why", json_text(planned.why)},
          {"named", planned.named},
          {"impacts", json_texts(view.impacts)},
          {"possible_impacts", json_texts(view.possible_impacts)},
          {"needs_reboot", view.needs_reboot},
          {"irreversible", view.irreversible},
          {"passed_over", json_texts(planned.passed_over)}};
}

json::object change_json(const PlannedChange& planned) {
  json::object object = to_json(planned.change);
  object["source"] = json_text(planned.source);
  object["policies"] = json_texts(planned.policies);
  return object;
}

template <typename Item, typename Convert>
json::array array_of(const std::vector<Item>& items, const Convert& convert) {
  json::array array;
  for (const Item& item : items) array.push_back(convert(item));
  return array;
}

std::string render(const Plan& plan, const Style&) {
  const auto unplanned = [](const Unplanned& one) {
    return json::object{{"policy", json_text(one.policy)}, {"because", json_text(one.because)}};
  };
  const auto pending = [](const PendingKey& one) {
    return json::object{{"key", json_text(one.key)}, {"module", json_text(one.module)}};
  };
  return pretty(json::object{{"schema", kSchemaVersion},
                             {"host", to_json(plan.host)},
                             {"digest", plan.digest},
                             {"remedies", array_of(plan.remedies, remedy_json)},
                             {"changes", array_of(plan.changes, change_json)},
                             {"unplanned", array_of(plan.unplanned, unplanned)},
                             {"pending", array_of(plan.pending, pending)},
                             {"warnings", json_texts(plan.warnings)},
                             {"conflicts", json_texts(plan.conflicts)},
                             {"by_hand", json_texts(plan.by_hand)},
                             {"needs_reboot", plan.needs_reboot},
                             {"irreversible", plan.irreversible},
                             {"has_impact", plan.has_impact}});
}

const RegisterFormat registered(PlanFormat{"json", render});

}  // namespace

json::object to_json(const Change& change) {
  return {{"layer", to_string(change.layer)},
          {"path", json_text(change.path)},
          {"what", json_text(change.what)},
          {"before", content_json(change.before)},
          {"after", content_json(change.after)}};
}

}  // namespace harden
