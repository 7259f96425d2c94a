// SPDX-License-Identifier: Apache-2.0
//
// langdef.md, "Gradual Type Checking", with records, and lenient where
// numbers of different kinds are compared: facts come as int, and nobody
// should have to know which.
#include <algorithm>
#include <array>

#include "agent/cel/code.h"
#include "agent/cel/functions.h"
#include "agent/cel/operators.h"

namespace harden::cel {
namespace {

using Kind = Type::Kind;

bool is(const Type& type, Kind kind) { return type.kind() == kind || type.kind() == Kind::dyn; }
bool is_number(const Type& type) {
  return type.kind() == Kind::integer || type.kind() == Kind::uinteger || type.kind() == Kind::real;
}
bool is_keyed(const Type& type) { return type.kind() == Kind::map || type.kind() == Kind::record; }

// A type without what a long record would add to a message.
std::string named(const Type& type) { return type.kind() == Kind::record ? "record" : to_text(type); }

Type joined(const Type& left, const Type& right) { return left == right ? left : Type(); }

// Whether a value of the one can equal one of the other.
bool comparable(const Type& left, const Type& right) {
  if (left.kind() == Kind::dyn || right.kind() == Kind::dyn) return true;
  if (left.kind() == Kind::null || right.kind() == Kind::null) return true;
  if (is_number(left) && is_number(right)) return true;
  if (is_keyed(left) && is_keyed(right)) return true;
  if (left.kind() != right.kind()) return false;
  return left.kind() != Kind::list || comparable(left.element(), right.element());
}

bool accepts(const Type& type, char parameter) {
  if (type.kind() == Kind::dyn || parameter == '*') return true;
  if (parameter == 'm') return is_keyed(type);
  if (parameter == 'L') return type.kind() == Kind::list && is(type.element(), Kind::string);
  return type_of(parameter).kind() == type.kind();
}

Type literal_type(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return Kind::null;
    case Value::Kind::boolean: return Kind::boolean;
    case Value::Kind::integer: return Kind::integer;
    case Value::Kind::uinteger: return Kind::uinteger;
    case Value::Kind::real: return Kind::real;
    case Value::Kind::string: return Kind::string;
    case Value::Kind::bytes: return Kind::bytes;
    case Value::Kind::type: return Kind::type;
    case Value::Kind::list:
    case Value::Kind::map:
    case Value::Kind::error:
    case Value::Kind::unknown: break;
  }
  return {};
}

std::string list_of(std::span<const Type> types) {
  std::string text;
  for (const Type& type : types) text += (text.empty() ? "" : ", ") + named(type);
  return text;
}

class Checker {
 public:
  Checker(const std::vector<Variable>& declared, const std::vector<Slot>& slots, Mistakes& mistakes)
      : declared_(declared), slots_(slots), mistakes_(mistakes) {}

  Type type(const Node& node) {
    switch (node.op) {
      case Op::literal: return literal_type(node.literal);
      case Op::variable: return variable(node);
      case Op::local: return path(node, scope_[node.local], 1);
      case Op::select: return field(node.at, type(node.child(0)), node.name);
      case Op::has: return presence(node);
      case Op::index: return index(node);
      case Op::call: return call(node);
      case Op::logical_not: return boolean(node, 0, "!");
      case Op::negate: return negation(node);
      case Op::add:
      case Op::subtract:
      case Op::multiply:
      case Op::divide:
      case Op::modulo: return arithmetic(node);
      case Op::equal:
      case Op::not_equal: return equality(node);
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal: return order(node);
      case Op::in: return inclusion(node);
      case Op::logical_and:
      case Op::logical_or: return chain(node);
      case Op::conditional: return conditional(node);
      case Op::list: return list(node);
      case Op::map: return map(node);
      case Op::comprehension: return comprehension(node);
      case Op::name: break;
    }
    return {};
  }

 private:
  Type wrong(std::size_t offset, std::string message, std::string hint = {}) {
    mistakes_.add(offset, std::move(message), std::move(hint));
    return {};
  }

  Type variable(const Node& node) {
    if (node.candidates.empty()) return {};  // resolve() has told
    const Candidate& candidate = node.candidates.front();
    const auto found = std::ranges::find(declared_, slots_[candidate.slot].name, &Variable::name);
    return path(node, found->type, candidate.length);
  }

  Type path(const Node& node, Type from, std::size_t begin) {
    for (std::size_t i = begin; i < node.path.size(); ++i) from = field(node.places[i], from, node.path[i]);
    return from;
  }

