// SPDX-License-Identifier: Apache-2.0
#include "agent/report/json.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "agent/core/calendar.h"
#include "agent/core/text.h"

namespace harden {
namespace {

namespace json = boost::json;

constexpr std::size_t kShort = 100;  // what fits on one line stays on one

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

bool holds_structure(const json::value& value) { return value.is_array() || value.is_object(); }

class Printer {
 public:
  std::string print(const json::value& value) {
    put(value, 0);
    return std::move(out_) + "\n";
  }

 private:
  void put(const json::value& value, std::size_t indent) {
    if (!holds_structure(value) || fits(value, indent)) {
      put_on_one_line(value);
    } else if (value.is_array()) {
      put_array(value.get_array(), indent + 2);
    } else {
      put_object(value.get_object(), indent + 2);
    }
  }

  // An object of one level, or an array of plain values, that is short.
  static bool fits(const json::value& value, std::size_t indent) {
    std::size_t structures = 0;
    if (value.is_array()) {
      for (const json::value& element : value.get_array()) structures += holds_structure(element) ? 1U : 0U;
    } else {
      for (const auto& member : value.get_object()) structures += holds_structure(member.value()) ? 1U : 0U;
    }
    return structures == 0 && indent + json::serialize(value).size() <= kShort;
  }

  void put_on_one_line(const json::value& value) {
    if (!holds_structure(value)) {
      out_ += json::serialize(value);
    } else if (value.is_array()) {
      out_ += "[";
      for (const json::value& element : value.get_array()) separated(element, value.get_array().begin());
      out_ += "]";
    } else {
      out_ += value.get_object().empty() ? "{" : "{ ";
      bool first = true;
      for (const auto& member : value.get_object()) {
        if (!std::exchange(first, false)) out_ += ", ";
        out_ += json::serialize(json::value(member.key())) + ": " + json::serialize(member.value());
      }
      out_ += value.get_object().empty() ? "}" : " }";
    }
  }

  void separated(const json::value& element, const json::value* first) {
    if (&element != first) out_ += ", ";
    out_ += json::serialize(element);
  }

  void put_array(const json::array& array, std::size_t indent) {
    out_ += "[";
    bool first = true;
    for (const json::value& element : array) {
      new_line(indent, first);
      put(element, indent);
    }
    end_line(indent - 2);
    out_ += "]";
  }

  void put_object(const json::object& object, std::size_t indent) {
    out_ += "{";
    bool first = true;
    for (const auto& member : object) {
      new_line(indent, first);
      out_ += json::serialize(json::value(member.key())) + ": ";
      put(member.value(), indent);
    }
    end_line(indent - 2);
    out_ += "}";
  }

  void new_line(std::size_t indent, bool& first) {
    if (!std::exchange(first, false)) out_ += ",";
    out_ += "\n";
    out_.append(indent, ' ');
  }

  void end_line(std::size_t indent) {
    out_ += "\n";
    out_.append(indent, ' ');
  }

  std::string out_;
};

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

std::string pretty(const json::value& value) { return Printer().print(value); }

}  // namespace harden
