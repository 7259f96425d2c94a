// SPDX-License-Identifier: Apache-2.0
#include "agent/report/json.h"

#include <boost/json/array.hpp>
#include <cmath>

#include "agent/core/calendar.h"
#include "agent/core/text.h"

namespace harden {
namespace {

namespace json = boost::json;

json::value list_to_json(const List& list) {
  json::array array;
  array.reserve(list.size());
  for (const Value& element : list) array.push_back(to_json(element));
  return array;
}

json::value map_to_json(const Map& map) {
  json::object object;
  for (const auto& [key, value] : map.entries()) {
    const std::string name = key.is(Value::Kind::string) ? key.string() : to_text(key);
    object[json_text(name)] = to_json(value);
  }
  return object;
}

json::value unknown_to_json(const Value& value) {
  json::array missing;
  for (const Missing& one : value.missing()) {
    missing.push_back(json::object{{"fact", json_text(one.fact)}, {"error", to_json(one.error)}});
  }
  return json::object{{"unknown", std::move(missing)}};
}

}  // namespace

json::string json_text(std::string_view text) {
  if (text::is_utf8(text)) return json::string(text);
  return json::string(text::printable(text));
}

boost::json::object to_json(const Waiver& waiver) {
  return {{"policy", json_text(waiver.policy)},
          {"reason", json_text(waiver.reason)},
          {"owner", json_text(waiver.owner)},
          {"until", date_time_text(waiver.until)},
          {"added", waiver.added == 0 ? json::value() : json::value(date_time_text(waiver.added))},
          {"source", json_text(waiver.source)}};
}

json::array json_texts(const std::vector<std::string>& list) {
  json::array array;
  for (const std::string& text : list) array.push_back(json_text(text));
  return array;
}

json::object to_json(const HostSummary& host) {
  return {{"root", json_text(host.root)},
          {"os", json_text(host.os)},
          {"kernel", json_text(host.kernel)},
          {"package", json_text(host.package)}};
}

json::value to_json(const Error& error) {
  return json::object{{"code", to_string(error.code)}, {"message", json_text(describe(error))}};
}

json::value to_json(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return nullptr;
    case Value::Kind::boolean: return value.boolean();
    case Value::Kind::integer: return value.integer();
    case Value::Kind::uinteger: return value.uinteger();
    case Value::Kind::real:
      if (!std::isfinite(value.real())) return json_text(text::number(value.real()));
      return value.real();
    case Value::Kind::string: return json_text(value.string());
    case Value::Kind::bytes: return json_text(value.bytes());
    case Value::Kind::list: return list_to_json(value.list());
    case Value::Kind::map: return map_to_json(value.map());
    case Value::Kind::type: return json_text(value.type());
    case Value::Kind::error: return json::object{{"error", json_text(value.error())}};
    case Value::Kind::unknown: return unknown_to_json(value);
  }
  return nullptr;
}

void add_value_or_error(json::object& object, const Value& value) {
  if (value.is(Value::Kind::unknown)) {
    object["error"] = to_json(value.missing().front().error);
  } else {
    object["value"] = to_json(value);
  }
}

}  // namespace harden
