// SPDX-License-Identifier: Apache-2.0
//
// The document that dist/schema/facts.schema.json describes.
#include <boost/json/array.hpp>
#include <chrono>

#include "agent/report/json.h"
#include "agent/report/report.h"
#include "harden/collector.h"

namespace harden {
namespace {

namespace json = boost::json;

json::object fact_json(const Fact& fact) {
  json::object object{{"name", json_text(fact.name)}};
  add_value_or_error(object, fact.value);
  object["source"] = json_text(fact.source);
  return object;
}

std::string render(const FactsView& view, const Style&) {
  json::array facts;
  for (const auto& [name, fact] : view.facts.all()) facts.push_back(fact_json(fact));
  json::array collectors;
  for (const CollectorRun& run : view.facts.runs()) {
    const std::chrono::duration<double> seconds = run.duration;
    collectors.push_back(json::object{
        {"name", json_text(run.collector)}, {"duration_seconds", seconds.count()}, {"timed_out", run.timed_out}});
  }
  return pretty(json::object{{"schema", kSchemaVersion},
                             {"root", json_text(view.root)},
                             {"facts", std::move(facts)},
                             {"collectors", std::move(collectors)}});
}

const RegisterFormat registered(FactsFormat{"json", render});

}  // namespace
}  // namespace harden
