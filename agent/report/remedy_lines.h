// SPDX-License-Identifier: Apache-2.0
//
// A remedy in full, as several reports for a person show it, and in JSON.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "agent/report/report.h"

namespace harden {

// Its grade and name on a line of their own, then what to do, why, whether it
// is in force, and its price here.
std::string remedy_lines(const RemedyView& remedy, const Style& style);

boost::json::object to_json(const RemedyView& remedy);

}  // namespace harden
