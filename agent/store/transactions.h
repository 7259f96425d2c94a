// SPDX-License-Identifier: Apache-2.0
//
// The tables of transactions; what harden/journal.h promises, on a database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/store/database.h"
#include "harden/journal.h"

namespace harden {

Result<std::int64_t> insert_transaction(const Database& database, const Transaction& transaction);
Result<> move_transaction(const Database& database, std::int64_t id, TransactionState state, const std::string& note,
                          std::int64_t wall);
Result<> resolve_transaction(const Database& database, std::int64_t id, const std::string& note, std::int64_t wall);
Result<Transaction> find_transaction(const Database& database, std::int64_t id);
Result<std::vector<Transaction>> newest_transactions(const Database& database, std::size_t most);
Result<std::vector<Transaction>> standing_transactions(const Database& database);

// What is wrong with a transaction that is to be written down: Errc::too_large
// beyond the limits of store.h.
Result<> check_bounds(const Transaction& transaction);

// The bytes of its changes, as they count against those limits.
std::size_t bytes_of(const Transaction& transaction);

// Over everything that does not change after `begin`. SQLite notices damaged
// pages, not damaged values, and an undo writes these values to the host.
std::uint32_t checksum_of(const Transaction& transaction);

}  // namespace harden
