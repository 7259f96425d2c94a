// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/body.h"

#include <algorithm>
#include <boost/json/parser.hpp>

#include "agent/core/text.h"
#include "agent/daemon/problem.h"
#include "harden/diagnostic.h"
#include "harden/exit_status.h"

namespace harden::daemon {
namespace {

constexpr std::size_t kDeepest = 8;
constexpr std::size_t kLongestText = std::size_t{64} << 10;
constexpr std::size_t kMostMembers = 20'000;
constexpr std::size_t kMostMistakes = 10;

std::string place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::ranges::count(before, '\n');
  const auto start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(offset - start + 1);
}

std::string_view described(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null: return "null";
    case boost::json::kind::bool_: return "true or false";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_: return "a number";
    case boost::json::kind::string: return "a string";
    case boost::json::kind::array: return "a list";
    case boost::json::kind::object: return "an object";
  }
  return "";
}

std::string must_be(const std::string& place, std::string_view wanted, const boost::json::value& value) {
  return place + " must be " + std::string(wanted) + ", and is " + std::string(described(value));
}

}  // namespace

Body::Body(std::string_view text) {
  if (text::trim(text).empty()) return;
  boost::json::parse_options options;
  options.max_depth = kDeepest;
  boost::json::parser parser({}, options);
  boost::system::error_code wrong;
  const std::size_t read = parser.write_some(text, wrong);
  if (wrong) {
    syntax_ = place_of(text, read) + ": " + wrong.message();
    return;
  }
  if (!text::trim(text.substr(read)).empty()) {
    syntax_ = place_of(text, read) + ": something follows the document";
    return;
  }
  boost::json::value document = parser.release();
  if (document.is_object()) {
    object_ = std::move(document.as_object());
  } else {
    syntax_ = "it must be an object, and is " + std::string(described(document));
  }
}

const boost::json::value* Body::find(const std::string& name) {
  asked_.insert(name);
  const auto* value = object_.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<std::string> Body::text_of(const boost::json::value& value, const std::string& place) {
  if (!value.is_string()) {
    mistake(must_be(place, "a string", value));
  } else if (value.as_string().size() > kLongestText) {
    mistake(place + " is longer than 64 KiB");
  } else {
    return std::string(value.as_string());
  }
  return std::nullopt;
}

std::string Body::text(const std::string& name) {
  const auto* value = find(name);
  return value == nullptr ? std::string() : text_of(*value, name).value_or("");
}

std::string Body::required(const std::string& name) {
  const std::size_t before = mistakes_.size();
  std::string text = this->text(name);
  if (text::trim(text).empty() && mistakes_.size() == before) mistake(name + " is missing, or says nothing");
  return text;
}

bool Body::flag(const std::string& name) {
  const auto* value = find(name);
  if (value == nullptr) return false;
  if (value->is_bool()) return value->as_bool();
  mistake(must_be(name, "true or false", *value));
  return false;
}

std::optional<std::int64_t> Body::integer(const std::string& name, std::int64_t least, std::int64_t most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_int64() && value->as_int64() >= least && value->as_int64() <= most) return value->as_int64();
  mistake(name + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::vector<std::string> Body::texts(const std::string& name) {
  std::vector<std::string> list;
  const auto* value = find(name);
  if (value == nullptr) return list;
  if (!value->is_array() || value->as_array().size() > kMostMembers) {
    mistake(must_be(name, "a list of strings, of at most 20000", *value));
    return list;
  }
  for (const auto& one : value->as_array()) {
    const auto text = text_of(one, name + "[" + std::to_string(list.size()) + "]");
    if (!text) break;
    list.push_back(*text);
  }
  return list;
}

std::map<std::string, std::string> Body::text_map(const std::string& name) {
  std::map<std::string, std::string> map;
  const auto* value = find(name);
  if (value == nullptr) return map;
  if (!value->is_object() || value->as_object().size() > kMostMembers) {
    mistake(must_be(name, "an object of strings, of at most 20000", *value));
    return map;
  }
  for (const auto& one : value->as_object()) {
    const auto text = text_of(one.value(), name + "." + std::string(one.key()));
    if (!text) break;
    map[std::string(one.key())] = *text;
  }
  return map;
}

std::optional<Response> Body::problem() const {
  const auto with_status = [](Response response) {
    response.headers.emplace_back("Hardend-Exit-Status", std::to_string(static_cast<int>(ExitStatus::usage)));
    return response;
  };
  const std::string hint = "GET /v1/openapi.json says what each route takes";
  if (!syntax_.empty()) return with_status(daemon::problem(400, "the body is no JSON object: " + syntax_, hint));
  std::vector<std::string> mistakes = mistakes_;
  for (const auto& one : object_) {
    if (asked_.contains(std::string(one.key()))) continue;
    const std::string near = nearest(std::string(one.key()), {asked_.begin(), asked_.end()});
    mistakes.push_back("there is no member " + text::quote(std::string_view(one.key()).substr(0, 100)) +
                       (near.empty() ? "" : "; did you mean " + near + "?"));
    if (mistakes.size() > kMostMistakes) break;
  }
  if (mistakes.empty()) return std::nullopt;
  std::string detail;
  for (const std::string& one : mistakes) detail += (detail.empty() ? "" : "; ") + one;
  return with_status(daemon::problem(422, detail, hint));
}

}  // namespace harden::daemon
