// SPDX-License-Identifier: Apache-2.0
//
// The JSON object that a request carries, read member by member. What is wrong
// is noted, and every mistake is told at once.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/daemon/http.h"

namespace harden::daemon {

class Body {
 public:
  // No body at all counts as {}.
  explicit Body(std::string_view text);

  // Each of these gives nothing, or "", where the member is not there, or after
  // noting that it is something else.
  std::string text(const std::string& name);      // not longer than 64 KiB
  std::string required(const std::string& name);  // noted where it is missing or empty
  bool flag(const std::string& name);
  std::optional<std::int64_t> integer(const std::string& name, std::int64_t least, std::int64_t most);
  std::vector<std::string> texts(const std::string& name);
  std::map<std::string, std::string> text_map(const std::string& name);

  void mistake(std::string sentence) { mistakes_.push_back(std::move(sentence)); }

  // To be asked once every member has been: 400 where it is no JSON, 422 where a
  // member is wrong, or there is one that nobody asked for.
  std::optional<Response> problem() const;

 private:
  const boost::json::value* find(const std::string& name);
  std::optional<std::string> text_of(const boost::json::value& value, const std::string& place);

  boost::json::object object_;
  std::set<std::string> asked_;
  std::string syntax_;  // why it is no JSON object
  std::vector<std::string> mistakes_;
};

}  // namespace harden::daemon
