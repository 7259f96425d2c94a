// SPDX-License-Identifier: Apache-2.0
//
// What a Value may hold besides the plain types of C++.
#pragma once

#include <string>
#include <vector>

#include "harden/result.h"

namespace harden {

struct Null {};

struct Bytes {
  std::string data;
};

// The value of `type(1)`: "int".
struct TypeName {
  std::string name;
};

// A fact that an expression needed and that could not be read.
struct Missing {
  std::string fact;  // "net.ipv6.enabled", `sysctl["net.ipv4.tcp_sack"]`
  Error error;

  friend bool operator==(const Missing&, const Missing&) = default;
};

// Something could not be read. Sorted by fact, never empty.
struct Unknown {
  std::vector<Missing> missing;
};

// Something could not be computed: "no such key: 'x'".
struct EvalError {
  std::string message;
};

}  // namespace harden
