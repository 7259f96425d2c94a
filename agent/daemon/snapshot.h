// SPDX-License-Identifier: Apache-2.0
//
// What the daemon knows at one time. A snapshot never changes once it is
// published; readers hold one for as long as they like.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harden/crash_book.h"
#include "harden/facts.h"
#include "harden/finding.h"
#include "harden/policy.h"
#include "harden/transact.h"
#include "harden/waiver.h"

namespace harden::daemon {

struct Snapshot {
  std::uint64_t generation = 0;  // grows by one with every snapshot of this process
  std::int64_t time = 0;         // milliseconds since 1970, UTC: when it was published
  std::shared_ptr<const std::vector<Policy>> policies;
  Diagnostics policy_mistakes;  // of policy files that count for nothing
  std::shared_ptr<const Facts> facts;
  std::shared_ptr<const CheckReport> report;  // of all policies, waivers applied
  std::vector<Waiver> waivers;                // from the store and from files
  Diagnostics waiver_mistakes;
  std::vector<Transaction> standing;  // oldest first
  std::vector<Drift> drifts;
  std::vector<std::string> contested;  // changes of ours that somebody keeps undoing, as "net.ipv4.tcp_sack"
  std::shared_ptr<const std::vector<KeptCrash>> crashes;  // on record, the newest first
  std::string store_trouble;                              // why the store could not be read; "" where it could
  std::chrono::microseconds evaluation{};                 // how long the last evaluation took
  std::int64_t evaluated = 0;                             // milliseconds since 1970: the last one of all policies
};

}  // namespace harden::daemon
