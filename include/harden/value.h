// SPDX-License-Identifier: Apache-2.0
//
// A value of the Common Expression Language, which is also what a fact holds.
// The data model is that of github.com/google/cel-spec/doc/langdef.md,
// section "Values", without messages, timestamps and durations, plus two
// that expressions never write down: `error` and `unknown`.
//
// Values are immutable and cheap to copy: what is large is shared.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "harden/value_parts.h"

namespace harden {

class Value;
class Map;
using List = std::vector<Value>;

class Value {
 public:
  // The order is that of the alternatives of `data_`.
  enum class Kind { null, boolean, integer, uinteger, real, string, bytes, list, map, type, error, unknown };

  Value() = default;  // null
  Value(bool value) : data_(value) {}
  Value(int value) : data_(std::int64_t{value}) {}
  Value(std::int64_t value) : data_(value) {}
  Value(std::uint64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(const char* value) : Value(std::string(value)) {}
  Value(std::string_view value) : Value(std::string(value)) {}
  Value(std::string value) : data_(std::make_shared<const std::string>(std::move(value))) {}
  Value(Bytes value) : data_(std::make_shared<const Bytes>(std::move(value))) {}
  Value(List value) : data_(std::make_shared<const List>(std::move(value))) {}
  Value(Map value);
  Value(TypeName value) : data_(std::make_shared<const TypeName>(std::move(value))) {}
  Value(EvalError value) : data_(std::make_shared<const EvalError>(std::move(value))) {}
  Value(Unknown value) : data_(std::make_shared<const Unknown>(std::move(value))) {}

  // The unknown value of a fact that could not be read.
  static Value unknown(std::string fact, Error error);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is(Kind wanted) const { return kind() == wanted; }

  // Each of these may be asked only of a value of its kind.
  bool boolean() const { return std::get<bool>(data_); }
  std::int64_t integer() const { return std::get<std::int64_t>(data_); }
  std::uint64_t uinteger() const { return std::get<std::uint64_t>(data_); }
  double real() const { return std::get<double>(data_); }
  const std::string& string() const { return *std::get<Shared<std::string>>(data_); }
  const std::string& bytes() const { return std::get<Shared<Bytes>>(data_)->data; }
  const List& list() const { return *std::get<Shared<List>>(data_); }
  const Map& map() const { return *std::get<Shared<Map>>(data_); }
  const std::string& type() const { return std::get<Shared<TypeName>>(data_)->name; }
  const std::string& error() const { return std::get<Shared<EvalError>>(data_)->message; }
  const std::vector<Missing>& missing() const { return std::get<Shared<Unknown>>(data_)->missing; }

  // CEL's equality: numbers compare across int, uint and double; values of
  // other different kinds are unequal; NaN is unequal to itself. For `error`
  // and `unknown`, identity of their content.
  friend bool operator==(const Value& left, const Value& right);

 private:
  template <typename T>
  using Shared = std::shared_ptr<const T>;
  std::variant<Null, bool, std::int64_t, std::uint64_t, double, Shared<std::string>, Shared<Bytes>, Shared<List>,
               Shared<Map>, Shared<TypeName>, Shared<EvalError>, Shared<Unknown>>
      data_;
};

// CEL's map. Keys are bool, int, uint or string; 1, 1u and 1.0 are one key.
// Entries stand in the order of their keys, so equal maps print alike. A
// record (a thing with named fields) is a map with string keys.
class Map {
 public:
  using Entry = std::pair<Value, Value>;

  Map() = default;
  // Of entries with the same key the last is kept.
  explicit Map(std::vector<Entry> entries);

  // The value of a key, or nullptr where the map has no such key.
  const Value* find(const Value& key) const;
  const Value* find(const std::convertible_to<std::string_view> auto& key) const { return find_text(key); }

  const std::vector<Entry>& entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }

 private:
  const Value* find_text(std::string_view key) const;

  std::vector<Entry> entries_;
};

inline Value::Value(Map value) : data_(std::make_shared<const Map>(std::move(value))) {}

// How two values of one order compare: -1, 0 or 1 for numbers (across int,
// uint and double), strings and bytes (by code point), booleans; nothing for
// values without an order between them, NaN included.
struct Order {
  bool ordered = false;
  int sign = 0;
};
Order compare(const Value& left, const Value& right);

// The name of a value's type as `type(x)` gives it: "int", "list", "null_type".
std::string_view type_name(Value::Kind kind);

// A value as CEL would write it: `"text"`, `1u`, `[1, 2]`, `{"a": true}`,
// control characters escaped, so that hostile text is safe to print.
std::string to_text(const Value& value);

}  // namespace harden
