// SPDX-License-Identifier: Apache-2.0
//
// The diagnostics of one expression, and where its bytes stand in a file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harden/cel.h"

namespace harden::cel {

class Places {
 public:
  Places(std::string_view source, const Origin& origin);

  Position at(std::size_t offset) const;
  const std::string& file() const { return origin_.file; }

 private:
  Origin origin_;
  std::vector<std::size_t> lines_;  // where each begins
};

class Mistakes {
 public:
  explicit Mistakes(const Places& places) : places_(places) {}

  // What comes after the first twenty helps nobody and is dropped.
  void add(std::size_t offset, std::string message, std::string hint = {});

  bool empty() const { return found_.empty(); }
  Diagnostics take();  // in the order of their positions

 private:
  const Places& places_;
  std::vector<std::pair<std::size_t, Diagnostic>> found_;
};

// "did you mean 'WORD'?" for the nearest of `known`, or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace harden::cel
