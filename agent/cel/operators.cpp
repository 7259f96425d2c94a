// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/operators.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "agent/cel/functions.h"
#include "agent/cel/utf8.h"

namespace harden::cel {
namespace {

using Kind = Value::Kind;

constexpr int kDeepest = 1000;  // of values within values

constexpr std::array<std::pair<Op, std::string_view>, 10> kSigns{{{Op::add, "+"},
                                                                  {Op::subtract, "-"},
                                                                  {Op::multiply, "*"},
                                                                  {Op::divide, "/"},
                                                                  {Op::modulo, "%"},
                                                                  {Op::less, "<"},
                                                                  {Op::less_equal, "<="},
                                                                  {Op::greater, ">"},
                                                                  {Op::greater_equal, ">="},
                                                                  {Op::in, "in"}}};

Value overflow() { return failure("the result does not fit its type"); }

template <typename Integer>
Value divided(Op op, Integer left, Integer right) {
  if (right == 0) return failure(op == Op::divide ? "division by zero" : "modulus by zero");
  if constexpr (std::is_signed_v<Integer>) {
    if (right == -1 && left == std::numeric_limits<Integer>::min()) return overflow();
  }
  return op == Op::divide ? Value(left / right) : Value(left % right);
}

template <typename Integer>
Value integers(Op op, Integer left, Integer right) {
  if (op == Op::divide || op == Op::modulo) return divided(op, left, right);
  Integer result{};
  const bool overflows = op == Op::add        ? __builtin_add_overflow(left, right, &result)
                         : op == Op::subtract ? __builtin_sub_overflow(left, right, &result)
                                              : __builtin_mul_overflow(left, right, &result);
  return overflows ? overflow() : Value(result);
}

Value reals(Op op, double left, double right) {
  if (op == Op::add) return left + right;
  if (op == Op::subtract) return left - right;
  return op == Op::multiply ? left * right : left / right;
}

Value no_operator(Op op, const Value& left, const Value& right) {
  return no_overload(std::string(sign_of(op)), std::array{left, right});
}

Value joined(Budget& budget, const Value& left, const Value& right) {
  if (left.is(Kind::string)) {
    return budget.allows(left.string().size() + right.string().size()) ? Value(left.string() + right.string())
                                                                       : budget.error();
  }
  if (left.is(Kind::bytes)) {
    return budget.allows(left.bytes().size() + right.bytes().size()) ? Value(Bytes{left.bytes() + right.bytes()})
                                                                     : budget.error();
  }
  List list;
  list.reserve(left.list().size() + right.list().size());
  list.insert(list.end(), left.list().begin(), left.list().end());
  list.insert(list.end(), right.list().begin(), right.list().end());
  Value value(std::move(list));
  return budget.allows(value) ? value : budget.error();
}

Value arithmetic(Budget& budget, Op op, const Value& left, const Value& right) {
  if (left.kind() == right.kind()) {
    if (left.is(Kind::integer)) return integers(op, left.integer(), right.integer());
    if (left.is(Kind::uinteger)) return integers(op, left.uinteger(), right.uinteger());
    if (left.is(Kind::real) && op != Op::modulo) return reals(op, left.real(), right.real());
    const bool joins = left.is(Kind::string) || left.is(Kind::bytes) || left.is(Kind::list);
    if (op == Op::add && joins) return joined(budget, left, right);
  }
  return no_operator(op, left, right);
}

bool is_number(const Value& value) {
  return value.is(Kind::integer) || value.is(Kind::uinteger) || value.is(Kind::real);
}

Value ordered(Budget& budget, Op op, const Value& left, const Value& right) {
  const bool comparable =
      is_number(left)
          ? is_number(right)
          : left.kind() == right.kind() && (left.is(Kind::boolean) || left.is(Kind::string) || left.is(Kind::bytes));
  if (!comparable) return no_operator(op, left, right);
  if (left.is(Kind::string) && !budget.scan(left.string().size())) return budget.error();
  const Order order = compare(left, right);
  if (!order.ordered) return false;  // NaN
  if (op == Op::less) return order.sign < 0;
  if (op == Op::less_equal) return order.sign <= 0;
  return op == Op::greater ? order.sign > 0 : order.sign >= 0;
}

Value contains(Budget& budget, const Value& wanted, const Value& where) {
  if (where.is(Kind::map)) return where.map().find(wanted) != nullptr;
  if (!where.is(Kind::list)) return no_operator(Op::in, wanted, where);
  Value answer = false;
  for (const Value& element : where.list()) {
    if (!budget.spend(1)) return budget.error();
    answer = logical(true, answer, is_failure(element) ? element : equals(budget, wanted, element));
    if (answer.is(Kind::boolean) && answer.boolean()) break;
  }
  return answer;
}

Value equal_at(Budget& budget, const Value& left, const Value& right, int depth);

Value equal_lists(Budget& budget, const List& left, const List& right, int depth) {
  if (left.size() != right.size()) return false;
  Value answer = true;
  for (std::size_t i = 0; i < left.size(); ++i) {
    answer = logical(false, answer, equal_at(budget, left[i], right[i], depth));
    if (answer.is(Kind::boolean) && !answer.boolean()) break;
  }
  return answer;
}

Value equal_maps(Budget& budget, const Map& left, const Map& right, int depth) {
  if (left.size() != right.size()) return false;
  Value answer = true;
  for (const auto& [key, value] : left.entries()) {
    const Value* other = right.find(key);
    answer = other == nullptr ? Value(false) : logical(false, answer, equal_at(budget, value, *other, depth));
    if (answer.is(Kind::boolean) && !answer.boolean()) break;
  }
  return answer;
}

// Shared parts are compared as often as they are mentioned, so this counts.
Value equal_at(Budget& budget, const Value& left, const Value& right, int depth) {
  if (!budget.spend(1)) return budget.error();
  if (depth > kDeepest) return failure("values nested too deeply to be compared");
  if (is_failure(left) || is_failure(right)) return failure_of(std::array{left, right});
  if (left.is(Kind::list) && right.is(Kind::list)) return equal_lists(budget, left.list(), right.list(), depth + 1);
  if (left.is(Kind::map) && right.is(Kind::map)) return equal_maps(budget, left.map(), right.map(), depth + 1);
  if (left.is(Kind::string) && right.is(Kind::string) && !budget.scan(left.string().size())) return budget.error();
  return left == right;
}

// A key or index for a message, cut where it is long.
std::string shown(const Value& value) {
  constexpr std::size_t kLongest = 80;
  if (value.is(Kind::string) && value.string().size() > kLongest) {
    return to_text(Value(repaired(value.string().substr(0, kLongest)) + "..."));
  }
  return to_text(value);
}

Value list_element(const List& list, const Value& index) {
  std::uint64_t at = list.size();
  if (index.is(Kind::integer) && index.integer() >= 0) at = static_cast<std::uint64_t>(index.integer());
  if (index.is(Kind::uinteger)) at = index.uinteger();
  if (index.is(Kind::real) && index.real() >= 0 && index.real() < 9e15 && std::trunc(index.real()) == index.real()) {
    at = static_cast<std::uint64_t>(index.real());
  }
  if (at < list.size()) return list[at];
  return is_number(index) ? failure("index out of range: " + shown(index)) : no_overload("[]", std::array{index});
}

}  // namespace

std::string_view sign_of(Op op) {
  const auto sign = std::ranges::find(kSigns, op, &std::pair<Op, std::string_view>::first);
  return sign == kSigns.end() ? "?" : sign->second;
}

Value no_overload(const std::string& what, std::span<const Value> operands) {
  std::string types;
  for (const Value& value : operands) types += (types.empty() ? "" : ", ") + std::string(type_name(value.kind()));
  return failure("no such overload: " + what + " of (" + types + ")");
}

Value merged(const Value& left, const Value& right) {
  if (!right.is(Kind::unknown)) return left;
  if (!left.is(Kind::unknown)) return right;
  std::vector<Missing> missing = left.missing();
  missing.insert(missing.end(), right.missing().begin(), right.missing().end());
  std::ranges::stable_sort(missing, {}, &Missing::fact);
  const auto twice = std::ranges::unique(missing, {}, &Missing::fact);
  missing.erase(twice.begin(), twice.end());
  return Unknown{std::move(missing)};
}

Value failure_of(std::span<const Value> operands) {
  Value answer;
  for (const Value& value : operands) {
    if (is_failure(value)) answer = is_failure(answer) ? merged(answer, value) : value;
  }
  return answer;
}

Value operate(Budget& budget, Op op, const Value& left, const Value& right) {
  if (is_failure(left) || is_failure(right)) return failure_of(std::array{left, right});
  if (op == Op::equal) return equals(budget, left, right);
  if (op == Op::not_equal) return inverted(equals(budget, left, right));
  if (op == Op::in) return contains(budget, left, right);
  const bool orders = op == Op::less || op == Op::less_equal || op == Op::greater || op == Op::greater_equal;
  return orders ? ordered(budget, op, left, right) : arithmetic(budget, op, left, right);
}

Value negated(const Value& value) {
  if (is_failure(value)) return value;
  if (value.is(Kind::real)) return -value.real();
  if (!value.is(Kind::integer)) return no_overload("-", std::array{value});
  return integers<std::int64_t>(Op::subtract, 0, value.integer());
}

Value inverted(const Value& value) {
  if (is_failure(value)) return value;
  return value.is(Kind::boolean) ? Value(!value.boolean()) : no_overload("!", std::array{value});
}

Value logical(bool stop, const Value& left, const Value& right) {
  if (left.is(Kind::boolean) && (left.boolean() == stop || right.is(Kind::boolean))) {
    return left.boolean() == stop ? left : right;
  }
  if (right.is(Kind::boolean) && right.boolean() == stop) return right;
  const auto strict = [&](const Value& value) {
    return value.is(Kind::boolean) || is_failure(value) ? value : no_overload(stop ? "||" : "&&", std::array{value});
  };
  return failure_of(std::array{strict(left), strict(right)});
}

Value equals(Budget& budget, const Value& left, const Value& right) { return equal_at(budget, left, right, 0); }

Value element_of(const Value& from, const Value& index) {
  if (is_failure(from) || is_failure(index)) return failure_of(std::array{from, index});
  if (from.is(Kind::list)) return list_element(from.list(), index);
  if (!from.is(Kind::map)) return no_overload("[]", std::array{from, index});
  if (const Value* value = from.map().find(index)) return *value;
  if (!is_number(index) && !index.is(Kind::boolean) && !index.is(Kind::string)) {
    return no_overload("[]", std::array{from, index});
  }
  return failure("no such key: " + shown(index));
}

Value field_of(const Value& from, const std::string& field) {
  if (is_failure(from)) return from;
  if (!from.is(Kind::map)) return failure("a " + std::string(type_name(from.kind())) + " has no field '" + field + "'");
  const Value* value = from.map().find(std::string_view(field));
  return value != nullptr ? *value : failure("no such key: '" + field + "'");
}

}  // namespace harden::cel
