// SPDX-License-Identifier: Apache-2.0
//
// Carrying a plan out, and taking it back. The journal has the whole
// transaction before the first write; whatever happens then, the host is
// brought back to all-before or all-after, or the transaction is stuck because
// somebody else wrote in between, and what they wrote is left alone.
//
// The caller holds the writers' lock around every one of these calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harden/host.h"
#include "harden/host_writer.h"
#include "harden/journal.h"
#include "harden/plan.h"

namespace harden {

// Everything that carrying out needs; the parts must outlive it.
struct Workbench {
  const Host& host;
  HostWriter& writer;
  Journal& journal;
};

// This moment on a host: its boot id and uptime, and the wall clock given.
Moment moment_of(const Host& host, std::int64_t wall);

// How a transaction ended, or stands.
struct Outcome {
  std::int64_t id = 0;
  TransactionState state = TransactionState::begun;
  std::string note;                  // why it was undone or is stuck; "" where all went well
  std::vector<std::string> changed;  // what was written, by `Change::what`
  std::vector<std::string> left{};   // what an undo does not bring back, in sentences
};

struct ApplyOptions {
  std::optional<std::int64_t> confirm_within;  // seconds
  std::uint32_t uid = 0;
};

// Carries a plan out. `confirmed`, or with confirm_within `applied`; `undone`
// or `stuck` where something went wrong on the way, with the reason. An error
// where nothing was begun: the plan has conflicts, another transaction waits
// for its confirmation or is stuck on the same places, the journal cannot be
// written.
Result<Outcome> apply(const Plan& plan, const Workbench& bench, const Moment& now, const ApplyOptions& options = {});

// Keeps a transaction that waits for its confirmation. Errc::invalid where it
// does not wait, or no longer does.
Result<Outcome> confirm(std::int64_t id, const Workbench& bench, const Moment& now);

// Takes a transaction back: what is as we left it becomes what it was before,
// what is so already is left. What is neither somebody else wrote: it is left
// alone, the rest is taken back all the same, and the transaction is `stuck`
// until a person has looked. With `force` that is overwritten too. After
// another boot the runtime values are what the kernel and the files made them:
// only those are taken back that our own files set again. A folder that was
// made goes where nothing else is in it. An unloaded module is not loaded
// again, for that would be running code: `left` says so.
// Errc::invalid where it is undone already, or a later transaction stands on
// the same places.
Result<Outcome> undo(std::int64_t id, const Workbench& bench, const Moment& now, bool force = false);

// Brings every unfinished transaction to an end: one that was cut short, or
// whose time to be confirmed is over, is undone. To be called by whoever opens
// the store for writing.
Result<std::vector<Outcome>> settle(const Workbench& bench, const Moment& now);

// Whether the time to confirm is over. After another boot with a clock that
// stands before its beginning, it is.
bool is_overdue(const Transaction& transaction, const Moment& now);

// Seconds that are left to confirm; 0 where it is overdue or needs none.
std::int64_t seconds_left(const Transaction& transaction, const Moment& now);

// A change of ours that no longer holds, or will not at the next boot.
struct Drift {
  std::int64_t transaction = 0;
  Change change;
  bool holds_now = false;
  // Who has another last word at the next boot: "/etc/sysctl.conf:3 says 1
  // (procps)", or "cannot be told: …"; "" where nobody has.
  std::string next_boot;
  Result<std::optional<std::string>> now;  // what is there instead, or why it cannot be told
};

// What the standing transactions wrote and the host no longer has. Of several
// that changed one place the last one counts. Runtime values are looked at
// after a reboot too: whoever applies the files should have set them again.
Result<std::vector<Drift>> find_drift(const Host& host, const Journal& journal);

// What a place of a change holds now.
Result<std::optional<std::string>> content_of(const Host& host, Layer layer, const std::string& path);

}  // namespace harden
