// SPDX-License-Identifier: Apache-2.0
//
// An expression as a tree. Its height never exceeds Limits::depth, so that
// every walk over it may recurse.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harden/value.h"

namespace harden::cel {

struct Function;

enum class Op {
  literal,
  name,      // `a`; gone after resolve()
  variable,  // `a.b.c`: a name of the bindings, then fields
  local,     // `x.b.c`: a variable of a macro, then fields
  select,
  has,
  index,
  call,
  logical_not,
  negate,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  logical_and,  // of two or more
  logical_or,
  conditional,
  list,
  map,  // key, value, key, value, ...
  comprehension,
};

enum class Macro { all, exists, exists_one, transform_list, filter, transform_map, transform_entry };

struct Node;
using NodePtr = std::unique_ptr<Node>;

// Byte offsets into the source; `end` is one past the last.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// One reading of `a.b.c`: the first `length` parts are a name in `slot`.
struct Candidate {
  std::size_t slot = 0;
  std::size_t length = 1;
};

struct Node {
  Op op = Op::literal;
  Span span;
  std::uint32_t at = 0;  // what a diagnostic points at: the operator, the field
  int height = 1;
  std::vector<NodePtr> children;
  std::string name;  // of a name, field or function
  Value literal;

  std::vector<std::string> path;      // variable, local: the parts; comprehension: its variables
  std::vector<std::uint32_t> places;  // variable, local: where each part is written
  std::vector<Candidate> candidates;  // variable: longest first
  std::size_t local = 0;              // local, comprehension: index of the (first) variable
  bool absolute = false;              // name: written with a leading dot
  bool enclosed = false;              // in parentheses: (a.b).c is never the name a.b.c
  bool method = false;                // call: children[0] is what stands before the dot
  std::span<const Function> functions;
  std::shared_ptr<const RE2> pattern;  // of `matches` with a literal
  Macro macro = Macro::all;

  const Node& child(std::size_t i) const { return *children[i]; }
};

// "a.b.c" of the first `count` parts.
inline std::string dotted(const std::vector<std::string>& path, std::size_t count) {
  std::string text = path.front();
  for (std::size_t i = 1; i < count; ++i) text += "." + path[i];
  return text;
}

}  // namespace harden::cel
