// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/cel/code.h"
#include "agent/cel/evaluator.h"

namespace harden::cel {

// Program::explain. Every leaf is evaluated, also those that evaluation
// would skip: a person wants to see all of a condition.
Condition explain_node(const Node& root, const Text& text, const std::vector<Slot>& slots, const Bindings& bindings,
                       Evaluator& evaluator);

// Program::decide, which puts only the deciding leaf into words.
Decision decide_node(const Node& root, const Text& text, const std::vector<Slot>& slots, const Bindings& bindings,
                     Evaluator& evaluator);

}  // namespace harden::cel
