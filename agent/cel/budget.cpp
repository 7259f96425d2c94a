// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/budget.h"

#include <algorithm>

namespace harden::cel {
namespace {

constexpr int kDeepest = 1000;  // of values within values

}  // namespace

bool Budget::spend(std::size_t steps) {
  if (spent()) return false;
  steps_ += steps;
  if (steps_ <= limits_.steps) return true;
  reason_ = "the evaluation takes more than " + std::to_string(limits_.steps) + " steps";
  return false;
}

bool Budget::allows(std::size_t bytes) { return fits(bytes) && scan(bytes); }

bool Budget::fits(std::size_t bytes) {
  if (spent()) return false;
  if (bytes <= limits_.value_bytes) return true;
  reason_ = "a value of more than " + std::to_string(limits_.value_bytes) + " bytes";
  return false;
}

bool Budget::allows(const Value& value) {
  std::size_t bytes = 0;
  return weigh(value, bytes, 0);
}

bool Budget::weigh(const Value& value, std::size_t& bytes, int depth) {
  bytes += sizeof(Value);
  if (value.is(Value::Kind::string)) bytes += value.string().size();
  if (value.is(Value::Kind::bytes)) bytes += value.bytes().size();
  if (bytes > limits_.value_bytes) return fits(bytes);
  if (!value.is(Value::Kind::list) && !value.is(Value::Kind::map)) return true;
  if (depth > kDeepest) {
    reason_ = "values within values, more than " + std::to_string(kDeepest) + " deep";
    return false;
  }
  if (value.is(Value::Kind::list)) {
    return spend(value.list().size()) &&
           std::ranges::all_of(value.list(), [&](const Value& part) { return weigh(part, bytes, depth + 1); });
  }
  return spend(value.map().size()) && std::ranges::all_of(value.map().entries(), [&](const Map::Entry& entry) {
           return weigh(entry.first, bytes, depth + 1) && weigh(entry.second, bytes, depth + 1);
         });
}

}  // namespace harden::cel
