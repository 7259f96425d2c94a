// SPDX-License-Identifier: Apache-2.0
//
// What hardend remembers, in one SQLite file: transactions (this class),
// waivers (agent/store/waivers.h), and what later files of this folder add.
//
// The file is in WAL mode and every commit is synced, so what a call reports
// as done survives a power cut. Nothing of it is trusted when it is read back.
// A store may be used by one thread at a time; several stores, of one process
// or of many, may have the same file open.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "harden/journal.h"

namespace harden {

class Database;

// What a transaction may hold; more is Errc::too_large.
inline constexpr std::size_t kMostChanges = 10'000;
inline constexpr std::size_t kMostChangeBytes = std::size_t{16} << 20;  // paths, befores and afters together
inline constexpr std::size_t kMostText = std::size_t{64} << 10;         // of a path, a note, a reason

// Finished transactions (undone, or resolved) that are kept: the newest, as far
// as both numbers reach.
inline constexpr std::size_t kMostFinished = 1000;
inline constexpr std::size_t kMostFinishedBytes = std::size_t{64} << 20;

// Those that stand hold what an undo needs, so they are never dropped: a new
// one beyond these is Errc::too_large, and the message says what to do.
inline constexpr std::size_t kMostStanding = 1000;
inline constexpr std::size_t kMostStandingBytes = std::size_t{256} << 20;

class Store : public Journal {
 public:
  explicit Store(std::unique_ptr<Database> database);
  ~Store() override;

  // Drops finished transactions that are too many.
  Result<std::int64_t> begin(const Transaction& transaction) override;
  Result<> move(std::int64_t id, TransactionState state, const std::string& note, std::int64_t wall) override;
  Result<> resolve(std::int64_t id, const std::string& note, std::int64_t wall) override;
  Result<Transaction> find(std::int64_t id) const override;
  Result<std::vector<Transaction>> newest(std::size_t most) const override;
  Result<std::vector<Transaction>> standing() const override;

  // Another number whenever somebody else has committed to the store since.
  Result<std::int64_t> version() const;

  // For the other files of this folder.
  Database& database() const { return *database_; }

 private:
  std::unique_ptr<Database> database_;
};

// Opens the store, and makes it (0600; its folder, where that alone is missing,
// 0700) where there is none. `patience`: how long a call waits for another
// writer. The errors of this and of every call on a store:
//   denied       no permission, a read-only file system
//   timeout      somebody else has it locked
//   malformed    damaged, truncated, not a database, or holding what never was
//                written; the message says what to do
//   invalid      another program's database, a symbolic link, not a file
//   unsupported  written by a newer hardend
//   failed       the disk is full or broken
Result<std::unique_ptr<Store>> open_store(const std::string& path,
                                          std::chrono::milliseconds patience = std::chrono::seconds(5));

// For reading alone: makes nothing, changes nothing (a write is Errc::denied).
// Errc::absent where there is no store. A reader that may not write beside the
// store is served as long as no writer has it open, and otherwise where SQLite
// can (sqlite.org/wal.html, "Read-Only Databases").
Result<std::unique_ptr<Store>> open_store_for_reading(const std::string& path,
                                                      std::chrono::milliseconds patience = std::chrono::seconds(5));

}  // namespace harden
