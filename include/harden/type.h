// SPDX-License-Identifier: Apache-2.0
//
// What a fact is declared to hold, so that expressions about it are checked
// before they are run. The types are CEL's (langdef.md, "Gradual Type
// Checking") plus `record`: a map whose field names are known.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace harden {

class Type {
 public:
  enum class Kind { dyn, null, boolean, integer, uinteger, real, string, bytes, list, map, record, type };
  struct Field;

  Type() = default;  // dyn: anything, checked only when it is evaluated
  Type(Kind simple) : kind_(simple) {}
  static Type list_of(Type element);
  static Type map_of(Type key, Type value);
  static Type record(std::vector<Field> fields);

  Kind kind() const { return kind_; }
  // The element of a list or the value of a map; dyn where it is not said.
  Type element() const;
  // The key of a map; string for a record.
  Type key() const;
  // The fields of a record; empty for every other type.
  const std::vector<Field>& fields() const;
  const Field* field(std::string_view name) const;

  friend bool operator==(const Type& left, const Type& right);

 private:
  struct Parts;
  Kind kind_ = Kind::dyn;
  std::shared_ptr<const Parts> parts_;
};

struct Type::Field {
  std::string name;
  Type type;
  std::string doc;  // one line; the unit where there is one

  friend bool operator==(const Field&, const Field&) = default;
};

struct Type::Parts {
  std::vector<Type> arguments;
  std::vector<Field> fields;
};

// "list(string)", "map(string, dyn)", "record{name: string, ipv6: bool}".
std::string to_text(const Type& type);

}  // namespace harden
