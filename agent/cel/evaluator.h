// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/cel/ast.h"
#include "agent/cel/budget.h"
#include "agent/cel/code.h"
#include "harden/cel.h"

namespace harden::cel {

// Told what every subexpression comes to.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void enter(const Node& node) = 0;
  virtual void leave(const Node& node, const Value& value) = 0;
  // Around each round of a comprehension.
  virtual void begin_round(const Node& node) = 0;
  virtual void end_round(const Node& node) = 0;
};

class Evaluator {
 public:
  Evaluator(const std::vector<Slot>& slots, const Limits& limits, const Bindings& bindings,
            Observer* observer = nullptr)
      : slots_(slots), bindings_(bindings), budget_(limits), observer_(observer), known_(slots.size()) {}

  // The value of a whole expression, or the error that it is too dear.
  Value run(const Node& node);
  // The value of a name, or nullptr where it has none.
  const Value* lookup(std::size_t slot);

 private:
  struct Item {
    Value first;
    Value second;
  };
  struct Tally;

  Value evaluate(const Node& node);
  Value dispatch(const Node& node);

  Value variable(const Node& node);
  Value fields(Value value, const Node& node, std::size_t from, std::size_t to);
  Value presence(const Node& node);
  Value presence_of_path(const Node& path);
  Value call(const Node& node);
  Value chain(const Node& node);
  Value conditional(const Node& node);
  Value list(const Node& node);
  Value map(const Node& node);

  Value comprehension(const Node& node);
  bool round(const Node& node, const Item& item, Tally& tally);
  bool judge(const Node& node, const Item& item, Tally& tally);
  bool gather(const Node& node, const Item& item, Tally& tally);
  Value answer(const Node& node, Tally& tally);

  const std::vector<Slot>& slots_;
  const Bindings& bindings_;
  Budget budget_;
  Observer* observer_;
  std::vector<std::optional<const Value*>> known_;
  std::vector<Value> locals_;
};

}  // namespace harden::cel
