// SPDX-License-Identifier: Apache-2.0
//
// langdef.md, "List of Standard Definitions".
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "agent/cel/functions.h"
#include "agent/cel/numbers.h"
#include "agent/cel/utf8.h"
#include "agent/core/text.h"

namespace harden::cel {
namespace {

using Arguments = std::span<const Value>;

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;

Value count(std::size_t number) { return static_cast<std::int64_t>(number); }

Value size_of_string(Budget& budget, Arguments a) {
  return budget.scan(a[0].string().size()) ? count(code_points(a[0].string())) : budget.error();
}
Value size_of_bytes(Budget&, Arguments a) { return count(a[0].bytes().size()); }
Value size_of_list(Budget&, Arguments a) { return count(a[0].list().size()); }
Value size_of_map(Budget&, Arguments a) { return count(a[0].map().size()); }

Value contains(Budget& budget, Arguments a) {
  if (!budget.scan(a[0].string().size() + a[1].string().size())) return budget.error();
  return a[0].string().find(a[1].string()) != std::string::npos;
}
Value starts_with(Budget&, Arguments a) { return a[0].string().starts_with(a[1].string()); }
Value ends_with(Budget&, Arguments a) { return a[0].string().ends_with(a[1].string()); }
Value run_matches(Budget& budget, Arguments a) { return matches(budget, a[0].string(), a[1].string()); }

Value same(Budget&, Arguments a) { return a[0]; }
Value type_name_of(Budget&, Arguments a) { return TypeName{std::string(type_name(a[0].kind()))}; }

Value out_of_range(const Value& value, const char* type) {
  return failure(to_text(value) + " is out of the range of " + type);
}

Value int_of_uint(Budget&, Arguments a) {
  if (a[0].uinteger() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return out_of_range(a[0], "int");
  return static_cast<std::int64_t>(a[0].uinteger());
}
// Both ends are left out: neither is sure to be what was meant, as doubles go.
Value int_of_real(Budget&, Arguments a) {
  if (!(a[0].real() > -kTwo63 && a[0].real() < kTwo63)) return out_of_range(a[0], "int");
  return static_cast<std::int64_t>(a[0].real());
}
Value uint_of_int(Budget&, Arguments a) {
  if (a[0].integer() < 0) return out_of_range(a[0], "uint");
  return static_cast<std::uint64_t>(a[0].integer());
}
Value uint_of_real(Budget&, Arguments a) {
  if (!(a[0].real() >= 0 && a[0].real() < kTwo64)) return out_of_range(a[0], "uint");
  return static_cast<std::uint64_t>(a[0].real());
}
Value real_of_int(Budget&, Arguments a) { return static_cast<double>(a[0].integer()); }
Value real_of_uint(Budget&, Arguments a) { return static_cast<double>(a[0].uinteger()); }

template <typename Integer>
Value integer_of_string(const Value& text, const char* type) {
  std::string_view digits = text.string();
  if (digits.starts_with('+') && digits.substr(1, 1) != "-") digits.remove_prefix(1);
  Integer value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc() && end == digits.data() + digits.size()) return value;
  return failure("a string that is not one of a " + std::string(type));
}
Value int_of_string(Budget&, Arguments a) { return integer_of_string<std::int64_t>(a[0], "int"); }
Value uint_of_string(Budget&, Arguments a) { return integer_of_string<std::uint64_t>(a[0], "uint"); }
Value real_of_string(Budget&, Arguments a) {
  const std::optional<double> value = to_real(a[0].string());
  return value ? Value(*value) : failure("a string that is not one of a double");
}
Value bool_of_string(Budget&, Arguments a) {
  const std::string& text = a[0].string();
  if (text == "true" || text == "True" || text == "TRUE" || text == "t" || text == "1") return true;
  if (text == "false" || text == "False" || text == "FALSE" || text == "f" || text == "0") return false;
  return failure("a string that is not one of a bool");
}

Value string_of_bool(Budget&, Arguments a) { return a[0].boolean() ? "true" : "false"; }
Value string_of_int(Budget&, Arguments a) { return std::to_string(a[0].integer()); }
Value string_of_uint(Budget&, Arguments a) { return std::to_string(a[0].uinteger()); }
Value string_of_real(Budget&, Arguments a) {
  if (const auto name = special_name(a[0].real())) return *name;
  char buffer[64];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, a[0].real()).ptr);
}
Value string_of_bytes(Budget& budget, Arguments a) {
  if (!budget.allows(a[0].bytes().size())) return budget.error();
  return text::is_utf8(a[0].bytes()) ? Value(a[0].bytes()) : failure("bytes that are not UTF-8");
}
Value bytes_of_string(Budget& budget, Arguments a) {
  return budget.allows(a[0].string().size()) ? Value(Bytes{a[0].string()}) : budget.error();
}

constexpr std::array kStandard{
    Function{"size", false, "s", 'i', size_of_string},
    Function{"size", false, "y", 'i', size_of_bytes},
    Function{"size", false, "l", 'i', size_of_list},
    Function{"size", false, "m", 'i', size_of_map},
    Function{"size", true, "s", 'i', size_of_string},
    Function{"size", true, "y", 'i', size_of_bytes},
    Function{"size", true, "l", 'i', size_of_list},
    Function{"size", true, "m", 'i', size_of_map},
    Function{"contains", true, "ss", 'b', contains},
    Function{"startsWith", true, "ss", 'b', starts_with},
    Function{"endsWith", true, "ss", 'b', ends_with},
    Function{"matches", true, "ss", 'b', run_matches},
    Function{"matches", false, "ss", 'b', run_matches},
    Function{"int", false, "i", 'i', same},
    Function{"int", false, "u", 'i', int_of_uint},
    Function{"int", false, "d", 'i', int_of_real},
    Function{"int", false, "s", 'i', int_of_string},
    Function{"uint", false, "u", 'u', same},
    Function{"uint", false, "i", 'u', uint_of_int},
    Function{"uint", false, "d", 'u', uint_of_real},
    Function{"uint", false, "s", 'u', uint_of_string},
    Function{"double", false, "d", 'd', same},
    Function{"double", false, "i", 'd', real_of_int},
    Function{"double", false, "u", 'd', real_of_uint},
    Function{"double", false, "s", 'd', real_of_string},
    Function{"bool", false, "b", 'b', same},
    Function{"bool", false, "s", 'b', bool_of_string},
    Function{"string", false, "s", 's', same},
    Function{"string", false, "b", 's', string_of_bool},
    Function{"string", false, "i", 's', string_of_int},
    Function{"string", false, "u", 's', string_of_uint},
    Function{"string", false, "d", 's', string_of_real},
    Function{"string", false, "y", 's', string_of_bytes},
    Function{"bytes", false, "y", 'y', same},
    Function{"bytes", false, "s", 'y', bytes_of_string},
    Function{"type", false, "*", 't', type_name_of},
    Function{"dyn", false, "*", '*', same},
};

}  // namespace

std::span<const Function> standard_functions() { return kStandard; }

}  // namespace harden::cel
