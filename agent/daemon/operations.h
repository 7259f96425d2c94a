// SPDX-License-Identifier: Apache-2.0
//
// What the API may ask of the daemon. Reading is answered from the snapshot at
// once; what touches the host or the store is done by the worker, one after
// another, and answered on the I/O thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/answer/service.h"
#include "agent/daemon/snapshot.h"
#include "harden/collector.h"
#include "harden/event.h"
#include "harden/plan.h"
#include "harden/result.h"

namespace harden::daemon {

// Who asks for a change, for the journal and the audit trail.
struct Caller {
  uid_t uid = 0;
  pid_t pid = 0;
};

// Carried out only if the plan made now has this digest and nobody's consent
// is missing. Errc::invalid with the plan where not, so that the caller can look again.
struct ApplyOrder {
  PlanRequest request;
  std::string digest;
  bool accept_impact = false;
  bool accept_irreversible = false;
  std::optional<std::int64_t> confirm_within;  // seconds
};

struct Applied {
  Plan plan;
  Outcome outcome;
  std::string refused;    // why nothing was begun; "" where it was
  bool moved_on = false;  // refused because the digest is another one now
};

template <typename T>
using Done = std::function<void(Result<T>)>;

class Operations {
 public:
  virtual ~Operations() = default;

  // Null until the first evaluation is done.
  virtual std::shared_ptr<const Snapshot> snapshot() const = 0;
  // How the daemon itself fares, now.
  virtual answer::Service service() const = 0;

  // Every call below is answered exactly once. A queue that is full answers
  // Errc::unavailable at once.
  virtual void evaluate(Done<std::shared_ptr<const Snapshot>> done) = 0;
  // These facts as they are now, whether or not a policy looks at them.
  virtual void facts(Wanted wanted, Done<Facts> done) = 0;
  virtual void plan(PlanRequest request, Done<Plan> done) = 0;
  virtual void apply(ApplyOrder order, Caller caller, Done<Applied> done) = 0;
  virtual void confirm(std::int64_t id, Caller caller, Done<Outcome> done) = 0;
  virtual void undo(std::int64_t id, bool force, Caller caller, Done<Outcome> done) = 0;
  virtual void resolve(std::int64_t id, std::string note, Caller caller, Done<Outcome> done) = 0;
  virtual void add_waiver(Waiver waiver, Caller caller, Done<Waiver> done) = 0;
  // Gives the files that waive it all the same ("/etc/hardend/waivers.d/x.toml, ..."), or "".
  // Errc::absent where the store has none, with the nearest one or those files named.
  virtual void remove_waiver(std::string policy, Caller caller, Done<std::string> done) = 0;
  // Errc::absent where there is no such crash on record.
  virtual void acknowledge(std::string fingerprint, Caller caller, Done<void> done) = 0;
  virtual void history(std::size_t most, Done<std::vector<Transaction>> done) = 0;
  virtual void transaction(std::int64_t id, Done<Transaction> done) = 0;

  // The events after `id` that are still kept, oldest first, at most `most`.
  // Where some before them are gone, the first is an `events.lost` that says
  // which. An id that was never given is one from another life of this host:
  // all of them.
  virtual std::vector<Event> events_after(std::uint64_t id, std::size_t most) const = 0;
  // Tells every new event on the I/O thread until `unsubscribe`.
  virtual std::uint64_t subscribe(std::function<void(const Event&)> listener) = 0;
  virtual void unsubscribe(std::uint64_t subscription) = 0;
  virtual std::uint64_t last_event() const = 0;
};

}  // namespace harden::daemon
