// SPDX-License-Identifier: Apache-2.0
//
// The words of an expression (langdef.md, "Syntax").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/cel/ast.h"
#include "agent/cel/mistakes.h"

namespace harden::cel {

enum class Word {
  end,
  name,         // also the reserved ones; `text` is the name
  quoted_name,  // `a-b` within backquotes; `text` without them
  integer,      // `magnitude`
  literal,      // uint, double, string, bytes; `value`
  sign,         // an operator or bracket; `text`
};

struct Token {
  Word word = Word::end;
  Span span;
  std::string_view text;
  std::uint64_t magnitude = 0;
  Value value;
};

// Ends with a Word::end. What cannot be a word is reported and left out.
std::vector<Token> lex(std::string_view source, Mistakes& mistakes);

// The literal at the front of `source`, for lex(): its token, the length of
// which is never 0. `offset` is where `source` stands.
Token lex_number(std::string_view source, std::size_t offset, Mistakes& mistakes);
Token lex_string(std::string_view source, std::size_t offset, Mistakes& mistakes);

}  // namespace harden::cel
