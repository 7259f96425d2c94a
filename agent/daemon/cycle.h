// SPDX-License-Identifier: Apache-2.0
//
// What the worker does: collect, evaluate, publish; look again at what was
// sighted; carry out what is asked for; put back what drifted. It has no thread
// of its own and waits for nothing but the host: whoever has it calls it, from
// one thread, and at `due`.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/daemon/clock.h"
#include "agent/daemon/config.h"
#include "agent/daemon/crashes.h"
#include "agent/daemon/event_log.h"
#include "agent/daemon/guard.h"
#include "agent/daemon/judge.h"
#include "agent/daemon/ledger.h"
#include "agent/daemon/operations.h"
#include "agent/daemon/sighting.h"
#include "agent/store/verdicts.h"

namespace harden::daemon {

class Cycle {
 public:
  using Publish = std::function<void(std::shared_ptr<const Snapshot>)>;

  // `events` must outlive it.
  Cycle(const Place& place, Clock clock, EventLog& events, std::shared_ptr<const Config> config, Publish publish);

  // Settles what a sudden end has left, and looks at everything. What was told
  // before is not told again.
  void start();
  // Policies, waivers, the whole host. `between` is called often, for what
  // cannot wait.
  void sweep(const std::function<void()>& between = [] {});
  // Takes note: tells drift and puts it back at once, remembers what is to be
  // looked at again.
  void sight(const std::vector<Sighting>& sightings);
  void reconfigure(const std::shared_ptr<const Config>& config);

  // When `on_time` is to be called next.
  std::optional<BootTime> due() const;
  // Does what is due, if anything is.
  void on_time(const std::function<void()>& between = [] {});

  Result<Facts> facts(const Wanted& wanted) const;
  Result<Plan> plan(const PlanRequest& request);
  Result<Applied> apply(const ApplyOrder& order, const Caller& caller);
  Result<Outcome> confirm(std::int64_t id, const Caller& caller);
  Result<Outcome> undo(std::int64_t id, bool force, const Caller& caller);
  Result<Outcome> resolve(std::int64_t id, const std::string& note, const Caller& caller);
  Result<Waiver> add_waiver(const Waiver& waiver, const Caller& caller);
  Result<std::string> remove_waiver(const std::string& policy, const Caller& caller);
  Result<> acknowledge(const std::string& fingerprint, const Caller& caller);
  Result<std::vector<Transaction>> history(std::size_t most);
  Result<Transaction> transaction(std::int64_t id);

  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }

 private:
  // What is to be looked at again, and since when.
  struct Dirt {
    Changed changed;             // these facts
    std::set<std::string> keys;  // the sysctls that `changed` is of
    bool host = false;           // all of them
    bool policies = false;
    bool waivers = false;
    bool drift = false;
    bool crashes = false;  // places where kernels leave what they said
    BootTime first{};
    BootTime last{};
    bool any() const { return host || policies || waivers || drift || crashes || !changed.facts.empty(); }
  };

  void tell(std::string type, std::string data);
  bool may_say_drift();
  void note(const Sighting& sighting);
  void doubt(const Sighting& sighting);
  void read_policies();
  void read_waivers();
  void look_again(const std::function<void()>& between);
  void look_at_host(const std::function<void()>& between);
  void look_at_what_stands();
  // Publishes what is known now, and tells how it differs from what was told.
  void conclude();
  std::vector<Drift> drifts();
  void scan_crashes();
  void recall_crashes();
  std::shared_ptr<const CheckReport> report_with_strikes() const;
  void tell_differences();
  void remember_what_was_told();
  void recall_standing();
  void tell_transactions();
  void settle();
  std::optional<BootTime> standing_due() const;

  void put_back();
  void put_back(Guard::Ours& ours, const Workbench& bench);
  void enforce();

  // What somebody asks for, and what a transaction is once it is done.
  struct Doing {
    const char* name;
    std::vector<TransactionState> wanted;
  };
  Result<Outcome> carry_out(const Ledger::Work& work, const Doing& doing, std::int64_t id, const Caller& caller);
  Result<Outcome> begin(const Plan& plan, const ApplyOptions& options, const Caller& caller);

  Place place_;
  Clock clock_;
  EventLog& events_;
  std::shared_ptr<const Config> config_;
  Publish publish_;
  Ledger ledger_;
  Judge judge_;
  Guard guard_;
  Crashes crashes_;
  std::vector<KeptVerdict> told_;  // by policy
  bool told_kept_ = false;         // the store has them so
  Dirt dirt_;
  struct Lines {
    BootTime until{};
    int left = 0;
  };
  Lines drift_lines_;  // what the journal is still told of drift
  BootTime next_sweep_{};
  std::map<std::string, Fight> attempts_;  // to apply unasked, by policy
  std::shared_ptr<const Snapshot> snapshot_;
  std::uint64_t generation_ = 0;
  std::int64_t evaluated_ = 0;
};

}  // namespace harden::daemon
