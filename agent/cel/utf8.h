// SPDX-License-Identifier: Apache-2.0
//
// Strings as sequences of code points, without decoding them: a code point
// begins at every byte that does not continue one. What is not UTF-8 (a fact
// may hold anything) is counted by the same rule.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace harden::cel {

inline bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; }

std::size_t code_points(std::string_view text);

// The byte where code point number `index` begins, or npos past the end; the
// end itself counts as one.
std::size_t byte_of(std::string_view text, std::size_t index);

void append_utf8(std::string& out, char32_t point);

// The same text with every run of bytes that are not UTF-8 replaced by U+FFFD.
std::string repaired(std::string_view text);

}  // namespace harden::cel
