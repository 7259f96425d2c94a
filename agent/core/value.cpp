// SPDX-License-Identifier: Apache-2.0
#include "harden/value.h"

#include <algorithm>
#include <cmath>

#include "agent/core/text.h"

namespace harden {
namespace {

using Kind = Value::Kind;

bool is_number(const Value& value) {
  return value.is(Kind::integer) || value.is(Kind::uinteger) || value.is(Kind::real);
}

template <typename T>
int sign_of(const T& left, const T& right) {
  return left < right ? -1 : (right < left ? 1 : 0);
}

int compare_int_uint(std::int64_t left, std::uint64_t right) {
  return left < 0 ? -1 : sign_of(static_cast<std::uint64_t>(left), right);
}

// Whether an integer is below, at or above a double, as cel-spec asks: both
// taken as doubles, after a range check that keeps the extremes apart.
template <typename Integer>
int compare_with_real(Integer left, double right) {
  constexpr double limit =
      sizeof(Integer) == 8 && std::is_signed_v<Integer> ? 9223372036854775808.0 : 18446744073709551616.0;
  constexpr double floor = std::is_signed_v<Integer> ? -limit : 0.0;
  if (right < floor) return 1;
  if (right > limit) return -1;
  return sign_of(static_cast<double>(left), right);
}

Order ordered(int sign) { return {true, sign}; }

Order compare_numbers(const Value& left, const Value& right) {
  if (left.is(Kind::real) && std::isnan(left.real())) return {};
  if (right.is(Kind::real) && std::isnan(right.real())) return {};
  if (left.is(Kind::real) && right.is(Kind::real)) return ordered(sign_of(left.real(), right.real()));
  if (left.is(Kind::real)) return ordered(-compare_numbers(right, left).sign);
  if (right.is(Kind::real)) {
    return ordered(left.is(Kind::integer) ? compare_with_real(left.integer(), right.real())
                                          : compare_with_real(left.uinteger(), right.real()));
  }
  if (left.is(Kind::integer)) {
    return ordered(right.is(Kind::integer) ? sign_of(left.integer(), right.integer())
                                           : compare_int_uint(left.integer(), right.uinteger()));
  }
  return ordered(right.is(Kind::uinteger) ? sign_of(left.uinteger(), right.uinteger())
                                          : -compare_int_uint(right.integer(), left.uinteger()));
}

int rank_of_key(Kind kind) {
  if (kind == Kind::boolean) return 0;
  return kind == Kind::string ? 2 : 1;
}

// The order in which a map keeps its keys: booleans, numbers, strings.
bool key_before(const Value& left, const Value& right) {
  const int left_rank = rank_of_key(left.kind());
  const int right_rank = rank_of_key(right.kind());
  if (left_rank != right_rank) return left_rank < right_rank;
  return compare(left, right).sign < 0;
}

bool equal_maps(const Map& left, const Map& right) {
  if (left.size() != right.size()) return false;
  return std::ranges::all_of(left.entries(), [&](const Map::Entry& entry) {
    const Value* other = right.find(entry.first);
    return other != nullptr && entry.second == *other;
  });
}

std::string list_to_text(const List& list) {
  std::string text = "[";
  for (const Value& element : list) {
    if (text.size() > 1) text += ", ";
    text += to_text(element);
  }
  return text + "]";
}

std::string map_to_text(const Map& map) {
  std::string text = "{";
  for (const auto& [key, value] : map.entries()) {
    if (text.size() > 1) text += ", ";
    text += to_text(key) + ": " + to_text(value);
  }
  return text + "}";
}

std::string unknown_to_text(const Value& value) {
  std::string text;
  for (const Missing& missing : value.missing()) {
    if (!text.empty()) text += ", ";
    text += missing.fact + ": " + std::string(to_string(missing.error.code));
  }
  return "unknown(" + text + ")";
}

}  // namespace

Value Value::unknown(std::string fact, Error error) { return Unknown{{Missing{std::move(fact), std::move(error)}}}; }

bool operator==(const Value& left, const Value& right) {
  if (is_number(left) && is_number(right)) {
    const Order order = compare_numbers(left, right);
    return order.ordered && order.sign == 0;
  }
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case Kind::null: return true;
    case Kind::boolean: return left.boolean() == right.boolean();
    case Kind::integer:
    case Kind::uinteger:
    case Kind::real: return false;  // answered above
    case Kind::string: return left.string() == right.string();
    case Kind::bytes: return left.bytes() == right.bytes();
    case Kind::list: return left.list() == right.list();
    case Kind::map: return equal_maps(left.map(), right.map());
    case Kind::type: return left.type() == right.type();
    case Kind::error: return left.error() == right.error();
    case Kind::unknown: return left.missing() == right.missing();
  }
  return false;
}

