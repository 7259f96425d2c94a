// SPDX-License-Identifier: Apache-2.0
//
// Text from anywhere as the content of an element or of a quoted attribute of
// XML 1.0 or HTML: what a terminal must not see stands escaped, as in
// text::printable, so that no character is left that XML does not allow.
#pragma once

#include <string>
#include <string_view>

namespace harden {

std::string marked_up(std::string_view text);

// ` name="value"`, the value as above.
std::string attribute(const char* name, std::string_view value);

}  // namespace harden
