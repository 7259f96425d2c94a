// SPDX-License-Identifier: Apache-2.0
#include "harden/type.h"

#include <algorithm>

namespace harden {
namespace {

std::string_view word_for(Type::Kind kind) {
  switch (kind) {
    case Type::Kind::dyn: return "dyn";
    case Type::Kind::null: return "null_type";
    case Type::Kind::boolean: return "bool";
    case Type::Kind::integer: return "int";
    case Type::Kind::uinteger: return "uint";
    case Type::Kind::real: return "double";
    case Type::Kind::string: return "string";
    case Type::Kind::bytes: return "bytes";
    case Type::Kind::list: return "list";
    case Type::Kind::map: return "map";
    case Type::Kind::record: return "record";
    case Type::Kind::type: return "type";
  }
  return "dyn";
}

std::string fields_to_text(const std::vector<Type::Field>& fields) {
  std::string text;
  for (const Type::Field& field : fields) {
    if (!text.empty()) text += ", ";
    text += field.name + ": " + to_text(field.type);
  }
  return text;
}

}  // namespace

Type Type::list_of(Type element) {
  Type type(Kind::list);
  type.parts_ = std::make_shared<const Parts>(Parts{{std::move(element)}, {}});
  return type;
}

Type Type::map_of(Type key, Type value) {
  Type type(Kind::map);
  type.parts_ = std::make_shared<const Parts>(Parts{{std::move(key), std::move(value)}, {}});
  return type;
}

Type Type::record(std::vector<Field> fields) {
  Type type(Kind::record);
  type.parts_ = std::make_shared<const Parts>(Parts{{}, std::move(fields)});
  return type;
}

Type Type::element() const {
  if (!parts_ || parts_->arguments.empty()) return {};
  return parts_->arguments.back();
}

Type Type::key() const {
  if (kind_ == Kind::record) return Kind::string;
  if (kind_ != Kind::map || !parts_) return {};
  return parts_->arguments.front();
}

const std::vector<Type::Field>& Type::fields() const {
  static const std::vector<Field> none;
  return parts_ ? parts_->fields : none;
}

const Type::Field* Type::field(std::string_view name) const {
  const auto found = std::ranges::find(fields(), name, &Field::name);
  return found == fields().end() ? nullptr : &*found;
}

bool operator==(const Type& left, const Type& right) {
  if (left.kind_ != right.kind_) return false;
  if (left.parts_ == right.parts_) return true;
  return left.element() == right.element() && left.key() == right.key() && left.fields() == right.fields();
}

std::string to_text(const Type& type) {
  switch (type.kind()) {
    case Type::Kind::list: return "list(" + to_text(type.element()) + ")";
    case Type::Kind::map: return "map(" + to_text(type.key()) + ", " + to_text(type.element()) + ")";
    case Type::Kind::record: return "record{" + fields_to_text(type.fields()) + "}";
    case Type::Kind::dyn:
    case Type::Kind::null:
    case Type::Kind::boolean:
    case Type::Kind::integer:
    case Type::Kind::uinteger:
    case Type::Kind::real:
    case Type::Kind::string:
    case Type::Kind::bytes:
    case Type::Kind::type: break;
  }
  return std::string(word_for(type.kind()));
}

}  // namespace harden
