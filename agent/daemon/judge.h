// SPDX-License-Identifier: Apache-2.0
//
// What the worker knows of the host: policies, waivers, facts, and the report
// they make. Nothing here changes anything but itself.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/daemon/sighting.h"
#include "agent/engine/standing.h"
#include "harden/collector.h"
#include "harden/finding.h"
#include "harden/host.h"
#include "harden/policy.h"
#include "harden/waiver.h"

namespace harden::daemon {

inline constexpr const char* kWaiverFiles = "/etc/hardend/waivers.d";

class Judge {
 public:
  explicit Judge(std::shared_ptr<const Host> host) : host_(std::move(host)) {}

  // Of two policies with one id that of the later folder counts. A folder that
  // is not there is passed over, if it is not the first.
  void load_policies(const std::vector<std::string>& folders);
  // The files' and these.
  void load_waivers(const std::vector<Waiver>& stored);
  // Collects everything that policies and plans look at, one collector after
  // the other; `between` is called after each, for what cannot wait.
  void collect(const std::function<void()>& between);
  // `now`: seconds since 1970, for waivers.
  void evaluate(std::int64_t now);
  // What may have changed with a sighting.
  Changed changed_by(const Sighting& sighting) const;
  // Collects what changed, and judges again what depends on it.
  void refresh(Changed changed, std::int64_t now);
  // The same report with its waivers held against the clock again.
  void waive(std::int64_t now);

  // None of these is null once everything above was called.
  const std::shared_ptr<const std::vector<Policy>>& policies() const { return policies_; }
  const Diagnostics& policy_mistakes() const { return policy_mistakes_; }
  const std::shared_ptr<const Facts>& facts() const { return facts_; }
  const std::shared_ptr<const CheckReport>& report() const { return report_; }
  const std::vector<Waiver>& waivers() const { return waivers_; }
  const Diagnostics& waiver_mistakes() const { return waiver_mistakes_; }
  std::chrono::microseconds evaluation() const { return evaluation_; }

 private:
  void publish(std::chrono::steady_clock::time_point start);

  std::shared_ptr<const Host> host_;
  std::shared_ptr<const std::vector<Policy>> policies_;
  Diagnostics policy_mistakes_;
  Wanted wanted_;
  std::shared_ptr<const Facts> facts_;
  std::unique_ptr<Standing> standing_;
  std::shared_ptr<const CheckReport> report_;
  std::vector<Waiver> waivers_;
  Diagnostics waiver_mistakes_;
  std::chrono::microseconds evaluation_{};
};

}  // namespace harden::daemon
