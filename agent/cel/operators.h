// SPDX-License-Identifier: Apache-2.0
//
// The operators on values (langdef.md, "Runtime errors" and the tables of
// the standard definitions).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/cel/ast.h"
#include "agent/cel/budget.h"
#include "harden/value.h"

namespace harden::cel {

// "+", "in": a binary operator other than == and != as it is written.
std::string_view sign_of(Op op);

inline bool is_failure(const Value& value) { return value.kind() >= Value::Kind::error; }

// What strict operations make of operands of which one is a failure: all
// that is unknown together, else the first error.
Value failure_of(std::span<const Value> operands);

// Of two unknowns both; of an unknown and an error the unknown.
Value merged(const Value& left, const Value& right);

// A binary operator other than && and ||. Operands may be failures.
Value operate(Budget& budget, Op op, const Value& left, const Value& right);

Value negated(const Value& value);
Value inverted(const Value& value);  // !

// The value of && (`stop` false) or || (`stop` true) of two values.
Value logical(bool stop, const Value& left, const Value& right);

// true, false, or unknown where what is equal so far holds an unknown.
Value equals(Budget& budget, const Value& left, const Value& right);

// from["key"], from[0] and from.field
Value element_of(const Value& from, const Value& index);
Value field_of(const Value& from, const std::string& field);

Value no_overload(const std::string& what, std::span<const Value> operands);

}  // namespace harden::cel
