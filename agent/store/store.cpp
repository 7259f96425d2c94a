// SPDX-License-Identifier: Apache-2.0
#include "agent/store/store.h"

#include "agent/store/transactions.h"

namespace harden {

Store::Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Store::~Store() = default;

Result<std::int64_t> Store::begin(const Transaction& transaction) {
  return insert_transaction(*database_, transaction);
}

Result<> Store::move(std::int64_t id, TransactionState state, const std::string& note, std::int64_t wall) {
  return move_transaction(*database_, id, state, note, wall);
}

Result<> Store::resolve(std::int64_t id, const std::string& note, std::int64_t wall) {
  return resolve_transaction(*database_, id, note, wall);
}

Result<Transaction> Store::find(std::int64_t id) const { return find_transaction(*database_, id); }

Result<std::vector<Transaction>> Store::newest(std::size_t most) const { return newest_transactions(*database_, most); }

Result<std::vector<Transaction>> Store::standing() const { return standing_transactions(*database_); }

// sqlite.org/pragma.html, "data_version"
Result<std::int64_t> Store::version() const { return database_->number("PRAGMA data_version"); }

}  // namespace harden
