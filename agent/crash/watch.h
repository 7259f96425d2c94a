// SPDX-License-Identifier: Apache-2.0
//
// Patterns a caller watches for, many at a time: the words that must stand in
// a match are looked for first, and the patterns tried where one does.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <re2/set.h>

namespace harden::crash {

class Watch {
 public:
  Watch() = default;
  // Patterns that RE2 refuses are left out; policies have been checked before.
  explicit Watch(const std::vector<std::string>& patterns);

  // Of which one stands in every line that matches, in lower case.
  const std::vector<std::string>& words() const { return words_; }
  // Whether a line without any of them may match too.
  bool every_line() const { return every_line_; }
  bool matches(std::string_view message) const;

 private:
  std::unique_ptr<re2::RE2::Set> set_;
  std::vector<std::string> words_;
  bool every_line_ = false;
};

}  // namespace harden::crash
