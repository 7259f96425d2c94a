// SPDX-License-Identifier: Apache-2.0
//
// What the verbs that change a host share: the host, the store, the lock, and
// the rule that whoever opens the store for writing settles what is unfinished.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "agent/ctl/common.h"
#include "agent/ctl/state.h"
#include "agent/host/lock.h"
#include "agent/store/store.h"
#include "harden/host_writer.h"
#include "harden/transact.h"

namespace harden::ctl {

struct DeskOption {
  HostOption host;
  StateOption state;
  ClockOption clock;
  void add(CLI::App& command);
};

// Everything that carrying out needs, held open.
class Desk {
 public:
  // Takes the lock, opens the store and settles; says on stderr what that
  // brought to an end. `command` is told to those who wait for the lock.
  static Result<Desk> open(const DeskOption& option, const char* command,
                           std::chrono::milliseconds patience = std::chrono::seconds(10));
  // The same for a verb that needs a transaction: where nothing was ever applied
  // it is Errc::absent, and no store is made.
  static Result<Desk> open_of_applied(const DeskOption& option, const char* command);

  Workbench bench() const { return {*host_, *writer_, *store_}; }
  const std::shared_ptr<const Host>& host() const { return host_; }
  Store& store() const { return *store_; }
  // Now, on that host.
  Moment now() const;

 private:
  Desk() = default;
  std::shared_ptr<const Host> host_;
  std::unique_ptr<HostWriter> writer_;
  std::unique_ptr<Store> store_;
  std::optional<Lock> lock_;
  ClockOption clock_;
};

// For a verb that only looks: whoever notices first that a transaction was cut
// short, or not confirmed in time, settles it. Only as root on the running
// machine, only where there is something to settle, and only where nobody
// holds the lock.
void settle_what_is_due(const Host& host, const DeskOption& option, const char* command);

// What is stuck, or was cut short: a person has to know, whatever they came for.
std::vector<std::string> unsettled(const Journal& journal);

// The same for a verb that only reads; nothing where there is no store.
std::vector<std::string> unsettled(const Host& host, const HostOption& root, const StateOption& state);

// TRANSACTION: its number.
CLI::Option* add_transaction(CLI::App& command, std::int64_t& id);

// Whether this user may change the host looked at; else a complaint.
bool may_change(const DeskOption& option, const char* verb);

}  // namespace harden::ctl
