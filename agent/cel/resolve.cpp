// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "agent/cel/code.h"
#include "agent/cel/functions.h"

namespace harden::cel {
namespace {

constexpr std::array<std::string_view, 10> kTypeNames{"bool", "bytes",     "double", "int",  "list",
                                                      "map",  "null_type", "string", "type", "uint"};

// The parts of a.b.c, or nothing where the node is no such chain of names.
std::vector<std::string> path_of(const Node& node, bool& absolute) {
  std::vector<std::string> path;
  const Node* part = &node;
  for (; part->op == Op::select; part = &part->child(0)) {
    if (part->child(0).enclosed) return {};
    path.push_back(part->name);
  }
  if (part->op != Op::name) return {};
  path.push_back(part->name);
  absolute = part->absolute;
  std::ranges::reverse(path);
  return path;
}

class Resolver {
 public:
  Resolver(const std::vector<Variable>* declared, std::vector<Slot>& slots, Mistakes& mistakes)
      : declared_(declared), slots_(slots), mistakes_(mistakes) {}

  void walk(NodePtr& node) {
    switch (node->op) {
      case Op::name:
      case Op::select: return chain(node);
      case Op::has: return presence(*node);
      case Op::call: return call(*node);
      case Op::comprehension: return comprehension(*node);
      case Op::literal:
      case Op::variable:
      case Op::local:
      case Op::index:
      case Op::logical_not:
      case Op::negate:
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
      case Op::in:
      case Op::logical_and:
      case Op::logical_or:
      case Op::conditional:
      case Op::list:
      case Op::map: break;
    }
    for (NodePtr& child : node->children) walk(child);
  }

 private:
  void chain(NodePtr& node) {
    bool absolute = false;
    std::vector<std::string> path = path_of(*node, absolute);
    if (path.empty()) return walk(node->children[0]);
    NodePtr whole = make_like(*node);
    whole->path = std::move(path);
    whole->places.resize(whole->path.size());
    const Node* part = node.get();
    for (std::size_t i = whole->places.size(); i-- > 0;) {
      whole->places[i] = part->at;
      if (i > 0) part = &part->child(0);
    }
    if (absolute || !local(*whole)) variable(*whole);
    node = std::move(whole);
  }

  static NodePtr make_like(const Node& node) {
    auto made = std::make_unique<Node>();
    made->span = node.span;
    made->at = node.at;
    return made;
  }

  bool local(Node& node) const {
    const auto found = std::ranges::find(scope_.rbegin(), scope_.rend(), node.path.front());
    if (found == scope_.rend()) return false;
    node.op = Op::local;
    node.local = static_cast<std::size_t>(scope_.rend() - found) - 1;
    return true;
  }

  void variable(Node& node) {
    node.op = Op::variable;
    std::string name = dotted(node.path, node.path.size());
    for (std::size_t length = node.path.size(); length > 0; --length) {
      const Variable* known = declaration(name);
      if (declared_ == nullptr || known != nullptr) node.candidates.push_back({slot(name, known), length});
      if (declared_ != nullptr && !node.candidates.empty()) return;
      name.resize(name.size() - std::min(name.size(), node.path[length - 1].size() + 1));
    }
    const bool type = node.path.size() == 1 && std::ranges::find(kTypeNames, node.path[0]) != kTypeNames.end();
    if (type) node.literal = TypeName{node.path[0]};
    if (type && declared_ != nullptr) node.op = Op::literal;
    if (!type && node.candidates.empty()) undeclared(node);
  }

  const Variable* declaration(const std::string& name) const {
    if (declared_ == nullptr) return nullptr;
    const auto found = std::ranges::find(*declared_, name, &Variable::name);
    return found == declared_->end() ? nullptr : &*found;
  }

