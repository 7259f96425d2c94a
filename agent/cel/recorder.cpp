// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/recorder.h"

namespace harden::cel {
namespace {

constexpr int kMostRounds = 100;
constexpr std::size_t kMostSteps = 10'000;
constexpr std::size_t kLongestText = 240;  // bytes

std::string shortened(std::string text) {
  if (text.size() <= kLongestText) return text;
  std::size_t end = kLongestText;
  while ((static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;
  text.resize(end);
  return text + "...";
}

}  // namespace

void Recorder::enter(const Node&) { ++depth_; }

void Recorder::leave(const Node& node, const Value& value) {
  --depth_;
  if (muted_ > 0 || node.op == Op::literal || steps_.size() >= kMostSteps) return;
  steps_.push_back({depth_, shortened(text_of(text_, node.span)), text_.places.at(node.span.begin), value});
}

// Rounds are counted for each macro over the whole trace: a macro within a
// macro would otherwise tell a hundred times a hundred.
void Recorder::begin_round(const Node& node) {
  if (++rounds_[&node] > kMostRounds) ++muted_;
}

void Recorder::end_round(const Node& node) {
  if (rounds_[&node] > kMostRounds) --muted_;
}

}  // namespace harden::cel
