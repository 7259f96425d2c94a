// SPDX-License-Identifier: Apache-2.0
#include "agent/report/terminal.h"

#include <algorithm>

#include "agent/core/text.h"

namespace harden {
namespace {

constexpr std::size_t kNarrowest = 24;  // of a wrapped column

bool starts_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80; }

std::string_view code_of(Paint paint) {
  switch (paint) {
    case Paint::none: return "";
    case Paint::bold: return "\x1b[1m";
    case Paint::dim: return "\x1b[2m";
    case Paint::red: return "\x1b[1;31m";
    case Paint::yellow: return "\x1b[33m";
    case Paint::green: return "\x1b[32m";
    case Paint::cyan: return "\x1b[36m";
  }
  return "";
}

// The length in bytes of the first `width` cells.
std::size_t bytes_of_cells(std::string_view text, std::size_t width) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (starts_code_point(text[i]) && seen++ == width) return i;
  }
  return text.size();
}

// How long the colour at the front of the text is: ESC [ digits and ; m.
std::size_t color_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && end < 16 && text[end] == 'm' ? end + 1 : 0;
}

}  // namespace

std::string painted(std::string_view text, Paint paint, const Style& style) {
  if (!style.color || paint == Paint::none) return std::string(text);
  return std::string(code_of(paint)) + std::string(text) + "\x1b[0m";
}

std::size_t cells(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_code_point));
}

std::string plain(std::string_view text, std::size_t width) {
  std::string out = text::printable(text);
  const std::size_t taken = cells(out);
  if (taken < width) out.append(width - taken, ' ');
  return out;
}

std::string paragraph(std::size_t indent, std::string_view label, std::string_view text, const Style& style) {
  if (text.empty()) return {};
  const std::size_t margin = indent + cells(label);
  const std::size_t total = static_cast<std::size_t>(std::max(style.width, 1));
  const std::size_t width = std::max(kNarrowest, total > margin ? total - margin : 0);
  std::string out = std::string(indent, ' ') + painted(label, Paint::dim, style);
  std::size_t used = 0;
  for (const std::string_view word : text::words(text)) {
    const std::string shown = text::printable(word);
    if (used > 0 && used + 1 + cells(shown) > width) {
      out += "\n" + std::string(margin, ' ');
      used = 0;
    }
    if (used > 0) out += ' ';
    out += shown;
    used += cells(shown) + (used > 0 ? 1 : 0);
  }
  return out + "\n";
}

std::string shortened(std::string_view text, std::size_t width) {
  std::string out = text::printable(text);
  if (cells(out) <= width) return out;
  if (width == 0) return {};
  out.resize(bytes_of_cells(out, width - 1));
  return out + "…";
}

std::string harmless(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto stop = std::min(text.find_first_of("\n\t\x1b"), text.size());
    text::append_printable(out, text.substr(0, stop));
    text.remove_prefix(stop);
    const std::size_t kept = text.starts_with('\x1b') ? color_length(text) : std::min<std::size_t>(text.size(), 1);
    out += text.substr(0, kept);
    text.remove_prefix(kept);
    if (kept == 0 && !text.empty()) {
      text::append_printable(out, text.substr(0, 1));
      text.remove_prefix(1);
    }
  }
  return out;
}

Paint paint_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::exposed: return Paint::red;
    case Verdict::unknown: return Paint::yellow;
    case Verdict::mitigated: return Paint::cyan;
    case Verdict::not_affected: return Paint::green;
  }
  return Paint::none;
}

}  // namespace harden
