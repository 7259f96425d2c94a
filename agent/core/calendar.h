// SPDX-License-Identifier: Apache-2.0
//
// Points in time as people and files write them, always in UTC (RFC 3339).
// parse_until and parse_duration, of harden/waiver.h, stand beside these.
#pragma once

#include <cstdint>
#include <string>

namespace harden {

// "2026-12-31T12:00:00Z" of seconds since 1970. Years outside 0 to 9999, which
// RFC 3339 does not have, are told as "@SECONDS".
std::string date_time_text(std::int64_t seconds);

// The shortest text that parse_until takes back to the same second: the day
// alone where it is the end of a day.
std::string until_text(std::int64_t seconds);

// Seconds since 1970 by the system's clock.
std::int64_t wall_clock();

}  // namespace harden
