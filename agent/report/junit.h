// SPDX-License-Identifier: Apache-2.0
//
// JUnit's XML, as build servers read it (github.com/testmoapp/junitxml).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harden/finding.h"

namespace harden::junit {

// How a test ended; any but `passed` with an element of its own.
enum class Outcome { passed, failure, error, skipped };

// Texts may hold anything.
struct Case {
  std::string classname;
  std::string name;
  Outcome outcome = Outcome::passed;
  std::string type;     // of a failure or an error
  std::string message;  // one line
  std::string body;     // what a person reads behind it
};

std::string document(std::string_view suite, const HostSummary& host, const std::vector<Case>& cases);

}  // namespace harden::junit
