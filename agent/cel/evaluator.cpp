// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/evaluator.h"

#include <algorithm>
#include <array>

#include "agent/cel/functions.h"
#include "agent/cel/operators.h"

namespace harden::cel {
namespace {

using Kind = Value::Kind;

bool is_key(const Value& value) {
  return value.is(Kind::boolean) || value.is(Kind::integer) || value.is(Kind::uinteger) || value.is(Kind::string);
}

bool takes(const Function& function, std::span<const Value> arguments) {
  return function.parameters.size() == arguments.size() && std::ranges::equal(function.parameters, arguments, accepts);
}

}  // namespace

Value Evaluator::run(const Node& node) {
  try {
    locals_.clear();  // an exception may have left some
    Value value = evaluate(node);
    return budget_.spent() ? budget_.error() : value;
  } catch (const std::exception& problem) {  // memory, or a binding that throws
    return failure(std::string("the evaluation failed: ") + problem.what());
  }
}

Value Evaluator::evaluate(const Node& node) {
  if (!budget_.spend(1)) return budget_.error();
  if (observer_ == nullptr) return dispatch(node);
  observer_->enter(node);
  Value value = dispatch(node);
  observer_->leave(node, value);
  return value;
}

Value Evaluator::dispatch(const Node& node) {
  switch (node.op) {
    case Op::literal: return node.literal;
    case Op::variable: return variable(node);
    case Op::local: return fields(locals_[node.local], node, 1, node.path.size());
    case Op::select: return field_of(evaluate(node.child(0)), node.name);
    case Op::has: return presence(node);
    case Op::index: return element_of(evaluate(node.child(0)), evaluate(node.child(1)));
    case Op::call: return call(node);
    case Op::logical_not: return inverted(evaluate(node.child(0)));
    case Op::negate: return negated(evaluate(node.child(0)));
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::modulo:
    case Op::equal:
    case Op::not_equal:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
    case Op::in: {
      const Value left = evaluate(node.child(0));
      return operate(budget_, node.op, left, evaluate(node.child(1)));
    }
    case Op::logical_and:
    case Op::logical_or: return chain(node);
    case Op::conditional: return conditional(node);
    case Op::list: return list(node);
    case Op::map: return map(node);
    case Op::comprehension: return comprehension(node);
    case Op::name: break;  // none is left after resolve()
  }
  return failure("an unresolved name");
}

const Value* Evaluator::lookup(std::size_t slot) {
  if (!known_[slot]) known_[slot] = bindings_ ? bindings_(slots_[slot].name) : nullptr;
  return *known_[slot];
}

Value Evaluator::variable(const Node& node) {
  for (const Candidate& candidate : node.candidates) {
    const Value* value = lookup(candidate.slot);
    if (value != nullptr) return fields(*value, node, candidate.length, node.path.size());
  }
  if (node.literal.is(Kind::type)) return node.literal;
  return failure("'" + dotted(node.path, node.path.size()) + "' has no value");
}

// The value of the parts [from, to) of a path, taken from a value.
Value Evaluator::fields(Value value, const Node& node, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) value = field_of(value, node.path[i]);
  return value;
}

Value Evaluator::presence(const Node& node) {
  if (node.name.empty()) return presence_of_path(node.child(0));
  Value from = evaluate(node.child(0));
  if (is_failure(from)) return from;
  if (!from.is(Kind::map)) return no_overload("has", std::array{from});
  return from.map().find(std::string_view(node.name)) != nullptr;
}

Value Evaluator::presence_of_path(const Node& path) {
  Value from = failure("'" + dotted(path.path, path.path.size()) + "' has no value");
  std::size_t length = 1;
  if (path.op == Op::local) from = locals_[path.local];
  for (const Candidate& candidate : path.candidates) {
    const Value* value = lookup(candidate.slot);
    if (value == nullptr) continue;
    from = *value;
    length = candidate.length;
    break;
  }
  const std::size_t last = path.path.size();
  if (length < last) from = fields(std::move(from), path, length, last - 1);
  if (is_failure(from)) return from;
  if (length == last) return true;
  if (!from.is(Kind::map)) return no_overload("has", std::array{from});
  return from.map().find(std::string_view(path.path.back())) != nullptr;
}

Value Evaluator::call(const Node& node) {
  std::vector<Value> arguments;
  arguments.reserve(node.children.size());
  bool failed = false;
  for (const NodePtr& child : node.children) {
    arguments.push_back(evaluate(*child));
    failed = failed || is_failure(arguments.back());
  }
  if (failed) return failure_of(arguments);
  if (node.pattern && arguments[0].is(Kind::string)) return matches(budget_, arguments[0].string(), *node.pattern);
  for (const Function& function : node.functions) {
    if (takes(function, arguments)) return function.run(budget_, arguments);
  }
  if (node.functions.empty()) return failure("'" + node.name + "' is not a function");
  return no_overload(node.name, arguments);
}

Value Evaluator::chain(const Node& node) {
  const bool stop = node.op == Op::logical_or;
  Value answer = !stop;
  for (const NodePtr& child : node.children) {
    answer = logical(stop, answer, evaluate(*child));
    if (answer.is(Kind::boolean) && answer.boolean() == stop) break;
  }
  return answer;
}

Value Evaluator::conditional(const Node& node) {
  Value condition = evaluate(node.child(0));
  if (is_failure(condition)) return condition;
  if (!condition.is(Kind::boolean)) return no_overload("?:", std::array{condition});
  return evaluate(node.child(condition.boolean() ? 1 : 2));
}

Value Evaluator::list(const Node& node) {
  List values;
  values.reserve(node.children.size());
  for (const NodePtr& child : node.children) values.push_back(evaluate(*child));
  if (std::ranges::any_of(values, is_failure)) return failure_of(values);
  Value value(std::move(values));
  return budget_.allows(value) ? value : budget_.error();
}

Value Evaluator::map(const Node& node) {
  List parts;
  for (const NodePtr& child : node.children) parts.push_back(evaluate(*child));
  if (std::ranges::any_of(parts, is_failure)) return failure_of(parts);
  std::vector<Map::Entry> entries;
  for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
    if (!is_key(parts[i])) return failure("a " + std::string(type_name(parts[i].kind())) + " cannot be a key");
    entries.emplace_back(parts[i], parts[i + 1]);
  }
  const std::size_t written = entries.size();
  Map map(std::move(entries));
  if (map.size() != written) return failure("a map with the same key twice");
  Value value(std::move(map));
  return budget_.allows(value) ? value : budget_.error();
}

}  // namespace harden::cel
