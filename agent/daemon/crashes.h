// SPDX-License-Identifier: Apache-2.0
//
// Crashes as the daemon comes upon them: what earlier boots left, at start and
// when one of those places changes, and what the kernel prints while it runs.
// Each occasion is told once, also over restarts, for the store has it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/daemon/clock.h"
#include "agent/store/store.h"
#include "harden/crash_book.h"
#include "harden/host.h"
#include "harden/policy.h"

namespace harden::daemon {

class Crashes {
 public:
  using Tell = std::function<void(std::string type, std::string data)>;
  using Kept = std::shared_ptr<const std::vector<KeptCrash>>;

  // Events are `crash`, an occasion that is new, and `crash.warning`, messages
  // that come before a known crash which did not follow.
  Crashes(std::shared_ptr<const Host> host, Clock clock, Tell tell)
      : host_(std::move(host)), clock_(std::move(clock)), tell_(std::move(tell)) {}

  // Reads every place where kernels leave what they said. What cannot be read
  // is said in the log, once for each reason.
  void scan(Store& store, const std::vector<Policy>& policies);

  // What the kernel has just printed, records of /dev/kmsg with their prefixes.
  void take(std::string_view records, Store& store, const std::vector<Policy>& policies);

  // Reads the book again, which others write too. Never null.
  void recall(Store& store);
  const Kept& kept() const { return kept_; }
  const std::vector<Strike>& strikes() const { return strikes_; }

 private:
  void complain(const Error& error);

  std::shared_ptr<const Host> host_;
  Clock clock_;
  Tell tell_;
  Kept kept_ = std::make_shared<const std::vector<KeptCrash>>();
  std::vector<Strike> strikes_;
  std::vector<std::string> complaints_;  // that were made already
  std::vector<std::string> warned_;      // of which warnings were told: "SOURCE POLICY"
};

}  // namespace harden::daemon
