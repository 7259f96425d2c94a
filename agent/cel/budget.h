// SPDX-License-Identifier: Apache-2.0
//
// What one evaluation may still cost. Once it is spent everything comes to an
// error, so that the evaluation ends soon; `&&` and `||` cannot hide it.
#pragma once

#include <cstddef>
#include <string>

#include "harden/cel.h"
#include "harden/value.h"

namespace harden::cel {

class Budget {
 public:
  explicit Budget(const Limits& limits) : limits_(limits) {}

  // Takes that many steps; false when they are not there.
  bool spend(std::size_t steps);
  // Takes the steps for looking at so many bytes.
  bool scan(std::size_t bytes) { return spend(bytes / 32); }
  // Whether a string or list of so many bytes may be built; `allows` takes the
  // steps for it as well.
  bool fits(std::size_t bytes);
  bool allows(std::size_t bytes);
  // Whether a value is small enough, counting shared parts as often as they
  // are mentioned; so nothing that is built can be much larger than it looks.
  bool allows(const Value& value);

  bool spent() const { return !reason_.empty(); }
  Value error() const { return EvalError{reason_}; }

 private:
  bool weigh(const Value& value, std::size_t& bytes, int depth);

  const Limits& limits_;
  std::size_t steps_ = 0;
  std::string reason_;
};

}  // namespace harden::cel
