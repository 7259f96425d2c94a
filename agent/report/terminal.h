// SPDX-License-Identifier: Apache-2.0
//
// Words and colours on a terminal. Everything that came from a host or a
// policy goes through `plain` or `paragraph`, which escape it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/report/report.h"

namespace harden {

enum class Paint { none, bold, dim, red, yellow, green, cyan };

// The text in that colour where the style has colours. Does not escape.
std::string painted(std::string_view text, Paint paint, const Style& style);

// Escaped, and filled up with spaces to `width` cells.
std::string plain(std::string_view text, std::size_t width = 0);

// Cells that escaped text takes on a terminal: one for each code point.
std::size_t cells(std::string_view text);

// `label` at `indent`, then the escaped text, wrapped at the style's width so
// that its lines stand below each other. Ends in "\n"; "" for no text.
std::string paragraph(std::size_t indent, std::string_view label, std::string_view text, const Style& style);

// The escaped text cut to so many cells, with "…" where something is missing.
std::string shortened(std::string_view text, std::size_t width);

// Text that another program has laid out, fit for a terminal: lines, tabs and
// colours stay, every other control character is escaped.
std::string harmless(std::string_view text);

Paint paint_of(Verdict verdict);

}  // namespace harden
