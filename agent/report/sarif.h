// SPDX-License-Identifier: Apache-2.0
//
// What every SARIF 2.1.0 document of ours has (OASIS,
// docs.oasis-open.org/sarif/sarif/v2.1.0).
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harden/finding.h"

namespace harden::sarif {

// {"text": …}, whatever it holds.
boost::json::object text_object(std::string_view text);

// GitHub sorts by this number, which it takes for a CVSS score; these are the
// middles of CVSS's own ranges for the four words.
const char* security_severity(Severity severity);

boost::json::object rule(std::string_view id, std::string_view title, boost::json::object properties);

// One line of a file. A path from the root is told below the base ROOT; everything
// outside RFC 3986's unreserved characters and '/' is encoded.
boost::json::array locations(std::string_view path, std::int64_t line);

// `unread`: why what was run is not complete, a sentence each.
struct Run {
  HostSummary host;
  boost::json::array rules;
  boost::json::array results;
  bool complete = true;
  std::vector<std::string> unread;
};
std::string document(Run run);

}  // namespace harden::sarif