  Type field(std::size_t offset, const Type& from, const std::string& name) {
    if (from.kind() == Kind::dyn) return {};
    if (from.kind() == Kind::map && is(from.key(), Kind::string)) return from.element();
    if (from.kind() != Kind::record) return wrong(offset, "a value of type " + named(from) + " has no fields");
    if (const Type::Field* known = from.field(name)) return known->type;
    std::vector<std::string> names;
    for (const Type::Field& known : from.fields()) names.push_back(known.name);
    return wrong(offset, "there is no field '" + name + "'", did_you_mean(name, names));
  }

  Type presence(const Node& node) {
    const Type from = type(node.child(0));
    if (!node.name.empty()) field(node.at, from, node.name);
    return Kind::boolean;
  }

  Type index(const Node& node) {
    const Type from = type(node.child(0));
    const Type key = type(node.child(1));
    const std::size_t offset = node.child(1).span.begin;
    if (from.kind() == Kind::dyn) return {};
    if (from.kind() == Kind::list) {
      if (key.kind() == Kind::dyn || is_number(key)) return from.element();
      return wrong(offset, "a list is indexed by an int, not by " + named(key));
    }
    if (!is_keyed(from)) return wrong(node.at, "a value of type " + named(from) + " cannot be indexed");
    if (!comparable(from.key(), key)) {
      return wrong(offset, "the keys are of type " + named(from.key()) + ", not " + named(key));
    }
    if (from.kind() == Kind::map) return from.element();
    const Node& literal = node.child(1);
    return literal.op == Op::literal && literal.literal.is(Value::Kind::string)
               ? field(offset, from, literal.literal.string())
               : Type();
  }

  Type call(const Node& node) {
    std::vector<Type> types;
    for (const NodePtr& child : node.children) types.push_back(type(*child));
    if (node.functions.empty()) return {};  // resolve() has told
    bool counted = false;
    const Function* chosen = nullptr;
    Type result;
    for (const Function& function : node.functions) {
      counted = counted || function.parameters.size() == types.size();
      if (!std::ranges::equal(types, function.parameters, accepts)) continue;
      result = chosen == nullptr ? type_of(function.result) : joined(result, type_of(function.result));
      chosen = &function;
    }
    if (chosen != nullptr) return result;
    if (!counted)
      return wrong(node.at, "'" + node.name + "' does not take " + arguments(types.size() - (node.method ? 1 : 0)));
    return wrong(node.at, "'" + node.name + "' does not take (" + list_of(types) + ")");
  }

  static std::string arguments(std::size_t count) {
    return count == 1 ? "1 argument" : std::to_string(count) + " arguments";
  }

  Type boolean(const Node& node, std::size_t child, const std::string& sign) {
    const Type found = type(node.child(child));
    if (!is(found, Kind::boolean)) {
      wrong(node.child(child).span.begin, "'" + sign + "' wants a bool, not " + named(found));
    }
    return Kind::boolean;
  }

  Type chain(const Node& node) {
    for (std::size_t i = 0; i < node.children.size(); ++i) boolean(node, i, node.op == Op::logical_and ? "&&" : "||");
    return Kind::boolean;
  }

  Type conditional(const Node& node) {
    boolean(node, 0, "?:");
    const Type yes = type(node.child(1));
    return joined(yes, type(node.child(2)));
  }

  Type negation(const Node& node) {
    Type found = type(node.child(0));
    if (!is(found, Kind::integer) && !is(found, Kind::real)) {
      return wrong(node.at, "'-' wants a number with a sign, not " + named(found));
    }
    return found;
  }

  Type arithmetic(const Node& node) {
    Type left = type(node.child(0));
    const Type right = type(node.child(1));
    if (left.kind() == Kind::dyn) return right.kind() == Kind::list ? Type::list_of({}) : right;
    const bool lists = left.kind() == Kind::list && is(right, Kind::list) && node.op == Op::add;
    if (lists) return Type::list_of(joined(left.element(), right.element()));
    const bool texts = left.kind() == Kind::string || left.kind() == Kind::bytes;
    const bool fits =
        (is_number(left) && !(left.kind() == Kind::real && node.op == Op::modulo)) || (texts && node.op == Op::add);
    if (fits && is(right, left.kind())) return left;
    const bool mixed = is_number(left) && is_number(right) && left.kind() != right.kind();
    return wrong(node.at,
                 "'" + std::string(sign_of(node.op)) + "' does not take " + named(left) + " and " + named(right),
                 mixed ? "convert one of them with int(), uint() or double()" : "");
  }

