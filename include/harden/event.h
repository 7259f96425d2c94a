// SPDX-License-Identifier: Apache-2.0
//
// An event: something the daemon saw or did, told once, in order. Ids only
// grow, also across restarts, so that a reader can say which it had last.
#pragma once

#include <cstdint>
#include <string>

namespace harden {

struct Event {
  std::uint64_t id = 0;   // from 1 on; 0: not yet given
  std::int64_t time = 0;  // milliseconds since 1970, UTC
  std::string type;       // "finding.appeared", "drift", "engine", "crash", "transaction", "events.lost", ...
  std::string data;       // one JSON object, on one line

  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace harden
