// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/numbers.h"

#include <charconv>
#include <cmath>

namespace harden::cel {

std::optional<double> to_real(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const char* const end = text.end();
  double value = 0;
  const auto narrow = std::from_chars(text.begin(), end, value);
  if (narrow.ec == std::errc() && narrow.ptr == end) return value;
  if (narrow.ec != std::errc::result_out_of_range || narrow.ptr != end) return std::nullopt;
  // Out of range is said of too small a number as well: a wider type tells them apart.
  long double wide = 0;
  const auto wider = std::from_chars(text.begin(), end, wide);
  if (wider.ec != std::errc() || std::fabs(wide) > 1) return std::nullopt;
  return static_cast<double>(wide);
}

std::optional<std::string> special_name(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return std::nullopt;
}

}  // namespace harden::cel
