// SPDX-License-Identifier: Apache-2.0
#include "agent/report/markup.h"

#include "agent/core/text.h"

namespace harden {

std::string marked_up(std::string_view text) {
  std::string out;
  for (const char c : text::printable(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string attribute(const char* name, std::string_view value) {
  return std::string(" ") + name + "=\"" + marked_up(value) + "\"";
}

}  // namespace harden
