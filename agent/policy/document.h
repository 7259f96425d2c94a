// SPDX-License-Identifier: Apache-2.0
//
// A TOML file as a tree of plain values that know where they stand. This is
// what the rest of the room reads; only document.cpp knows the TOML library.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "harden/diagnostic.h"

namespace harden {

struct Node {
  enum class Kind { string, integer, real, boolean, date, array, table };
  struct Entry;

  Kind kind = Kind::table;
  Position at;       // of a header "[x]" for a table that has one
  std::string text;  // of a string; of a date or time, as it is written
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  std::vector<Node> items;     // of an array
  std::vector<Entry> entries;  // of a table, in the order of the file

  // Of a string: where its first character stands, and whether it was written
  // with escapes, so that places inside it cannot be told.
  Position content;
  bool escaped = false;

  const Entry* find(std::string_view key) const;
};

struct Node::Entry {
  std::string key;
  Position at;
  Node value;
};

// "a string", "an integer": for messages about wrong types.
std::string_view described(Node::Kind kind);

inline constexpr std::size_t kLargestPolicy = 1 << 20;  // bytes

// Parses any bytes. Syntax errors end the work at the first one.
std::expected<Node, Diagnostics> parse_document(std::string_view text, const std::string& file);

}  // namespace harden
