// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace harden {

// SHA-256 (FIPS 180-4) over a row of texts, each led by its length, so that
// no two different rows are one text.
class Digest {
 public:
  Digest();
  ~Digest();

  void add(std::string_view text);
  // 64 hex digits; starts anew.
  std::string take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace harden
