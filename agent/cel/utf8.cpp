// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/utf8.h"

#include <algorithm>

#include "agent/core/text.h"

namespace harden::cel {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// The length of the well-formed code point at the front, or 0.
std::size_t well_formed(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80 ? 1 : (lead >= 0xf0 ? 4 : (lead >= 0xe0 ? 3 : 2));
  return text.size() >= length && text::is_utf8(text.substr(0, length)) ? length : 0;
}

}  // namespace

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return !continues(byte); }));
}

std::size_t byte_of(std::string_view text, std::size_t index) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (continues(text[i])) continue;
    if (index-- == 0) return i;
  }
  return index == 0 ? text.size() : std::string_view::npos;
}

void append_utf8(std::string& out, char32_t point) {
  const auto byte = [&out](char32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (point < 0x80) {
    byte(point);
    return;
  }
  if (point < 0x800) {
    byte(0xc0U | (point >> 6U));
  } else {
    if (point < 0x10000) {
      byte(0xe0U | (point >> 12U));
    } else {
      byte(0xf0U | (point >> 18U));
      byte(0x80U | ((point >> 12U) & 0x3fU));
    }
    byte(0x80U | ((point >> 6U) & 0x3fU));
  }
  byte(0x80U | (point & 0x3fU));
}

std::string repaired(std::string_view text) {
  if (text::is_utf8(text)) return std::string(text);
  std::string out;
  bool broken = false;
  while (!text.empty()) {
    const std::size_t length = well_formed(text);
    if (length > 0) {
      out += text.substr(0, length);
    } else if (!broken) {
      out += kReplacement;
    }
    broken = length == 0;
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

}  // namespace harden::cel
