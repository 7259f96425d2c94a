// SPDX-License-Identifier: Apache-2.0
//
// Small work on text that more than one room needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace harden::text {

// Without white space (space, \t, \n, \r, \f, \v) at either end.
std::string_view trim(std::string_view text);

// The parts between separators; "" between two of them. One part at least.
std::vector<std::string_view> split(std::string_view text, char separator);

// The parts between runs of white space; none of them empty.
std::vector<std::string_view> words(std::string_view text);

// The words with one space between them, as the kernel folds a sysctl's value.
std::string folded(std::string_view text);

// The lines without their "\n" (and "\r"); no last empty one.
std::vector<std::string_view> lines(std::string_view text);

// The whole text as an integer in base 10 (a sign allowed) or 16; nothing
// where there is anything else in it or it does not fit.
std::optional<std::int64_t> to_int(std::string_view text);
std::optional<std::uint64_t> to_hex(std::string_view text);

// A double the shortest way that reads back as the same, always with a '.',
// an exponent, "inf" or "nan" in it, so that it is never taken for an integer.
std::string number(double value);

// Whether these bytes are UTF-8 (RFC 3629: no surrogates, nothing overlong).
bool is_utf8(std::string_view bytes);

// Text fit for a terminal: control characters, DEL, C1, bidirectional and
// invisible format characters and what is not UTF-8 written as \n, \x1b,
// \u202e. A backslash stays as it is, so ordinary text is never changed.
std::string printable(std::string_view text);
void append_printable(std::string& out, std::string_view text);

// `printable` within double quotes, with quotes and backslashes escaped too.
std::string quote(std::string_view text);

// Bytes within double quotes, everything outside printable ASCII as \xNN.
std::string quote_bytes(std::string_view bytes);

// Every parameter or name with '-' turned to '_', as the kernel does for
// modules and their parameters.
std::string underscored(std::string_view name);

// Every '.' turned to '/' and every '/' to '.': between the dotted name of a
// sysctl ("net.ipv4.conf.eth0/100.tag") and its path below /proc/sys.
std::string separators_swapped(std::string_view name);

}  // namespace harden::text