  std::size_t slot(const std::string& name, const Variable* known) {
    const auto found = std::ranges::find(slots_, name, &Slot::name);
    if (found != slots_.end()) return static_cast<std::size_t>(found - slots_.begin());
    slots_.push_back({name, known == nullptr || known->type.kind() == Type::Kind::map});
    return slots_.size() - 1;
  }

  void undeclared(const Node& node) {
    std::vector<std::string> known = scope_;
    for (const Variable& variable : *declared_) known.push_back(variable.name);
    std::string hint;
    for (std::size_t length = node.path.size(); length > 0 && hint.empty(); --length) {
      hint = did_you_mean(dotted(node.path, length), known);
    }
    mistakes_.add(node.span.begin, "'" + dotted(node.path, node.path.size()) + "' is not declared", std::move(hint));
  }

  // has(a.b) asks for a field of `a`, or for the variable `a.b` where there is one.
  void presence(Node& node) {
    auto field = std::make_unique<Node>();
    field->op = Op::select;
    field->span = node.span;
    field->at = node.at;
    field->name = node.name;
    field->children.push_back(std::move(node.children[0]));
    walk(field);
    const bool still = field->op == Op::select;
    node.children[0] = still ? std::move(field->children[0]) : std::move(field);
    if (!still) node.name.clear();
  }

  void call(Node& node) {
    if (node.method) qualify(node);
    if (node.method && misspelt(node)) return;
    for (NodePtr& child : node.children) walk(child);
    node.functions = find_functions(node.name, node.method);
    if (node.functions.empty() && declared_ != nullptr) {
      const std::string what = node.method ? "' is not a method" : "' is not a function";
      mistakes_.add(node.at, "'" + node.name + what, did_you_mean(node.name, function_names(node.method)));
    }
    if (node.name == "matches" && node.children.size() == 2) pattern(node);
  }

  // strings.quote(x) looks like a method of a variable `strings`.
  void qualify(Node& node) const {
    bool absolute = false;
    const std::vector<std::string> path = path_of(node.child(0), absolute);
    if (path.empty() || (!absolute && std::ranges::find(scope_, path[0]) != scope_.end())) return;
    const std::string name = dotted(path, path.size()) + "." + node.name;
    if (find_functions(name, false).empty()) return;
    node.name = name;
    node.method = false;
    node.children.erase(node.children.begin());
  }

  // Whether it is meant for a function with a dotted name: `kernel.vercomp(a, b)`.
  bool misspelt(const Node& node) {
    bool absolute = false;
    const std::vector<std::string> path = path_of(node.child(0), absolute);
    if (declared_ == nullptr || path.empty() || !find_functions(node.name, true).empty()) return false;
    const std::string name = dotted(path, path.size()) + "." + node.name;
    std::string hint = did_you_mean(name, function_names(false));
    if (hint.empty()) return false;
    mistakes_.add(node.span.begin, "'" + name + "' is not a function", std::move(hint));
    return true;
  }

  void pattern(Node& node) {
    const Node& argument = node.child(1);
    if (argument.op != Op::literal || !argument.literal.is(Value::Kind::string)) return;
    node.pattern = compile_pattern(argument.literal.string());
    if (!node.pattern->ok() && declared_ != nullptr) {
      mistakes_.add(argument.span.begin, "not a regular expression: " + node.pattern->error());
    }
  }

  void comprehension(Node& node) {
    walk(node.children[0]);
    node.local = scope_.size();
    scope_.insert(scope_.end(), node.path.begin(), node.path.end());
    for (std::size_t i = 1; i < node.children.size(); ++i) walk(node.children[i]);
    scope_.resize(node.local);
  }

  const std::vector<Variable>* declared_;
  std::vector<Slot>& slots_;
  Mistakes& mistakes_;
  std::vector<std::string> scope_;
};

}  // namespace

void resolve(NodePtr& root, const std::vector<Variable>* declared, std::vector<Slot>& slots, Mistakes& mistakes) {
  Resolver(declared, slots, mistakes).walk(root);
}

}  // namespace harden::cel
