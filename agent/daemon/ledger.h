// SPDX-License-Identifier: Apache-2.0
//
// The store as the worker uses it: open for as long as it is sound, the writers'
// lock around every change, and what stands remembered, also where hardenctl
// has changed it without asking.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/daemon/clock.h"
#include "agent/store/store.h"
#include "harden/host.h"
#include "harden/host_writer.h"
#include "harden/transact.h"

namespace harden::daemon {

// The machine that is looked after, and where its state is kept.
struct Place {
  std::shared_ptr<const Host> host;
  std::shared_ptr<HostWriter> writer;
  std::string state;  // a folder: state.db and the events; it must be there
  bool live = true;   // the running machine, whose mounts say what may be written
};

class Ledger {
 public:
  using Work = std::function<Result<Outcome>(const Workbench& bench, const Moment& now)>;

  Ledger(Place place, Clock clock) : place_(std::move(place)), clock_(std::move(clock)) {}

  // The store, opened again where it was lost.
  Result<Store*> store();

  // Brings to an end what was cut short or is overdue, if this process may
  // write there; says what that did.
  Result<std::vector<Outcome>> settle();

  // Settles, then does the work, holding the lock. Errc::unavailable with the
  // holder where somebody else has it for longer than `patience`.
  Result<Outcome> change(const Work& work, std::chrono::milliseconds patience);

  // Errc::denied where the place of a change is mounted read-only for this
  // process: then nothing is begun, for it could not be taken back either.
  Result<> may_write(const std::vector<Change>& changes) const;

  // What stands, oldest first, as it was at the last `refresh` or change.
  const std::vector<Transaction>& standing() const { return standing_; }
  // Reads it again, unless nobody has written since.
  void refresh();
  // Transactions whose state is another one than when it was last asked.
  std::vector<Transaction> take_moved();
  // Why the store cannot be read; "" where it can.
  const std::string& trouble() const { return trouble_; }

  Moment now() const;

 private:
  Result<> settle(const Workbench& bench, std::vector<Outcome>& outcomes);
  bool anything_unfinished() const;
  void read_standing();

  Place place_;
  Clock clock_;
  std::unique_ptr<Store> store_;
  std::int64_t version_ = -1;
  bool known_ = false;  // whether standing_ was ever read
  std::vector<Transaction> standing_;
  std::vector<Transaction> moved_;
  std::string trouble_;
};

}  // namespace harden::daemon
