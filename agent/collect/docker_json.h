// SPDX-License-Identifier: Apache-2.0
//
// Careful looks into JSON that somebody else wrote.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harden/result.h"

namespace harden::docker {

// One JSON document (RFC 8259), at most 32 deep. Errc::malformed else.
Result<boost::json::value> parse_json(std::string_view text, const std::string& place);

// The fields of an object. One that is absent or null is empty; one that has
// another type than asked for is empty too, and the first of those is noted.
class Fields {
 public:
  Fields(const boost::json::object& object, std::optional<std::string>& wrong) : object_(&object), wrong_(&wrong) {}

  std::string text(std::string_view key) const;
  // One that must be there and not be "".
  std::string required_text(std::string_view key) const;
  std::optional<bool> maybe_flag(std::string_view key) const;
  bool flag(std::string_view key) const { return maybe_flag(key).value_or(false); }
  std::int64_t integer(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  Fields object(std::string_view key) const;
  // The elements of a list of objects.
  std::vector<Fields> objects(std::string_view key) const;

  // Every key of this object, in its order.
  std::vector<std::string> keys() const;

 private:
  const boost::json::value* find(std::string_view key, boost::json::kind wanted) const;
  void note(std::string_view key, std::string_view what) const;

  const boost::json::object* object_;
  std::optional<std::string>* wrong_;  // the first complaint
};

// The elements of a document that is a list of objects.
std::vector<Fields> rows(const boost::json::value& document, std::optional<std::string>& wrong);

// The fields of a document that is an object.
Fields fields(const boost::json::value& document, std::optional<std::string>& wrong);

}  // namespace harden::docker
