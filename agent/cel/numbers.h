// SPDX-License-Identifier: Apache-2.0
//
// Doubles from text and to text, whatever the locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace harden::cel {

// The whole text as a double: decimal, "NaN", "inf" and "Infinity" in any
// case. Too small a number is 0; too large a one is nothing.
std::optional<double> to_real(std::string_view text);

// "NaN", "Infinity" or "-Infinity", or nothing for a finite number.
std::optional<std::string> special_name(double value);

}  // namespace harden::cel
