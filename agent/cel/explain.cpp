// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/explain.h"

#include <algorithm>
#include <array>

#include "agent/cel/functions.h"
#include "agent/cel/operators.h"

namespace harden::cel {
namespace {

using Kind = Condition::Kind;

bool is_truth(const Value& value) { return value.is(Value::Kind::boolean) || is_failure(value); }

Value value_of_entry(const Value& fact, const Reference& reference) {
  if (!reference.key || !fact.is(Value::Kind::map)) return fact;
  if (const Value* entry = fact.map().find(std::string_view(*reference.key))) return *entry;
  return Value::unknown(to_text(reference), {Errc::absent, "there is no such entry", {}});
}

// A comparison's sign as it stands, and what it becomes when its sides change
// places, and when it is negated.
struct Sign {
  Op op;
  std::string_view text;
  std::string_view mirrored;
  std::string_view negated;
  std::string_view both;
};

constexpr std::array<Sign, 6> kSigns{{
    {Op::equal, "==", "==", "!=", "!="},
    {Op::not_equal, "!=", "!=", "==", "=="},
    {Op::less, "<", ">", ">=", "<="},
    {Op::less_equal, "<=", ">=", ">", "<"},
    {Op::greater, ">", "<", "<=", ">="},
    {Op::greater_equal, ">=", "<=", "<", ">"},
}};

const Sign* comparison_of(Op op) {
  const auto found = std::ranges::find(kSigns, op, &Sign::op);
  return found == kSigns.end() ? nullptr : found;
}

class Explainer {
 public:
  Explainer(const Text& text, const std::vector<Slot>& slots, const Bindings& bindings, Evaluator& evaluator)
      : text_(text), slots_(slots), bindings_(bindings), evaluator_(evaluator) {}

  // `value` becomes that of the node itself; the condition's own may be that
  // of what a `!` stands before.
  Condition explain(const Node& node, bool wanted, Value& value) {
    if (node.op == Op::logical_not) {
      Condition condition = explain(node.child(0), !wanted, value);
      value = inverted(value);
      return condition;
    }
    if (node.op == Op::logical_and || node.op == Op::logical_or) return chain(node, wanted, value);
    if (node.op == Op::conditional) return conditional(node, wanted, value);
    return leaf(node, wanted, value);
  }

 private:
  Condition begin(Kind kind, const Node& node, bool wanted) const {
    Condition condition;
    condition.kind = kind;
    if (kind == Kind::leaf) condition.text = text_of(text_, node.span);
    condition.wanted = wanted;
    return condition;
  }

  Condition chain(const Node& node, bool wanted, Value& value) {
    const bool stop = node.op == Op::logical_or;
    Condition condition = begin(stop == wanted ? Kind::any : Kind::all, node, wanted);
    value = !stop;
    for (const NodePtr& child : node.children) {
      Value part;
      condition.children.push_back(explain(*child, wanted, part));
      value = logical(stop, value, part);
    }
    condition.value = value;
    return condition;
  }

  // c ? a : b is (c && a) || (!c && b).
  Condition conditional(const Node& node, bool wanted, Value& value) {
    value = evaluator_.run(node);
    if (!is_truth(value)) return leaf(node, wanted, value);
    Condition condition = begin(Kind::any, node, wanted);
    condition.value = value;
    condition.children.push_back(branch(node, true, wanted));
    condition.children.push_back(branch(node, false, wanted));
    return condition;
  }

  Condition branch(const Node& node, bool yes, bool wanted) {
    const Node& taken = node.child(yes ? 1 : 2);
    Condition condition;
    condition.kind = Kind::all;
    Value guard;
    Value answer;
    condition.children.push_back(explain(node.child(0), yes, guard));
    condition.children.push_back(explain(taken, wanted, answer));
    condition.value = logical(false, yes ? guard : inverted(guard), wanted ? answer : inverted(answer));
    return condition;
  }

  Condition leaf(const Node& node, bool wanted, Value& value) {
    value = evaluator_.run(node);
    Condition condition = begin(Kind::leaf, node, wanted);
    condition.value = value;
    for (Reference& reference : references_of(node, slots_)) condition.seen.push_back(seen(std::move(reference)));
    condition.wanted_text = wanted_text(node, wanted);
    return condition;
  }

  // ">= 2" for `cpu.possible >= 2`: the side that looks at no fact. Where both
  // sides do, or there are no sides, it is the truth that is wanted.
  std::string wanted_text(const Node& node, bool wanted) const {
    const Sign* sign = comparison_of(node.op);
    const bool left = sign != nullptr && !references_of(node.child(0), slots_).empty();
    const bool right = sign != nullptr && !references_of(node.child(1), slots_).empty();
    if (left == right) return wanted ? "true" : "false";
    const std::string_view shown =
        left ? (wanted ? sign->text : sign->negated) : (wanted ? sign->mirrored : sign->both);
    return std::string(shown) + " " + text_of(text_, node.child(left ? 1 : 0).span);
  }

  // Without declarations `a.b.c` may turn out to be the entry `c` of `a.b`.
  Condition::Seen seen(Reference reference) const {
    const Value* fact = lookup(reference.fact);
    std::string name = reference.fact;
    for (auto dot = name.rfind('.'); fact == nullptr && dot != std::string::npos; dot = name.rfind('.')) {
      const std::string key = name.substr(dot + 1);
      name.resize(dot);
      fact = lookup(name);
      if (fact != nullptr) reference = {name, fact->is(Value::Kind::map) ? std::optional(key) : std::nullopt};
    }
    if (fact == nullptr) return {reference, failure("'" + reference.fact + "' has no value")};
    Value value = value_of_entry(*fact, reference);
    return {std::move(reference), std::move(value)};
  }

  const Value* lookup(const std::string& name) const { return bindings_ ? bindings_(name) : nullptr; }

  const Text& text_;
  const std::vector<Slot>& slots_;
  const Bindings& bindings_;
  Evaluator& evaluator_;
};

}  // namespace

Condition explain_node(const Node& root, const Text& text, const std::vector<Slot>& slots, const Bindings& bindings,
                       Evaluator& evaluator) {
  Value value;
  return Explainer(text, slots, bindings, evaluator).explain(root, true, value);
}

}  // namespace harden::cel
