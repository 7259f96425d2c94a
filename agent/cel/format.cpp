// SPDX-License-Identifier: Apache-2.0
//
// string.format(list) of cel-spec/doc/extensions/strings.md.
#include <algorithm>
#include <charconv>
#include <optional>

#include "agent/cel/functions.h"
#include "agent/cel/numbers.h"
#include "agent/cel/utf8.h"

namespace harden::cel {
namespace {

using Kind = Value::Kind;

constexpr int kMostDigits = 1000;  // of precision
constexpr int kDefaultDigits = 6;

struct Clause {
  char conversion = 0;
  int digits = kDefaultDigits;
};

// A value's text in `out`, or what is wrong.
using Written = std::optional<Value>;

Written wrong(const Clause& clause, const Value& value) {
  return failure(std::string("%") + clause.conversion + " of a " + std::string(type_name(value.kind())));
}

std::string fixed(double value) {
  if (const auto name = special_name(value)) return *name;
  char buffer[512];  // the longest has 309 digits before the point, or 324 after it and 17 more
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr};
}

std::string with_digits(double value, const Clause& clause) {
  if (const auto name = special_name(value)) return *name;
  std::string text(static_cast<std::size_t>(clause.digits) + 330, '\0');
  const auto style = clause.conversion == 'f' ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, style, clause.digits).ptr;
  text.resize(static_cast<std::size_t>(end - text.data()));
  return text;
}

std::string in_base(std::uint64_t magnitude, bool negative, int base) {
  char buffer[65];
  return (negative ? "-" : "") +
         std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, magnitude, base).ptr);
}

std::string integer_in_base(const Value& value, int base) {
  if (value.is(Kind::uinteger)) return in_base(value.uinteger(), false, base);
  const auto bits = static_cast<std::uint64_t>(value.integer());
  return in_base(value.integer() < 0 ? ~bits + 1 : bits, value.integer() < 0, base);
}

void upper(std::string& text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c ^ 0x20);
  }
}

std::string hex_of_bytes(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    out += kDigits[code >> 4U];
    out += kDigits[code & 15U];
  }
  return out;
}

class Formatter {
 public:
  Formatter(Budget& budget, const List& arguments) : budget_(budget), arguments_(arguments) {}

  Value run(std::string_view pattern) {
    while (!pattern.empty()) {
      const auto percent = std::min(pattern.find('%'), pattern.size());
      out_ += pattern.substr(0, percent);
      pattern.remove_prefix(percent);
      if (pattern.empty()) break;
      if (Written problem = clause(pattern)) return *problem;
      if (!budget_.spend(1) || !budget_.fits(out_.size())) return budget_.error();
    }
    return budget_.allows(out_.size()) ? Value(std::move(out_)) : budget_.error();
  }

 private:
  // Takes one "%…" off the front.
  Written clause(std::string_view& pattern) {
    pattern.remove_prefix(1);
    if (pattern.starts_with('%')) {
      pattern.remove_prefix(1);
      out_ += '%';
      return std::nullopt;
    }
    Clause clause;
    if (Written problem = precision(pattern, clause)) return problem;
    if (pattern.empty()) return failure("a format that ends within a clause");
    clause.conversion = pattern.front();
    pattern.remove_prefix(1);
    if (next_ >= arguments_.size()) return failure("a format with more clauses than arguments");
    return argument(clause, arguments_[next_++]);
  }

  static Written precision(std::string_view& pattern, Clause& clause) {
    if (!pattern.starts_with('.')) return std::nullopt;
    const auto length = std::min(pattern.find_first_not_of("0123456789", 1), pattern.size());
    const auto [end, error] = std::from_chars(pattern.data() + 1, pattern.data() + length, clause.digits);
    if (error != std::errc() || clause.digits > kMostDigits) return failure("a format with a bad precision");
    pattern.remove_prefix(length);
    return std::nullopt;
  }

