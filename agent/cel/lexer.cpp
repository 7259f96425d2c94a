// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/lexer.h"

#include <algorithm>
#include <array>

#include "agent/core/text.h"

namespace harden::cel {
namespace {

constexpr std::array<std::string_view, 23> kSigns{"==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/",
                                                  "%",  "!",  "?",  ":",  ",",  ".",  "(", ")", "[", "]", "{"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) { return begins_name(c) || is_digit(c); }
bool in_quoted_name(char c) { return in_name(c) || c == '.' || c == '-' || c == '/' || c == ' '; }

std::string_view take_while(std::string_view text, bool (*wanted)(char)) {
  const auto end = std::ranges::find_if_not(text, wanted);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

// The length of the white space and comments at the front.
std::size_t blank(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (std::string_view(" \t\n\r\f").find(text[at]) != std::string_view::npos) {
      ++at;
    } else if (text.substr(at).starts_with("//")) {
      at = std::min(text.find_first_of("\r\n", at), text.size());
    } else {
      break;
    }
  }
  return at;
}

// Whether a string begins here: a quote after at most an r and a b.
bool begins_string(std::string_view text) {
  const auto prefix = std::min(text.find_first_not_of("rRbB"), text.size());
  if (prefix == text.size() || (text[prefix] != '"' && text[prefix] != '\'')) return false;
  const auto letter = [&](std::size_t i) { return static_cast<char>(text[i] | 0x20); };
  return prefix < 2 || (prefix == 2 && letter(0) != letter(1));
}

std::string_view hint_for(char byte) {
  switch (byte) {
    case '=': return "equality is written '=='";
    case '&': return "the logical operator is written '&&'";
    case '|': return "the logical operator is written '||'";
    case ';': return "an expression ends without a sign";
    default: return {};
  }
}

class Lexer {
 public:
  Lexer(std::string_view source, Mistakes& mistakes) : source_(source), mistakes_(mistakes) {}

  std::vector<Token> run() {
    tokens_.reserve(source_.size() / 4 + 2);
    for (;;) {
      at_ += blank(source_.substr(at_));
      if (at_ >= source_.size()) break;
      next();
    }
    add(Word::end, 0, {});
    return std::move(tokens_);
  }

 private:
  void next() {
    const std::string_view rest = source_.substr(at_);
    if (begins_string(rest)) return add(lex_string(rest, at_, mistakes_));
    if (is_digit(rest[0]) || (rest[0] == '.' && rest.size() > 1 && is_digit(rest[1]))) {
      return add(lex_number(rest, at_, mistakes_));
    }
    if (begins_name(rest[0])) {
      const std::string_view name = take_while(rest, in_name);
      return add(Word::name, name.size(), name);
    }
    if (rest[0] == '`') return quoted_name(rest);
    sign(rest);
  }

  void sign(std::string_view rest) {
    if (rest[0] == '}') return add(Word::sign, 1, rest.substr(0, 1));
    for (const std::string_view known : kSigns) {
      if (rest.starts_with(known)) return add(Word::sign, known.size(), rest.substr(0, known.size()));
    }
    bad_character(rest);
  }

  void quoted_name(std::string_view rest) {
    const std::string_view name = take_while(rest.substr(1), in_quoted_name);
    if (name.empty() || rest.substr(name.size() + 1).substr(0, 1) != "`") {
      mistakes_.add(at_, "a field name within backquotes holds letters, digits, '_', '.', '-', '/' and spaces");
      at_ += name.size() + 1;
      return;
    }
    add(Word::quoted_name, name.size() + 2, name);
  }

  void bad_character(std::string_view rest) {
    const auto next_one = std::ranges::find_if(
        rest.substr(1), [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80; });
    const auto length = static_cast<std::size_t>(next_one - rest.begin());
    mistakes_.add(at_, "unexpected character '" + text::printable(rest.substr(0, length)) + "'",
                  std::string(hint_for(rest[0])));
    at_ += length;
  }

  void add(Word word, std::size_t length, std::string_view text) {
    Token token;
    token.word = word;
    token.text = text;
    token.span = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(at_ + length)};
    add(std::move(token));
  }

  void add(Token token) {
    at_ = token.span.end;
    tokens_.push_back(std::move(token));
  }

  std::string_view source_;
  Mistakes& mistakes_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> lex(std::string_view source, Mistakes& mistakes) { return Lexer(source, mistakes).run(); }

}  // namespace harden::cel