  Type equality(const Node& node) {
    const Type left = type(node.child(0));
    const Type right = type(node.child(1));
    if (!comparable(left, right)) {
      wrong(node.at, "a value of type " + named(left) + " never equals one of type " + named(right));
    }
    return Kind::boolean;
  }

  Type order(const Node& node) {
    const Type left = type(node.child(0));
    const Type right = type(node.child(1));
    const auto sortable = [](const Type& type) {
      return is_number(type) || type.kind() == Kind::dyn || type.kind() == Kind::string || type.kind() == Kind::bytes ||
             type.kind() == Kind::boolean;
    };
    if (!sortable(left) || !sortable(right) || !comparable(left, right)) {
      wrong(node.at, "there is no order between " + named(left) + " and " + named(right));
    }
    return Kind::boolean;
  }

  Type inclusion(const Node& node) {
    const Type wanted = type(node.child(0));
    const Type where = type(node.child(1));
    if (where.kind() == Kind::dyn) return Kind::boolean;
    if (where.kind() != Kind::list && !is_keyed(where)) {
      wrong(node.at, "'in' wants a list or a map, not " + named(where),
            where.kind() == Kind::string ? "a part of a string is found with contains()" : "");
    } else if (const Type member = where.kind() == Kind::list ? where.element() : where.key();
               !comparable(wanted, member)) {
      wrong(node.at, "a value of type " + named(wanted) + " is never among those of type " + named(member));
    }
    return Kind::boolean;
  }

  Type list(const Node& node) {
    Type element;
    for (const NodePtr& child : node.children) {
      const Type found = type(*child);
      element = child == node.children.front() ? found : joined(element, found);
    }
    return Type::list_of(element);
  }

  Type map(const Node& node) {
    Type key;
    Type value;
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const Type found_key = type(node.child(i));
      const Type found_value = type(node.child(i + 1));
      if (!comparable(found_key, Kind::string) && !comparable(found_key, Kind::boolean) && !is_number(found_key)) {
        wrong(node.child(i).span.begin, "a value of type " + named(found_key) + " cannot be a key");
      }
      key = i == 0 ? found_key : joined(key, found_key);
      value = i == 0 ? found_value : joined(value, found_value);
    }
    return Type::map_of(key, value);
  }

  Type comprehension(const Node& node) {
    const Type range = type(node.child(0));
    if (range.kind() != Kind::dyn && range.kind() != Kind::list && !is_keyed(range)) {
      wrong(node.at, "'" + node.name + "' wants a list or a map, not " + named(range));
    }
    const Type first = range.kind() == Kind::list ? range.element() : range.key();
    if (node.path.size() == 1) {
      scope_.push_back(first);
    } else {
      scope_.push_back(range.kind() == Kind::list ? Type(Kind::integer) : range.key());
      scope_.push_back(is_keyed(range) && range.kind() == Kind::record ? Type() : range.element());
    }
    const Type result = body(node, range.kind() == Kind::dyn ? Type() : first);
    scope_.resize(node.local);
    return result;
  }

  Type body(const Node& node, const Type& first) {
    const bool judges = node.macro == Macro::all || node.macro == Macro::exists || node.macro == Macro::exists_one;
    const bool filters = judges || node.macro == Macro::filter || node.children.size() > 2;
    if (filters) boolean(node, 1, node.name);
    if (judges) return Kind::boolean;
    if (node.macro == Macro::filter) return Type::list_of(first);
    const Type found = type(*node.children.back());
    if (node.macro == Macro::transform_list) return Type::list_of(found);
    if (node.macro == Macro::transform_map) {
      return Type::map_of(scope_[node.local], found);
    }
    if (found.kind() != Kind::dyn && !is_keyed(found)) {
      return wrong(node.children.back()->span.begin, "'" + node.name + "' wants a map, not " + named(found));
    }
    return Type::map_of(found.key(), found.element());
  }

  const std::vector<Variable>& declared_;
  const std::vector<Slot>& slots_;
  Mistakes& mistakes_;
  std::vector<Type> scope_;
};

}  // namespace

Type check(const Node& root, const std::vector<Variable>& declared, const std::vector<Slot>& slots,
           Mistakes& mistakes) {
  return Checker(declared, slots, mistakes).type(root);
}

}  // namespace harden::cel
