// SPDX-License-Identifier: Apache-2.0
//
// The strings extension (cel-spec/doc/extensions/strings.md and cel-go's
// ext). Positions count code points.
#include <algorithm>
#include <array>
#include <limits>

#include "agent/cel/functions.h"
#include "agent/cel/utf8.h"

namespace harden::cel {
namespace {

using Arguments = std::span<const Value>;

constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

// Unicode's White_Space in UTF-8; zero-width spaces are not in it.
constexpr std::array<std::string_view, 25> kWhite{
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
    "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88",
    "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
    "\xe3\x80\x80"};

Value no_index(std::int64_t index) { return failure("index out of range: " + std::to_string(index)); }

// The byte where a code point begins, or npos where there is none.
std::size_t position(const std::string& text, std::int64_t index) {
  return index < 0 ? std::string::npos : byte_of(text, static_cast<std::size_t>(index));
}

Value index_at(const std::string& text, std::size_t byte) {
  if (byte == std::string::npos) return -1;
  return static_cast<std::int64_t>(code_points(std::string_view(text).substr(0, byte)));
}

Value char_at(Budget& budget, Arguments a) {
  const std::string& text = a[0].string();
  if (!budget.scan(text.size())) return budget.error();
  const std::size_t begin = position(text, a[1].integer());
  if (begin == std::string::npos) return no_index(a[1].integer());
  std::size_t end = std::min(begin + 1, text.size());
  while (end < text.size() && continues(text[end])) ++end;
  return text.substr(begin, end - begin);
}

Value index_of(Budget& budget, Arguments a) {
  const std::string& text = a[0].string();
  if (!budget.scan(2 * text.size())) return budget.error();
  const std::size_t from = a.size() > 2 ? position(text, a[2].integer()) : 0;
  if (from == std::string::npos) return no_index(a[2].integer());
  return index_at(text, text.find(a[1].string(), from));
}

Value last_index_of(Budget& budget, Arguments a) {
  const std::string& text = a[0].string();
  if (!budget.scan(2 * text.size())) return budget.error();
  const std::size_t from = a.size() > 2 ? position(text, a[2].integer()) : text.size();
  if (from == std::string::npos) return no_index(a[2].integer());
  return index_at(text, text.rfind(a[1].string(), from));
}

template <char kFirst, char kLast>
Value with_case(Budget& budget, Arguments a) {
  if (!budget.allows(a[0].string().size())) return budget.error();
  std::string text = a[0].string();
  for (char& c : text) {
    if (c >= kFirst && c <= kLast) c = static_cast<char>(c ^ 0x20);
  }
  return text;
}

// The end of the code point that begins at `at`; past the end once at the end.
std::size_t after(const std::string& text, std::size_t at) {
  do ++at;
  while (at < text.size() && continues(text[at]));
  return at;
}

// Where `wanted` occurs from `from` on. The empty string occurs before every
// code point and at the end.
std::size_t occurrence(const std::string& text, const std::string& wanted, std::size_t from) {
  return from > text.size() ? std::string::npos : text.find(wanted, from);
}

Value replaced(Budget& budget, const std::string& text, const std::string& old, const std::string& with,
               std::int64_t limit) {
  std::string out;
  std::size_t copied = 0;
  std::size_t at = occurrence(text, old, 0);
  for (std::int64_t done = 0; done < limit && at != std::string::npos; ++done) {
    out.append(text, copied, at - copied).append(with);
    if (!budget.spend(1) || !budget.fits(out.size())) return budget.error();
    copied = at + old.size();
    at = occurrence(text, old, old.empty() ? after(text, at) : copied);
  }
  if (copied < text.size()) out.append(text, copied);
  return budget.allows(out.size()) ? Value(std::move(out)) : budget.error();
}

Value replace(Budget& budget, Arguments a) {
  const std::int64_t limit = a.size() > 3 && a[3].integer() >= 0 ? a[3].integer() : kAll;
  return replaced(budget, a[0].string(), a[1].string(), a[2].string(), limit);
}

Value built(Budget& budget, List list) {
  Value value(std::move(list));
  return budget.allows(value) ? value : budget.error();
}

// Between code points where the separator is empty.
Value split(Budget& budget, Arguments a) {
  const std::string& text = a[0].string();
  const std::string& separator = a[1].string();
  const std::int64_t limit = a.size() > 2 && a[2].integer() >= 0 ? a[2].integer() : kAll;
  List parts;
  if (limit == 0 || (text.empty() && separator.empty())) return parts;
  if (!budget.scan(text.size())) return budget.error();
  std::size_t begin = 0;
  while (static_cast<std::int64_t>(parts.size()) + 1 < limit) {
    const std::size_t end = separator.empty() ? after(text, begin) : text.find(separator, begin);
    if (end == std::string::npos || (separator.empty() && end >= text.size())) break;
    if (!budget.spend(1)) return budget.error();
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + separator.size();
  }
  parts.emplace_back(text.substr(begin));
  return built(budget, std::move(parts));
}

Value substring(Budget& budget, Arguments a) {
  const std::string& text = a[0].string();
  if (!budget.scan(text.size())) return budget.error();
  const std::size_t begin = position(text, a[1].integer());
  if (begin == std::string::npos) return no_index(a[1].integer());
  const std::size_t end = a.size() > 2 ? position(text, a[2].integer()) : text.size();
  if (end == std::string::npos) return no_index(a[2].integer());
  if (end < begin) return failure("a substring that ends before it begins");
  return text.substr(begin, end - begin);
}

Value trim(Budget& budget, Arguments a) {
  std::string_view text = a[0].string();
  if (!budget.scan(text.size())) return budget.error();
  const auto leads = [&](std::string_view white) { return text.starts_with(white); };
  const auto trails = [&](std::string_view white) { return text.ends_with(white); };
  for (auto found = kWhite.begin(); (found = std::ranges::find_if(kWhite, leads)) != kWhite.end();) {
    text.remove_prefix(found->size());
  }
  for (auto found = kWhite.begin(); (found = std::ranges::find_if(kWhite, trails)) != kWhite.end();) {
    text.remove_suffix(found->size());
  }
  return text;
}

Value join(Budget& budget, Arguments a) {
  const std::string_view separator = a.size() > 1 ? std::string_view(a[1].string()) : std::string_view();
  std::string out;
  for (const Value& part : a[0].list()) {
    if (!part.is(Value::Kind::string)) {
      return part.kind() >= Value::Kind::error ? part : failure("join of a list that holds more than strings");
    }
    if (!budget.spend(1) || !budget.fits(out.size() + separator.size() + part.string().size())) return budget.error();
    if (&part != a[0].list().data()) out += separator;
    out += part.string();
  }
  return budget.allows(out.size()) ? Value(std::move(out)) : budget.error();
}

Value reverse(Budget& budget, Arguments a) {
  const std::string& text = a[0].string();
  if (!budget.allows(text.size())) return budget.error();
  std::string out;
  out.reserve(text.size());
  std::size_t end = text.size();
  for (std::size_t i = text.size(); i-- > 0;) {
    if (continues(text[i]) && i > 0) continue;
    out.append(text, i, end - i);
    end = i;
  }
  return out;
}

Value quote(Budget& budget, Arguments a) {
  constexpr std::string_view kSpecial = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  if (!budget.allows(2 * a[0].string().size())) return budget.error();
  std::string out = "\"";
  for (const char byte : repaired(a[0].string())) {
    const auto special = kSpecial.find(byte);
    if (special != std::string_view::npos) out += '\\';
    out += special != std::string_view::npos ? kLetters[special] : byte;
  }
  return out + '"';
}

Value run_format(Budget& budget, Arguments a) { return format(budget, a[0].string(), a[1].list()); }

constexpr std::array kStrings{
    Function{"charAt", true, "si", 's', char_at},
    Function{"indexOf", true, "ss", 'i', index_of},
    Function{"indexOf", true, "ssi", 'i', index_of},
    Function{"lastIndexOf", true, "ss", 'i', last_index_of},
    Function{"lastIndexOf", true, "ssi", 'i', last_index_of},
    Function{"lowerAscii", true, "s", 's', with_case<'A', 'Z'>},
    Function{"upperAscii", true, "s", 's', with_case<'a', 'z'>},
    Function{"replace", true, "sss", 's', replace},
    Function{"replace", true, "sssi", 's', replace},
    Function{"split", true, "ss", 'L', split},
    Function{"split", true, "ssi", 'L', split},
    Function{"substring", true, "si", 's', substring},
    Function{"substring", true, "sii", 's', substring},
    Function{"trim", true, "s", 's', trim},
    Function{"join", true, "L", 's', join},
    Function{"join", true, "Ls", 's', join},
    Function{"reverse", true, "s", 's', reverse},
    Function{"format", true, "sl", 's', run_format},
    Function{"strings.quote", false, "s", 's', quote},
};

}  // namespace

std::span<const Function> string_functions() { return kStrings; }

}  // namespace harden::cel
