// SPDX-License-Identifier: Apache-2.0
//
// What a Program is made of.
#pragma once

#include <string>
#include <vector>

#include "agent/cel/ast.h"
#include "agent/cel/mistakes.h"
#include "harden/cel.h"

namespace harden::cel {

struct Program::Code {
  std::string source;
  Limits limits;
  Places places;
  NodePtr root;
  std::vector<Span> words;         // of the source, without white space and comments
  std::vector<std::string> slots;  // every name the expression may look up
  std::vector<Reference> references;
  Type type;

  // Everything `compile` and `parse` do; `declared` is nullptr for `parse`.
  static std::expected<std::shared_ptr<const Code>, Diagnostics> build(std::string_view source,
                                                                       const std::vector<Variable>* declared,
                                                                       const Origin& origin, const Limits& limits);

  Code(std::string_view text, const Origin& origin, const Limits& what)
      : source(text), limits(what), places(text, origin) {}
};

// Gives names their meaning: turns a.b.c into variables and locals, calls into
// functions. `declared` may be nullptr: anything may turn out to be a variable.
void resolve(NodePtr& root, const std::vector<Variable>* declared, std::vector<std::string>& slots, Mistakes& mistakes);

// The type of a resolved expression.
Type check(const Node& root, const std::vector<Variable>& declared, const std::vector<std::string>& slots,
           Mistakes& mistakes);

// What a resolved expression mentions, sorted, each once. Without
// `declared` every name is taken for one fact as a whole.
std::vector<Reference> references_of(const Node& node, const std::vector<Variable>* declared,
                                     const std::vector<std::string>& slots);

// The words of a span of the source, on one line and safe to print.
std::string text_of(const std::string& source, const std::vector<Span>& words, Span span);

}  // namespace harden::cel
