// SPDX-License-Identifier: Apache-2.0
//
// Which of many fixed words stand in a line, in one walk over its bytes
// (Aho and Corasick), letters of either case alike. Most lines of a log hold
// none, and are done with there.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace harden::crash {

class Anchors {
 public:
  // Words of at least one byte, each with the flags it stands for.
  explicit Anchors(const std::vector<std::pair<std::string, std::uint8_t>>& words);

  // The flags of all words in the text, or'ed.
  std::uint8_t in(std::string_view text) const;

 private:
  using State = std::uint32_t;

  void spell(std::string_view word, std::uint8_t flags);
  void link();
  State& next(State from, std::uint8_t letter) { return next_[from * letters_ + letter]; }

  std::array<std::uint8_t, 256> letter_{};  // of each byte; 0: in no word
  std::uint32_t letters_ = 1;
  std::vector<State> next_;
  std::vector<std::uint8_t> flags_;  // of the words that end in each state
};

}  // namespace harden::crash
