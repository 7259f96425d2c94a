// SPDX-License-Identifier: Apache-2.0
#include "agent/store/transactions.h"

#include <algorithm>
#include <limits>

#include "agent/store/schema.h"
#include "agent/store/store.h"

namespace harden {
namespace {

const RegisterStep registered({1, R"sql(
  CREATE TABLE transactions (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    state          TEXT NOT NULL,
    digest         TEXT NOT NULL,
    begun_wall     INTEGER NOT NULL,
    begun_uptime   INTEGER NOT NULL,
    begun_boot     TEXT NOT NULL,
    confirm_within INTEGER,
    ended          INTEGER NOT NULL,
    uid            INTEGER NOT NULL,
    note           TEXT NOT NULL,
    resolved       INTEGER,
    bytes          INTEGER NOT NULL,  -- of its changes
    checksum       INTEGER NOT NULL   -- of everything that never changes
  ) STRICT;
  CREATE INDEX transactions_state ON transactions (state, id);
  CREATE TABLE transaction_items (
    transaction_id INTEGER NOT NULL REFERENCES transactions (id) ON DELETE CASCADE,
    place          INTEGER NOT NULL,
    policy         TEXT NOT NULL,
    remedy         TEXT NOT NULL,
    PRIMARY KEY (transaction_id, place)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE changes (
    transaction_id INTEGER NOT NULL REFERENCES transactions (id) ON DELETE CASCADE,
    place          INTEGER NOT NULL,
    layer          TEXT NOT NULL,
    path           TEXT NOT NULL,
    what           TEXT NOT NULL,
    before         BLOB,              -- NULL: not there
    after          BLOB,
    PRIMARY KEY (transaction_id, place)
  ) STRICT;
)sql"});

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// A clock before 1970 must not stop an undo.
std::int64_t from_1970(std::int64_t wall) { return std::max<std::int64_t>(wall, 0); }

Result<> absent(const Database& database, std::int64_t id) {
  return fail(Errc::absent, "there is no transaction " + std::to_string(id), database.path());
}

Result<> drop_finished(const Database& database) {
  Statement drop(database, R"sql(
    DELETE FROM transactions WHERE id IN (
      SELECT id FROM (
        SELECT id, row_number() OVER newest AS place, total(bytes) OVER newest AS size FROM transactions
        WHERE state = 'undone' OR (state IN ('stuck', 'confirmed') AND resolved IS NOT NULL)
        WINDOW newest AS (ORDER BY id DESC))
      WHERE place > ? OR size > ?))sql");
  return drop.bind(std::int64_t{kMostFinished}).bind(std::int64_t{kMostFinishedBytes}).finish();
}

// What stands is needed for an undo, so it is the new one that has to wait.
Result<> check_room(const Database& database, const Transaction& transaction) {
  Statement select(database, R"sql(
    SELECT count(*), total(bytes) <= ? FROM transactions
    WHERE NOT (state = 'undone' OR (state IN ('stuck', 'confirmed') AND resolved IS NOT NULL)))sql");
  const auto left = static_cast<std::int64_t>(kMostStandingBytes - bytes_of(transaction));
  const auto row = select.bind(left).step();
  if (!row) return std::unexpected(row.error());
  const auto count = static_cast<std::size_t>(select.integer(0, kMost));
  const bool fits = select.integer(0, 1) == 1;
  if (!select.sound()) return std::unexpected(database.damaged("the number of its transactions"));
  if (count < kMostStanding && fits) return {};
  return fail(
      Errc::too_large,
      std::to_string(count) + " transactions stand, and the store holds " + std::to_string(kMostStanding) + " or " +
          std::to_string(kMostStandingBytes >> 20U) +
          " MiB of them: undo some, or say of those that are to stay for good hardenctl history ID --resolve HOW",
      database.path());
}

Result<std::int64_t> insert_head(const Database& database, const Transaction& transaction) {
  Statement insert(database, R"sql(
    INSERT INTO transactions (state, digest, begun_wall, begun_uptime, begun_boot, confirm_within, ended, uid, note,
                              bytes, checksum)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql");
  insert.bind(to_string(TransactionState::begun)).bind(std::string_view(transaction.digest));
  insert.bind(transaction.begun.wall).bind(transaction.begun.uptime).bind(std::string_view(transaction.begun.boot_id));
  insert.bind(transaction.confirm_within).bind(from_1970(transaction.ended)).bind(std::int64_t{transaction.uid});
  insert.bind(std::string_view(transaction.note)).bind(static_cast<std::int64_t>(bytes_of(transaction)));
  insert.bind(std::int64_t{checksum_of(transaction)});
  if (auto done = insert.finish(); !done) return std::unexpected(done.error());
  return sqlite3_last_insert_rowid(database.handle());
}

Result<> insert_items(const Database& database, std::int64_t id, const Transaction& transaction) {
  Statement insert(database, "INSERT INTO transaction_items VALUES (?, ?, ?, ?)");
  std::int64_t place = 0;
  for (const Transaction::Item& item : transaction.items) {
    insert.bind(id).bind(place++).bind(std::string_view(item.policy)).bind(std::string_view(item.remedy));
    if (auto done = insert.finish(); !done) return done;
    insert.reset();
  }
  return {};
}

Result<> insert_changes(const Database& database, std::int64_t id, const Transaction& transaction) {
  Statement insert(database, "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)");
  std::int64_t place = 0;
  for (const Change& change : transaction.changes) {
    insert.bind(id).bind(place++).bind(to_string(change.layer)).bind(std::string_view(change.path));
    insert.bind(std::string_view(change.what)).bind_bytes(change.before).bind_bytes(change.after);
    if (auto done = insert.finish(); !done) return done;
    insert.reset();
  }
  return {};
}

Result<> read_items(const Database& database, Transaction& transaction) {
  Statement select(database, "SELECT policy, remedy FROM transaction_items WHERE transaction_id = ? ORDER BY place");
  select.bind(transaction.id);
  for (;;) {
    const auto row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    std::string policy = select.text(kMostText);
    transaction.items.push_back({std::move(policy), select.text(kMostText)});
    if (!select.sound() || transaction.items.size() > kMostChanges) {
      return std::unexpected(database.damaged("an item of transaction " + std::to_string(transaction.id)));
    }
  }
}

Result<> read_changes(const Database& database, Transaction& transaction) {
  Statement select(database,
                   "SELECT layer, path, what, before, after FROM changes WHERE transaction_id = ? ORDER BY place");
  select.bind(transaction.id);
  for (;;) {
    const auto row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    Change change;
    change.layer = select.word<Layer>(layer_from);
    change.path = select.text(kMostText);
    change.what = select.text(kMostText);
    change.before = select.bytes(kMostChangeBytes);
    change.after = select.bytes(kMostChangeBytes);
    transaction.changes.push_back(std::move(change));
    if (!select.sound() || transaction.changes.size() > kMostChanges) {
      return std::unexpected(database.damaged("a change of transaction " + std::to_string(transaction.id)));
    }
  }
}

// The head of a transaction and its checksum; nothing where there is none.
Result<std::optional<std::uint32_t>> read_head(const Database& database, Transaction& transaction) {
  Statement select(database, R"sql(
    SELECT state, digest, begun_wall, begun_uptime, begun_boot, confirm_within, ended, uid, note, resolved, checksum
    FROM transactions WHERE id = ?)sql");
  const auto row = select.bind(transaction.id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  constexpr std::int64_t kMost32 = std::numeric_limits<std::uint32_t>::max();
  transaction.state = select.word<TransactionState>(transaction_state_from);
  transaction.digest = select.text(kMostText);
  transaction.begun.wall = select.integer(0, kMost);
  transaction.begun.uptime = select.integer(0, kMost);
  transaction.begun.boot_id = select.text(kMostText);
  transaction.confirm_within = select.maybe_integer(0, kMost);
  transaction.ended = select.integer(0, kMost);
  transaction.uid = static_cast<std::uint32_t>(select.integer(0, kMost32));
  transaction.note = select.text(kMostText);
  transaction.resolved = select.maybe_integer(0, kMost);
  const auto checksum = static_cast<std::uint32_t>(select.integer(0, kMost32));
  if (!select.sound()) return std::unexpected(database.damaged("transaction " + std::to_string(transaction.id)));
  return checksum;
}

Result<Transaction> read_transaction(const Database& database, std::int64_t id) {
  Transaction transaction;
  transaction.id = id;
  const auto checksum = read_head(database, transaction);
  if (!checksum) return std::unexpected(checksum.error());
  if (!*checksum) return std::unexpected(absent(database, id).error());
  if (auto done = read_items(database, transaction); !done) return std::unexpected(done.error());
  if (auto done = read_changes(database, transaction); !done) return std::unexpected(done.error());
  if (checksum_of(transaction) == **checksum) return transaction;
  return std::unexpected(database.damaged("transaction " + std::to_string(id) + " is not as it was written"));
}

// The transactions whose ids a statement gives, all of one moment.
Result<std::vector<Transaction>> read_all(const Database& database, Statement& ids) {
  const auto moment = Work::snapshot(database);
  if (!moment) return std::unexpected(moment.error());
  std::vector<Transaction> all;
  for (;;) {
    const auto row = ids.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return all;
    const std::int64_t id = ids.integer(1, kMost);
    if (!ids.sound()) return std::unexpected(database.damaged("the number of a transaction"));
    auto transaction = read_transaction(database, id);
    if (!transaction) return std::unexpected(transaction.error());
    all.push_back(std::move(*transaction));
  }
}

// What `begin` writes, with its numbers as they can be.
Transaction presentable(Transaction transaction) {
  transaction.begun.wall = from_1970(transaction.begun.wall);
  transaction.begun.uptime = std::max<std::int64_t>(transaction.begun.uptime, 0);
  if (transaction.confirm_within) transaction.confirm_within = std::max<std::int64_t>(*transaction.confirm_within, 0);
  return transaction;
}

}  // namespace

Result<std::int64_t> insert_transaction(const Database& database, const Transaction& given) {
  if (auto good = check_bounds(given); !good) return std::unexpected(good.error());
  const Transaction transaction = presentable(given);
  auto work = Work::begin(database);
  if (!work) return std::unexpected(work.error());
  if (auto done = drop_finished(database); !done) return std::unexpected(done.error());
  if (auto room = check_room(database, transaction); !room) return std::unexpected(room.error());
  const auto id = insert_head(database, transaction);
  if (!id) return id;
  if (auto done = insert_items(database, *id, transaction); !done) return std::unexpected(done.error());
  if (auto done = insert_changes(database, *id, transaction); !done) return std::unexpected(done.error());
  if (auto done = work->commit(); !done) return std::unexpected(done.error());
  return id;
}

Result<> move_transaction(const Database& database, std::int64_t id, TransactionState state, const std::string& note,
                          std::int64_t wall) {
  if (note.size() > kMostText) return fail(Errc::too_large, "the note is too long");
  Statement update(database, "UPDATE transactions SET state = ?, note = ?, ended = ?, resolved = NULL WHERE id = ?");
  update.bind(to_string(state)).bind(std::string_view(note)).bind(from_1970(wall)).bind(id);
  if (auto done = update.finish(); !done) return done;
  return sqlite3_changes64(database.handle()) == 1 ? Result<>() : absent(database, id);
}

Result<> resolve_transaction(const Database& database, std::int64_t id, const std::string& note, std::int64_t wall) {
  if (note.size() > kMostText) return fail(Errc::too_large, "the note is too long");
  Statement update(database,
                   "UPDATE transactions SET resolved = ?, note = ? WHERE id = ? AND state IN ('stuck', 'confirmed')");
  update.bind(from_1970(wall)).bind(std::string_view(note)).bind(id);
  if (auto done = update.finish(); !done) return done;
  if (sqlite3_changes64(database.handle()) == 1) return {};
  Statement there(database, "SELECT 1 FROM transactions WHERE id = ?");
  const auto row = there.bind(id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return absent(database, id);
  return fail(Errc::invalid, "transaction " + std::to_string(id) + " is neither stuck nor confirmed", database.path());
}

Result<Transaction> find_transaction(const Database& database, std::int64_t id) {
  const auto moment = Work::snapshot(database);
  if (!moment) return std::unexpected(moment.error());
  return read_transaction(database, id);
}

Result<std::vector<Transaction>> newest_transactions(const Database& database, std::size_t most) {
  Statement ids(database, "SELECT id FROM transactions ORDER BY id DESC LIMIT ?");
  ids.bind(static_cast<std::int64_t>(std::min<std::size_t>(most, std::numeric_limits<std::int32_t>::max())));
  return read_all(database, ids);
}

Result<std::vector<Transaction>> standing_transactions(const Database& database) {
  Statement ids(database, R"sql(
    SELECT id FROM transactions
    WHERE NOT (state = 'undone' OR (state IN ('stuck', 'confirmed') AND resolved IS NOT NULL)) ORDER BY id)sql");
  return read_all(database, ids);
}

}  // namespace harden
