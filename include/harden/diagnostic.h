// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a text that a person wrote, said the way a compiler
// says it: file, line, column, message, hint.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace harden {

// Both count from 1; columns count bytes of UTF-8. Line 0: the whole file.
struct Position {
  int line = 0;
  int column = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

struct Diagnostic {
  std::string file;
  Position at;
  std::string message;  // a sentence without its full stop
  std::string hint;     // "did you mean 'net.ipv6.enabled'?"; may be empty

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

using Diagnostics = std::vector<Diagnostic>;

// "file:line:column: message" and, where `text` (the file's whole content) is
// given, the line itself with a caret below it; then the hint. Lines end in
// "\n". What the line holds is escaped, and cut around the caret where long.
std::string render(const Diagnostic& diagnostic, std::string_view text = {});

// The word among `known` that `word` is most likely a misspelling of, by edit
// distance, or "" where none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace harden
