// SPDX-License-Identifier: Apache-2.0
//
// Values as JSON. Integers beyond 2^53 stay integers; NaN and the infinities,
// which JSON does not have, become strings; what is not UTF-8 is escaped as
// \xNN within its string, so that every document is valid.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "agent/core/pretty_json.h"
#include "harden/change.h"
#include "harden/facts.h"
#include "harden/finding.h"

namespace harden {

// Counts up whenever a document changes in a way that its readers can feel.
inline constexpr int kSchemaVersion = 1;

boost::json::value to_json(const Value& value);
boost::json::value to_json(const Error& error);
boost::json::object to_json(const Change& change);
boost::json::object to_json(const HostSummary& host);
boost::json::object to_json(const Waiver& waiver);

// A string that may hold anything, as a JSON string.
boost::json::string json_text(std::string_view text);

boost::json::array json_texts(const std::vector<std::string>& list);

// Adds `"value": …`, or `"error": {"code", "message"}` for an unknown.
void add_value_or_error(boost::json::object& object, const Value& value);

}  // namespace harden
