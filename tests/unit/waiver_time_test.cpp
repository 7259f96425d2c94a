// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "agent/core/calendar.h"
#include "harden/waiver.h"

using namespace harden;

// The seconds are those of date(1): `date -u -d TEXT +%s`.
TEST_CASE("dates are the end of their day, times the second") {
  const std::vector<std::pair<std::string, std::int64_t>> cases{
      {"1970-01-01", 86400},
      {"2026-12-31", 1798761600},
      {"2024-02-29", 1709251200},
      {"9999-12-31", 253402300800},
      {"1970-01-01T00:00:00Z", 0},
      {"2026-12-31T12:00:00Z", 1798718400},
      {"2026-12-31t12:00:00z", 1798718400},
      {"2026-12-31 12:00:00Z", 1798718400},
      {"2026-12-31T12:00:00.999Z", 1798718400},
      {"2026-12-31T12:00:00+00:00", 1798718400},
      {"2026-12-31T14:00:00+02:00", 1798718400},
      {"2026-12-31T06:30:00-05:30", 1798718400},
      {"2027-01-01T00:30:00+12:30", 1798718400},
  };
  for (const auto& [text, wanted] : cases) {
    CAPTURE(text);
    CHECK(parse_until(text) == wanted);
  }
}

TEST_CASE("nothing else is a date") {
  for (const std::string text : {"",
                                 " ",
                                 "tomorrow",
                                 "2026",
                                 "2026-12",
                                 "2026-12-32",
                                 "2026-13-01",
                                 "2026-00-10",
                                 "2026-01-00",
                                 "2023-02-29",
                                 "2026-1-1",
                                 "26-01-01",
                                 "2026/12/31",
                                 "2026-12-31 ",
                                 " 2026-12-31",
                                 "2026-12-31T",
                                 "2026-12-31T12:00Z",
                                 "2026-12-31T12:00:00",
                                 "2026-12-31T24:00:00Z",
                                 "2026-12-31T12:60:00Z",
                                 "2026-12-31T12:00:60Z",
                                 "2026-12-31T12:00:00.Z",
                                 "2026-12-31T12:00:00ZZ",
                                 "2026-12-31T12:00:00+2",
                                 "2026-12-31T12:00:00+02",
                                 "2026-12-31T12:00:00+24:00",
                                 "2026-12-31T12:00:00+02:60",
                                 "2026-12-31T12:00:00+0200",
                                 "+026-12-31",
                                 "-2026-12-31",
                                 "20261-12-31",
                                 "1969-12-30",
                                 "1970-01-01T00:00:00+00:01",
                                 "12:00:00"}) {
    CAPTURE(text);
    const auto until = parse_until(text);
    REQUIRE_FALSE(until.has_value());
    CHECK(until.error().code == Errc::invalid);
  }
  CHECK_FALSE(parse_until(std::string(1 << 20, '9')).has_value());
  CHECK_FALSE(parse_until(std::string("2026-12-31\0", 11)).has_value());
}

TEST_CASE("lengths of time") {
  const std::vector<std::pair<std::string, std::int64_t>> cases{
      {"1s", 1},        {"90s", 90},     {"5m", 300},          {"12h", 43200},
      {"30d", 2592000}, {"2w", 1209600}, {"3653d", 315619200}, {"315619200s", 315619200}};
  for (const auto& [text, wanted] : cases) {
    CAPTURE(text);
    CHECK(parse_duration(text) == wanted);
  }
}

TEST_CASE("nothing else is a length of time") {
  for (const std::string text :
       {"", "d", "30", "30 d", " 30d", "30d ", "0d", "-1d", "+1d", "1.5h", "30D", "1y", "1d12h", "3654d", "522w",
        "99999999999999999999d", "9223372036854775807w", "0x10d", "\xff"}) {
    CAPTURE(text);
    const auto length = parse_duration(text);
    REQUIRE_FALSE(length.has_value());
    CHECK(length.error().code == Errc::invalid);
  }
}

TEST_CASE("points in time as people read them") {
  CHECK(date_time_text(0) == "1970-01-01T00:00:00Z");
  CHECK(date_time_text(1798718400) == "2026-12-31T12:00:00Z");
  CHECK(date_time_text(-1) == "1969-12-31T23:59:59Z");
  CHECK(date_time_text(253402300799) == "9999-12-31T23:59:59Z");
  CHECK(date_time_text(253402300800) == "@253402300800");
  CHECK(date_time_text(INT64_MAX) == "@9223372036854775807");
  CHECK(date_time_text(INT64_MIN) == "@-9223372036854775808");
  CHECK(until_text(1798761600) == "2026-12-31");
  CHECK(until_text(1798761599) == "2026-12-31T23:59:59Z");
  CHECK(until_text(253402300800) == "9999-12-31");
  CHECK(until_text(INT64_MAX - INT64_MAX % 86400) == "@" + std::to_string(INT64_MAX - INT64_MAX % 86400));
}

TEST_CASE("what is printed is read back as the same second") {
  for (std::int64_t at = 1; at < 253402300800; at += 86400 * 997 + 12345) {
    CHECK(parse_until(until_text(at)) == at);
    CHECK(parse_until(date_time_text(at)) == at);
  }
  for (std::int64_t day = 1; day < 80000; day += 13) CHECK(parse_until(until_text(day * 86400)) == day * 86400);
}

TEST_CASE("the system's clock is somewhere in this century") {
  CHECK(wall_clock() > 1'700'000'000);
  CHECK(wall_clock() < 4'200'000'000);
}
