// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <optional>

#include "agent/cel/lexer.h"
#include "agent/cel/numbers.h"
#include "agent/cel/utf8.h"
#include "agent/core/text.h"

namespace harden::cel {
namespace {

std::size_t digits(std::string_view text) { return std::min(text.find_first_not_of("0123456789"), text.size()); }

// The length of a fraction and an exponent at the front, where they make a
// double of what stands before them.
std::size_t real_tail(std::string_view text) {
  std::size_t length = 0;
  if (text.starts_with('.') && digits(text.substr(1)) > 0) length = 1 + digits(text.substr(1));
  const std::string_view rest = text.substr(length);
  if (!rest.starts_with('e') && !rest.starts_with('E')) return length;
  const std::size_t sign = rest.size() > 1 && (rest[1] == '+' || rest[1] == '-') ? 2 : 1;
  const std::size_t exponent = digits(rest.substr(sign));
  return exponent > 0 ? length + sign + exponent : length;
}

Token token_at(Word word, std::size_t offset, std::size_t length) {
  Token token;
  token.word = word;
  token.span = {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(offset + length)};
  return token;
}

Token real_token(std::string_view text, std::size_t offset, Mistakes& mistakes) {
  Token token = token_at(Word::literal, offset, text.size());
  const std::optional<double> value = to_real(text);
  if (!value) mistakes.add(offset, "the number " + std::string(text) + " does not fit a double");
  token.value = value.value_or(0.0);
  return token;
}

bool is_hex(std::string_view text) { return text.starts_with("0x") || text.starts_with("0X"); }

// What follows the opening quotes of a string, piece by piece.
class Unquoter {
 public:
  Unquoter(std::string_view source, std::size_t offset, Mistakes& mistakes)
      : source_(source), offset_(offset), mistakes_(mistakes) {}

  Token run() {
    prefix();
    const std::size_t from = at_;
    while (!source_.substr(at_).starts_with(quote_)) {
      if (at_ >= source_.size() || (quote_.size() == 1 && (source_[at_] == '\n' || source_[at_] == '\r'))) {
        mistakes_.add(offset_, "a string without its closing " + std::string(quote_),
                      quote_.size() == 1 ? "a string over several lines has three quotes at each end" : "");
        return finish();
      }
      piece();
    }
    at_ += quote_.size();
    if (!text::is_utf8(source_.substr(from, at_ - from))) mistakes_.add(offset_, "a string that is not UTF-8");
    return finish();
  }

 private:
  void prefix() {
    for (; source_[at_] != '"' && source_[at_] != '\''; ++at_) {
      if (source_[at_] == 'b' || source_[at_] == 'B') bytes_ = true;
      if (source_[at_] == 'r' || source_[at_] == 'R') raw_ = true;
    }
    const std::string_view rest = source_.substr(at_);
    const bool triple = rest.size() >= 3 && rest[1] == rest[0] && rest[2] == rest[0];
    quote_ = rest.substr(0, triple ? 3 : 1);
    at_ += quote_.size();
  }

  Token finish() {
    Token token = token_at(Word::literal, offset_, at_);
    token.value = bytes_ ? Value(Bytes{std::move(out_)}) : Value(std::move(out_));
    return token;
  }

  void piece() {
    if (source_[at_] != '\\' || raw_) {
      out_ += source_[at_++];
      return;
    }
    const std::size_t begin = at_++;
    if (at_ >= source_.size()) return;
    if (!escape(source_[at_++])) {
      // The escape is left out and the closing quote still found.
      mistakes_.add(offset_ + begin,
                    "'" + text::printable(source_.substr(begin, at_ - begin)) + "' is not an escape sequence" +
                        (bytes_ ? " of bytes" : ""),
                    "a backslash is written '\\\\', or the string begins with r");
    }
  }

  bool escape(char letter) {
    constexpr std::string_view kLetters = "abfnrtv\\?\"'`";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\?\"'`";
    if (const auto known = kLetters.find(letter); known != std::string_view::npos) {
      out_ += kMeanings[known];
      return true;
    }
    if (letter == 'x' || letter == 'X') return octet(number(2, 16));
    if (letter >= '0' && letter <= '3') {
      --at_;
      return octet(number(3, 8));
    }
    if (bytes_) return false;
    if (letter == 'u') return unicode(number(4, 16));
    return letter == 'U' && unicode(number(8, 16));
  }

  // The next `length` digits; none of them is taken where one is no digit.
  std::optional<char32_t> number(std::size_t length, int base) {
    const std::string_view text = source_.substr(at_, length);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.size() != length || error != std::errc() || end != text.data() + length) return std::nullopt;
    at_ += length;
    return value;
  }

  bool octet(std::optional<char32_t> code) {
    if (!code) return false;
    if (bytes_) {
      out_ += static_cast<char>(static_cast<unsigned char>(*code));
    } else {
      append_utf8(out_, *code);
    }
    return true;
  }

  bool unicode(std::optional<char32_t> point) {
    if (point && *point >= 0xd800 && *point < 0xdc00) point = joined(*point);
    if (!point || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000)) return false;
    append_utf8(out_, *point);
    return true;
  }

  // A code point from a high surrogate and the low one that must follow it.
  std::optional<char32_t> joined(char32_t high) {
    if (!source_.substr(at_).starts_with("\\u")) return std::nullopt;
    at_ += 2;
    const std::optional<char32_t> low = number(4, 16);
    if (!low || *low < 0xdc00 || *low >= 0xe000) return std::nullopt;
    return 0x10000 + ((high - 0xd800) << 10U) + (*low - 0xdc00);
  }

  std::string_view source_;
  std::size_t offset_;
  Mistakes& mistakes_;
  std::size_t at_ = 0;
  bool bytes_ = false;
  bool raw_ = false;
  std::string_view quote_;
  std::string out_;
};

}  // namespace

Token lex_number(std::string_view source, std::size_t offset, Mistakes& mistakes) {
  const bool hex = is_hex(source);
  std::size_t length = hex ? 2 : digits(source);
  if (hex) {
    length = std::min(source.find_first_not_of("0123456789abcdefABCDEF", 2), source.size());
  } else if (const std::size_t tail = real_tail(source.substr(length)); tail > 0) {
    return real_token(source.substr(0, length + tail), offset, mistakes);
  }
  const std::string_view text = source.substr(hex ? 2 : 0, length - (hex ? 2 : 0));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc()) {
    mistakes.add(offset, text.empty() ? "a hexadecimal number without digits" : "the number does not fit 64 bits");
  }
  if (source.substr(length).starts_with('u') || source.substr(length).starts_with('U')) {
    Token token = token_at(Word::literal, offset, length + 1);
    token.value = value;
    return token;
  }
  Token token = token_at(Word::integer, offset, length);
  token.magnitude = value;
  return token;
}

Token lex_string(std::string_view source, std::size_t offset, Mistakes& mistakes) {
  return Unquoter(source, offset, mistakes).run();
}

}  // namespace harden::cel
