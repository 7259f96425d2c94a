// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <vector>

#include "agent/cel/code.h"
#include "agent/cel/evaluator.h"

namespace harden::cel {

// Writes down what every subexpression comes to, but for literals.
class Recorder : public Observer {
 public:
  explicit Recorder(const Text& text) : text_(text) {}

  void enter(const Node& node) override;
  void leave(const Node& node, const Value& value) override;
  void begin_round(const Node& node) override;
  void end_round(const Node& node) override;

  std::vector<Step> take() { return std::move(steps_); }

 private:
  const Text& text_;
  int depth_ = 0;
  int muted_ = 0;                      // rounds too many that we are within
  std::map<const Node*, int> rounds_;  // of each macro, over the whole trace
  std::vector<Step> steps_;
};

}  // namespace harden::cel
