// SPDX-License-Identifier: Apache-2.0
//
// The journal: what was done to the host, written down before it is done. A
// transaction is a plan being carried out; it can be taken back as long as
// the journal has it.
//
//   begun ──▶ applied ──▶ confirmed
//     │          │            │
//     └──────────┴────────────┴──▶ undoing ──▶ undone
//                                     └──────▶ stuck   (somebody else wrote in between)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harden/change.h"
#include "harden/result.h"

namespace harden {

enum class TransactionState { begun, applied, confirmed, undoing, undone, stuck };

std::string_view to_string(TransactionState state);
std::optional<TransactionState> transaction_state_from(std::string_view word);

// A point in time that survives a clock which jumps: within one boot the time
// since boot counts, between boots only the wall clock is left.
struct Moment {
  std::int64_t wall = 0;    // seconds since 1970, UTC
  std::int64_t uptime = 0;  // seconds since boot, suspend included (CLOCK_BOOTTIME)
  std::string boot_id;      // /proc/sys/kernel/random/boot_id

  friend bool operator==(const Moment&, const Moment&) = default;
};

struct Transaction {
  // What a transaction carries out: "ip6mr-sk-done", "boot-without-ipv6".
  struct Item {
    std::string policy;
    std::string remedy;

    friend bool operator==(const Item&, const Item&) = default;
  };

  std::int64_t id = 0;  // given by the journal, from 1 on, never used again
  TransactionState state = TransactionState::begun;
  std::string digest;  // of the plan
  std::vector<Item> items;
  std::vector<Change> changes;  // in the order in which they are made
  Moment begun;
  std::optional<std::int64_t> confirm_within;  // seconds from `begun`; nothing: needs no confirmation
  std::int64_t ended = 0;                      // wall clock of the last change of state
  std::uint32_t uid = 0;                       // who asked for it
  std::string note;                            // why it was undone or is stuck; a sentence, may be empty
  std::optional<std::int64_t> resolved;        // when a person said that it is settled

  friend bool operator==(const Transaction&, const Transaction&) = default;
};

// Where transactions are kept. What a call reports as done survives a power
// cut from then on. An error leaves the journal as it was.
class Journal {
 public:
  virtual ~Journal() = default;

  // Writes a new transaction down, whole, in state `begun`; gives its id.
  virtual Result<std::int64_t> begin(const Transaction& transaction) = 0;

  // Moves a transaction to another state. Errc::absent where there is none.
  virtual Result<> move(std::int64_t id, TransactionState state, const std::string& note, std::int64_t wall) = 0;

  // Notes that a person has settled a stuck one, or means a confirmed one to
  // stay for good: neither stands any more. Errc::invalid in any other state.
  // `move` makes it stand again.
  virtual Result<> resolve(std::int64_t id, const std::string& note, std::int64_t wall) = 0;

  // One transaction with its changes. Errc::absent where there is none.
  virtual Result<Transaction> find(std::int64_t id) const = 0;

  // The newest first, at most `most`, with their changes.
  virtual Result<std::vector<Transaction>> newest(std::size_t most) const = 0;

  // Those that matter to what comes next, oldest first: begun, undoing,
  // applied, and confirmed and stuck ones that nobody has resolved.
  virtual Result<std::vector<Transaction>> standing() const = 0;
};

}  // namespace harden
