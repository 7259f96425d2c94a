// SPDX-License-Identifier: Apache-2.0
#include "agent/core/pretty_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace harden {
namespace {

namespace json = boost::json;

constexpr std::size_t kShort = 100;  // what fits on one line stays on one

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

std::string pretty(const json::value& value) { return Printer().print(value); }

}  // namespace harden
