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

struct Text {
  std::string source;
  Places places;
  std::vector<Span> words;  // without white space and comments
};

// A name the expression may look up.
struct Slot {
  std::string name;
  // Made of things read apart, so that an entry is a reference of its own. So
  // is everything whose type is not known.
  bool map = true;
};

struct Program::Code {
  Text text;
  Limits limits;
  NodePtr root;
  std::vector<Slot> slots;
  std::vector<Reference> references;
  Type type;

  // Everything `compile` and `parse` do; `declared` is nullptr for `parse`.
  static std::expected<std::shared_ptr<const Code>, Diagnostics> build(std::string_view source,
                                                                       const std::vector<Variable>* declared,
                                                                       const Origin& origin, const Limits& limits);
};

// Gives names their meaning: turns a.b.c into variables and locals, calls into
// functions. `declared` may be nullptr: anything may turn out to be a variable.
void resolve(NodePtr& root, const std::vector<Variable>* declared, std::vector<Slot>& slots, Mistakes& mistakes);

// The type of a resolved expression.
Type check(const Node& root, const std::vector<Variable>& declared, const std::vector<Slot>& slots, Mistakes& mistakes);

// What a resolved expression mentions, sorted, each once.
std::vector<Reference> references_of(const Node& node, const std::vector<Slot>& slots);

// The words of a part of the source, on one line and safe to print.
std::string text_of(const Text& text, Span span);

}  // namespace harden::cel
