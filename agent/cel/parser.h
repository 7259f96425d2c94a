// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "agent/cel/ast.h"
#include "agent/cel/lexer.h"
#include "agent/cel/mistakes.h"

namespace harden::cel {

// The tree of an expression, macros expanded. Where `mistakes` are found it
// is not fit for anything.
NodePtr parse_tokens(const std::vector<Token>& tokens, int depth, Mistakes& mistakes);

NodePtr make_node(Op op, Span span, std::uint32_t at);
void adopt(Node& parent, NodePtr child);  // keeps `height`

// The comprehension that a call of `name` with these arguments stands for, or
// the same call where there is no such macro. children[0] is the receiver of
// a method.
NodePtr expand_macro(NodePtr call, Mistakes& mistakes);

}  // namespace harden::cel
