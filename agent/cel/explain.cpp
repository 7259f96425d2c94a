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

// A condition before it is put into words: most of it is never asked for.
struct Sketch {
  Kind kind = Kind::leaf;
  const Node* node = nullptr;  // of a leaf
  bool wanted = true;
  Value value;
  std::vector<Sketch> children;
};

enum class Extent { whole, to_decider };

// Takes an expression apart and evaluates its parts: all of them, or as far as
// what decides.
class Sketcher {
 public:
  Sketcher(Evaluator& evaluator, Extent extent) : evaluator_(evaluator), extent_(extent) {}

  // `value` becomes that of the node itself; the sketch's own may be that of
  // what a `!` stands before.
  Sketch sketch(const Node& node, bool wanted, Value& value) {
    if (node.op == Op::logical_not) {
      Sketch inner = sketch(node.child(0), !wanted, value);
      value = inverted(value);
      return inner;
    }
    if (node.op == Op::logical_and || node.op == Op::logical_or) return chain(node, wanted, value);
    value = evaluator_.run(node);
    if (node.op == Op::conditional && is_truth(value)) return conditional(node, wanted, value);
    return {Kind::leaf, &node, wanted, value, {}};
  }

 private:
  Sketch chain(const Node& node, bool wanted, Value& value) {
    const bool stop = node.op == Op::logical_or;
    Sketch whole{stop == wanted ? Kind::any : Kind::all, nullptr, wanted, {}, {}};
    whole.children.reserve(node.children.size());
    value = !stop;
    for (const NodePtr& child : node.children) {
      Value part;
      whole.children.push_back(sketch(*child, wanted, part));
      value = logical(stop, value, part);
      const bool decided = value.is(Value::Kind::boolean) && value.boolean() == stop;
      if (decided && extent_ == Extent::to_decider) break;
    }
    whole.value = value;
    return whole;
  }

  // c ? a : b is (c && a) || (!c && b).
  Sketch conditional(const Node& node, bool wanted, const Value& value) {
    Sketch whole{Kind::any, nullptr, wanted, value, {}};
    whole.children.push_back(branch(node, true, wanted));
    whole.children.push_back(branch(node, false, wanted));
    return whole;
  }

  Sketch branch(const Node& node, bool yes, bool wanted) {
    Value guard;
    Value answer;
    Sketch both{Kind::all, nullptr, true, {}, {}};
    both.children.push_back(sketch(node.child(0), yes, guard));
    both.children.push_back(sketch(node.child(yes ? 1 : 2), wanted, answer));
    both.value = logical(false, yes ? guard : inverted(guard), wanted ? answer : inverted(answer));
    return both;
  }

  Evaluator& evaluator_;
  Extent extent_;
};

// Puts a sketch into words.
class Writer {
 public:
  Writer(const Text& text, const std::vector<Slot>& slots, const Bindings& bindings)
      : text_(text), slots_(slots), bindings_(bindings) {}

  Condition write(Sketch& sketch) const {
    Condition condition;
    condition.kind = sketch.kind;
    condition.wanted = sketch.wanted;
    condition.value = std::move(sketch.value);
    for (Sketch& child : sketch.children) condition.children.push_back(write(child));
    if (sketch.kind == Kind::leaf) describe(*sketch.node, condition);
    return condition;
  }

 private:
  void describe(const Node& leaf, Condition& condition) const {
    condition.text = text_of(text_, leaf.span);
    for (Reference& reference : references_of(leaf, slots_)) condition.seen.push_back(seen(std::move(reference)));
    condition.wanted_text = wanted_text(leaf, condition.wanted);
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
};

// Whether a part helped the whole to `value`: it was wanted to be true below
// an even number of `!`, and came to that.
bool came_to(const Sketch& part, bool value) {
  return part.value.is(Value::Kind::boolean) && (part.value.boolean() == part.wanted) == value;
}

// Only what came to `value` itself can have decided: a leaf of a part that
// came to the opposite has not, whatever its own value is.
Sketch* find_decider(Sketch& part, bool value) {
  if (!came_to(part, value)) return nullptr;
  if (part.kind == Kind::leaf) return &part;
  for (Sketch& child : part.children) {
    if (Sketch* found = find_decider(child, value)) return found;
  }
  return nullptr;
}

}  // namespace

Condition explain_node(const Node& root, const Text& text, const std::vector<Slot>& slots, const Bindings& bindings,
                       Evaluator& evaluator) {
  Value value;
  Sketch sketch = Sketcher(evaluator, Extent::whole).sketch(root, true, value);
  return Writer(text, slots, bindings).write(sketch);
}

Decision decide_node(const Node& root, const Text& text, const std::vector<Slot>& slots, const Bindings& bindings,
                     Evaluator& evaluator) {
  Decision decision;
  Sketch sketch = Sketcher(evaluator, Extent::to_decider).sketch(root, true, decision.value);
  if (!decision.value.is(Value::Kind::boolean)) return decision;
  Sketch* decider = find_decider(sketch, decision.value.boolean());
  if (decider != nullptr) decision.decider = Writer(text, slots, bindings).write(*decider);
  return decision;
}

}  // namespace harden::cel
