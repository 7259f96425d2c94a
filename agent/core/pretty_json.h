// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace harden {

// Two spaces of indentation, short arrays and objects on one line, a newline
// at the end. Members stay in their order.
std::string pretty(const boost::json::value& value);

}  // namespace harden
