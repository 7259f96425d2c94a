// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "agent/cel/parser.h"

namespace harden::cel {
namespace {

struct MacroForm {
  std::string_view name;
  std::size_t variables;
  std::size_t expressions;  // after the variables: the last is the body, one before it a filter
  Macro macro;
};

// langdef.md, "Macros", and the two-variable ones of cel-spec's macros2.
constexpr std::array<MacroForm, 17> kForms{{
    {"all", 1, 1, Macro::all},
    {"exists", 1, 1, Macro::exists},
    {"exists_one", 1, 1, Macro::exists_one},
    {"existsOne", 1, 1, Macro::exists_one},
    {"map", 1, 1, Macro::transform_list},
    {"map", 1, 2, Macro::transform_list},
    {"filter", 1, 1, Macro::filter},
    {"all", 2, 1, Macro::all},
    {"exists", 2, 1, Macro::exists},
    {"exists_one", 2, 1, Macro::exists_one},
    {"existsOne", 2, 1, Macro::exists_one},
    {"transformList", 2, 1, Macro::transform_list},
    {"transformList", 2, 2, Macro::transform_list},
    {"transformMap", 2, 1, Macro::transform_map},
    {"transformMap", 2, 2, Macro::transform_map},
    {"transformMapEntry", 2, 1, Macro::transform_entry},
    {"transformMapEntry", 2, 2, Macro::transform_entry},
}};

const MacroForm* form_of(const Node& call) {
  const std::size_t arguments = call.children.size() - 1;
  const auto found = std::ranges::find_if(kForms, [&](const MacroForm& form) {
    return form.name == call.name && form.variables + form.expressions == arguments;
  });
  return found == kForms.end() ? nullptr : &*found;
}

bool check_variables(const Node& call, std::size_t count, Mistakes& mistakes) {
  for (std::size_t i = 1; i <= count; ++i) {
    const Node& variable = call.child(i);
    if (variable.op != Op::name || variable.absolute) {
      mistakes.add(variable.span.begin, "'" + call.name + "' wants the name of a variable here");
      return false;
    }
    if (i == 2 && variable.name == call.child(1).name) {
      mistakes.add(variable.span.begin, "the two variables of '" + call.name + "' have the same name");
      return false;
    }
  }
  return true;
}

NodePtr comprehension(NodePtr call, const MacroForm& form) {
  NodePtr node = make_node(Op::comprehension, call->span, call->at);
  node->macro = form.macro;
  node->name = call->name;
  for (std::size_t i = 1; i <= form.variables; ++i) node->path.push_back(call->child(i).name);
  adopt(*node, std::move(call->children[0]));
  for (std::size_t i = 1 + form.variables; i < call->children.size(); ++i) {
    adopt(*node, std::move(call->children[i]));
  }
  return node;
}

NodePtr presence(NodePtr call, Mistakes& mistakes) {
  if (call->children.size() != 1 || call->child(0).op != Op::select) {
    mistakes.add(call->span.begin, "'has' wants one field selection, as in has(a.b)");
    return call;
  }
  NodePtr node = make_node(Op::has, call->span, call->child(0).at);
  node->name = call->child(0).name;
  adopt(*node, std::move(call->children[0]->children[0]));
  return node;
}

}  // namespace

NodePtr expand_macro(NodePtr call, Mistakes& mistakes) {
  if (!call->method)
    return call->name == "has" && !call->absolute ? presence(std::move(call), mistakes) : std::move(call);
  const MacroForm* form = form_of(*call);
  if (form == nullptr || !check_variables(*call, form->variables, mistakes)) return call;
  return comprehension(std::move(call), *form);
}

}  // namespace harden::cel
