// SPDX-License-Identifier: Apache-2.0
//
// What a daemon says of itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace harden::answer {

// Something that is watched, and whether it is.
struct Watcher {
  enum class State { watching, absent, failed };  // absent: there is nothing of the kind on this host
  std::string name;                               // "sysctl", "engine", "kmsg"
  State state = State::watching;
  std::string note;  // why not, or what was lost; may be empty
};

struct Service {
  std::string mode;        // "report" or "enforce"
  std::int64_t since = 0;  // milliseconds since 1970, UTC: when it started
  std::vector<Watcher> watchers;
  std::vector<std::string> troubles;  // sentences: a configuration that was not taken, a queue that is full
};

}  // namespace harden::answer