Order compare(const Value& left, const Value& right) {
  if (is_number(left) && is_number(right)) return compare_numbers(left, right);
  if (left.kind() != right.kind()) return {};
  if (left.is(Kind::boolean)) return ordered(sign_of(left.boolean(), right.boolean()));
  // UTF-8 sorts by bytes as it does by code points.
  if (left.is(Kind::string)) return ordered(sign_of(left.string().compare(right.string()), 0));
  if (left.is(Kind::bytes)) return ordered(sign_of(left.bytes().compare(right.bytes()), 0));
  return {};
}

Map::Map(std::vector<Entry> entries) : entries_(std::move(entries)) {
  std::ranges::stable_sort(entries_,
                           [](const Entry& left, const Entry& right) { return key_before(left.first, right.first); });
  // Keep the last of a run of equal keys: unique() keeps the first, so look from behind.
  const auto kept = std::unique(entries_.rbegin(), entries_.rend(),
                                [](const Entry& left, const Entry& right) { return left.first == right.first; });
  entries_.erase(entries_.begin(), kept.base());
}

const Value* Map::find(const Value& key) const {
  if (!key.is(Kind::boolean) && !key.is(Kind::string) && !is_number(key)) return nullptr;
  const auto found = std::ranges::lower_bound(entries_, key, key_before, &Entry::first);
  return found != entries_.end() && found->first == key ? &found->second : nullptr;
}

const Value* Map::find_text(std::string_view key) const {
  const auto before = [](const Entry& entry, std::string_view wanted) {
    return !entry.first.is(Kind::string) || entry.first.string() < wanted;
  };
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), key, before);
  return found != entries_.end() && found->first.string() == key ? &found->second : nullptr;
}

std::string_view type_name(Value::Kind kind) {
  switch (kind) {
    case Kind::null: return "null_type";
    case Kind::boolean: return "bool";
    case Kind::integer: return "int";
    case Kind::uinteger: return "uint";
    case Kind::real: return "double";
    case Kind::string: return "string";
    case Kind::bytes: return "bytes";
    case Kind::list: return "list";
    case Kind::map: return "map";
    case Kind::type: return "type";
    case Kind::error: return "error";
    case Kind::unknown: return "unknown";
  }
  return "unknown";
}

std::string to_text(const Value& value) {
  switch (value.kind()) {
    case Kind::null: return "null";
    case Kind::boolean: return value.boolean() ? "true" : "false";
    case Kind::integer: return std::to_string(value.integer());
    case Kind::uinteger: return std::to_string(value.uinteger()) + "u";
    case Kind::real: return text::number(value.real());
    case Kind::string: return text::quote(value.string());
    case Kind::bytes: return "b" + text::quote_bytes(value.bytes());
    case Kind::list: return list_to_text(value.list());
    case Kind::map: return map_to_text(value.map());
    case Kind::type: return value.type();
    case Kind::error: return "error(" + text::quote(value.error()) + ")";
    case Kind::unknown: return unknown_to_text(value);
  }
  return {};
}

}  // namespace harden
