// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/anchors.h"

#include <deque>

namespace harden::crash {

namespace {

unsigned char lower(char c) { return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); }

}  // namespace

Anchors::Anchors(const std::vector<std::pair<std::string, std::uint8_t>>& words) {
  for (const auto& [word, flags] : words) {
    for (const char c : word) {
      if (letter_[lower(c)] == 0) letter_[lower(c)] = static_cast<std::uint8_t>(letters_++);
    }
  }
  for (char c = 'A'; c <= 'Z'; ++c) letter_[static_cast<unsigned char>(c)] = letter_[lower(c)];
  next_.assign(letters_, 0);
  flags_.assign(1, 0);
  for (const auto& [word, flags] : words) spell(word, flags);
  link();
}

void Anchors::spell(std::string_view word, std::uint8_t flags) {
  State state = 0;
  for (const char c : word) {
    const std::uint8_t letter = letter_[lower(c)];
    if (next(state, letter) == 0) {
      next(state, letter) = static_cast<State>(flags_.size());
      next_.resize(next_.size() + letters_, 0);
      flags_.push_back(0);
    }
    state = next(state, letter);
  }
  flags_[state] |= flags;
}

// Breadth first: a state that lacks a letter goes where the longest end of
// what it has read, that is itself the beginning of a word, would go.
void Anchors::link() {
  std::vector<State> fallback(flags_.size(), 0);
  std::deque<State> waiting = {0};
  while (!waiting.empty()) {
    const State state = waiting.front();
    waiting.pop_front();
    for (std::uint32_t number = 1; number < letters_; ++number) {
      const auto letter = static_cast<std::uint8_t>(number);
      const State shorter = state == 0 ? 0 : next(fallback[state], letter);
      State& target = next(state, letter);
      if (target == 0) {
        target = shorter;
        continue;
      }
      fallback[target] = shorter;
      flags_[target] |= flags_[shorter];
      waiting.push_back(target);
    }
  }
}

std::uint8_t Anchors::in(std::string_view text) const {
  const State* const table = next_.data();
  State state = 0;
  std::uint8_t flags = 0;
  for (const char c : text) {
    state = table[state * letters_ + letter_[static_cast<unsigned char>(c)]];
    flags = static_cast<std::uint8_t>(flags | flags_[state]);
  }
  return flags;
}

}  // namespace harden::crash