  Written argument(const Clause& clause, const Value& value) {
    if (value.is(Kind::error) || value.is(Kind::unknown)) return value;
    switch (clause.conversion) {
      case 's': return budget_.allows(value) ? text(clause, value) : budget_.error();
      case 'd': return decimal(clause, value);
      case 'f':
      case 'e': return real(clause, value);
      case 'x':
      case 'X': return hex(clause, value);
      case 'o': return based(clause, value, 8);
      case 'b': return value.is(Kind::boolean) ? put(value.boolean() ? "1" : "0") : based(clause, value, 2);
      default: return failure(std::string("'") + clause.conversion + "' is not a clause of format");
    }
  }

  Written put(std::string_view text) {
    out_ += text;
    return budget_.fits(out_.size()) ? std::nullopt : Written(budget_.error());
  }

  Written text(const Clause& clause, const Value& value) {
    if (!budget_.spend(1)) return budget_.error();
    switch (value.kind()) {
      case Kind::null: return put("null");
      case Kind::boolean: return put(value.boolean() ? "true" : "false");
      case Kind::integer:
      case Kind::uinteger: return put(integer_in_base(value, 10));
      case Kind::real: return put(fixed(value.real()));
      case Kind::string: return put(value.string());
      case Kind::bytes: return budget_.allows(value.bytes().size()) ? put(repaired(value.bytes())) : budget_.error();
      case Kind::list: return list(clause, value.list());
      case Kind::map: return map(clause, value.map());
      case Kind::type: return put(value.type());
      case Kind::error:
      case Kind::unknown: return value;
    }
    return std::nullopt;
  }

  Written list(const Clause& clause, const List& list) {
    out_ += '[';
    for (const Value& part : list) {
      if (&part != list.data()) out_ += ", ";
      if (Written problem = text(clause, part)) return problem;
    }
    return put("]");
  }

  // Entries stand in the order of their keys' texts: {2: …} comes after {10: …}.
  Written map(const Clause& clause, const Map& map) {
    std::vector<std::pair<std::string, const Value*>> entries;
    for (const auto& [key, value] : map.entries()) {
      std::string before = std::exchange(out_, {});
      const Written problem = text(clause, key);
      entries.emplace_back(std::exchange(out_, std::move(before)), &value);
      if (problem) return problem;
    }
    std::ranges::sort(entries, {}, [](const auto& entry) -> const std::string& { return entry.first; });
    out_ += '{';
    for (const auto& [key, value] : entries) {
      if (&key != &entries.front().first) out_ += ", ";
      put(key + ": ");
      if (Written problem = text(clause, *value)) return problem;
    }
    return put("}");
  }

  Written decimal(const Clause& clause, const Value& value) {
    if (value.is(Kind::real)) return put(fixed(value.real()));
    return based(clause, value, 10);
  }

  Written real(const Clause& clause, const Value& value) {
    if (value.is(Kind::real)) return put(with_digits(value.real(), clause));
    if (value.is(Kind::integer)) return put(with_digits(static_cast<double>(value.integer()), clause));
    if (value.is(Kind::uinteger)) return put(with_digits(static_cast<double>(value.uinteger()), clause));
    return wrong(clause, value);
  }

  Written hex(const Clause& clause, const Value& value) {
    std::string digits;
    if (value.is(Kind::string) || value.is(Kind::bytes)) {
      const std::string& bytes = value.is(Kind::string) ? value.string() : value.bytes();
      if (!budget_.allows(2 * bytes.size())) return budget_.error();
      digits = hex_of_bytes(bytes);
    } else if (value.is(Kind::integer) || value.is(Kind::uinteger)) {
      digits = integer_in_base(value, 16);
    } else {
      return wrong(clause, value);
    }
    if (clause.conversion == 'X') upper(digits);
    return put(digits);
  }

  Written based(const Clause& clause, const Value& value, int base) {
    if (!value.is(Kind::integer) && !value.is(Kind::uinteger)) return wrong(clause, value);
    return put(integer_in_base(value, base));
  }

  Budget& budget_;
  const List& arguments_;
  std::size_t next_ = 0;
  std::string out_;
};

}  // namespace

Value format(Budget& budget, const std::string& pattern, const List& arguments) {
  return Formatter(budget, arguments).run(pattern);
}

}  // namespace harden::cel
