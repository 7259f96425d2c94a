// SPDX-License-Identifier: Apache-2.0
//
// Stores that were damaged on purpose: what is read back is what was written,
// or an error that says what to do. Never a crash, never a new store.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/support/sample_transaction.h"

using namespace harden;
using namespace harden::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPage = 4096;

struct Damaged {
  TemporaryFolder folder;
  std::string path = (folder.path() / "state.db").string();
  std::string whole;

  Damaged() {
    {
      const auto store = opened(path);
      for (const char* word : {"1", "2", "3"}) REQUIRE(store->begin(sample_transaction(word)));
      Transaction long_one = sample_transaction("4");
      long_one.changes[1].after = std::string(3 * kPage, 'x');  // has pages of its own
      REQUIRE(store->begin(long_one));
      REQUIRE(store->move(2, TransactionState::applied, "applied", 1));
      REQUIRE(add_waiver(*store, sample_waiver(), 1));
    }
    std::ifstream file(path, std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(file), {});
    REQUIRE(whole.size() % kPage == 0);
  }

  void put(const std::string& content) const {
    for (const char* ending : {"-wal", "-shm"}) fs::remove(path + ending);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  }
};

// What may change without notice is only what no checksum is over.
bool as_written(const Transaction& transaction) {
  Transaction wanted = sample_transaction(transaction.digest.substr(7));
  if (transaction.id == 4) wanted.changes[1].after = std::string(3 * kPage, 'x');
  return transaction.digest == wanted.digest && transaction.items == wanted.items &&
         transaction.changes == wanted.changes && transaction.begun == wanted.begun &&
         transaction.confirm_within == wanted.confirm_within && transaction.uid == wanted.uid;
}

bool all_as_written(const Result<std::vector<Transaction>>& transactions) {
  return !transactions || std::ranges::all_of(*transactions, as_written);
}

struct Tally {
  int refused = 0;  // on opening
  int errors = 0;   // later
  int unharmed = 0;
};

void look(const Result<std::unique_ptr<Store>>& store, Tally& tally) {
  if (!store) {
    ++tally.refused;
    CHECK(store.error().code != Errc::absent);
    CHECK_FALSE(store.error().message.empty());
    return;
  }
  const auto standing = (*store)->standing();
  const auto newest = (*store)->newest(10);
  const auto waived = waivers(**store);
  CHECK(all_as_written(standing));
  CHECK(all_as_written(newest));
  const bool good = standing && newest && waived && standing->size() == 4;
  ++(good ? tally.unharmed : tally.errors);
}

// Opened for reading, then for writing, and written to.
void try_both(const std::string& path, Tally& tally) {
  look(open_store_for_reading(path), tally);
  const auto store = open_store(path);
  look(store, tally);
  if (!store) return;
  const auto id = (*store)->begin(sample_transaction("5"));
  if (!id) return;
  (void)(*store)->move(*id, TransactionState::undone, "", 1);
  (void)remove_waiver(**store, "ip6mr-sk-done");
}

}  // namespace

TEST_CASE("whatever byte is wrong, nothing wrong is read") {
  const Damaged store;
  Tally tally;
  for (std::size_t offset = 0; offset < store.whole.size(); offset += offset < 128 ? 1 : 89) {
    CAPTURE(offset);
    std::string content = store.whole;
    content[offset] = static_cast<char>(content[offset] ^ (offset % 2 == 0 ? 0xff : 1 << (offset % 8)));
    store.put(content);
    try_both(store.path, tally);
  }
  MESSAGE("refused ", tally.refused, ", errors ", tally.errors, ", unharmed ", tally.unharmed);
  CHECK(tally.refused > 100);
  CHECK(tally.errors > 20);
  CHECK(tally.unharmed > 20);  // free space, and what only a writer looks at
}

TEST_CASE("a store cut short anywhere is refused, and says what to do") {
  const Damaged store;
  std::vector<std::size_t> lengths{0, 1, 15, 16, 99, 100, 511, 512, 4095};
  for (std::size_t length = kPage; length < store.whole.size(); length += kPage) {
    lengths.insert(lengths.end(), {length, length + 1, length + kPage - 1});
  }
  for (const std::size_t length : lengths) {
    CAPTURE(length);
    store.put(store.whole.substr(0, length));
    for (const auto& opening : {open_store(store.path), open_store_for_reading(store.path)}) {
      if (opening) {  // for reading, the missing page is met later
        CHECK(code_of((*opening)->newest(10)) == Errc::malformed);
        continue;
      }
      CHECK(opening.error().code == Errc::malformed);
      CHECK(opening.error().place == store.path);
      CHECK(opening.error().message.find("move it aside") != std::string::npos);
    }
    CHECK(fs::file_size(store.path) == length);
  }
}

TEST_CASE("garbage of any kind is refused and left alone") {
  const Damaged store;
  std::string header_only = store.whole.substr(0, 100) + std::string(3 * kPage - 100, '\xa5');
  for (const std::string& content : {std::string("hello"), std::string(100'000, '\0'), std::string(100'000, '\xff'),
                                     std::string("SQLite format 3"), header_only}) {
    store.put(content);
    const auto opening = open_store(store.path);
    REQUIRE_FALSE(opening.has_value());
    const bool expected = opening.error().code == Errc::malformed || opening.error().code == Errc::invalid;
    CHECK(expected);
    CHECK(fs::file_size(store.path) == content.size());
  }
}

TEST_CASE("a damaged page in the middle is malformed") {
  const Damaged store;
  int noticed = 0;
  for (std::size_t page = 1; page < store.whole.size() / kPage; ++page) {
    std::string content = store.whole;
    std::ranges::fill(content.begin() + static_cast<std::ptrdiff_t>(page * kPage),
                      content.begin() + static_cast<std::ptrdiff_t>((page + 1) * kPage), '\x5a');
    store.put(content);
    const auto opening = open_store(store.path);
    const auto read = opening ? (*opening)->newest(10) : Result<std::vector<Transaction>>();
    if (!opening) CHECK(opening.error().code == Errc::malformed);
    if (opening && !read) CHECK(read.error().code == Errc::malformed);
    noticed += !opening || !read ? 1 : 0;
  }
  CHECK(noticed == static_cast<int>(store.whole.size() / kPage) - 1);
}

constexpr const char* kManyChanges =
    "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
    "INSERT INTO changes SELECT 1, i, 'file', '', '', NULL, NULL FROM n";

TEST_CASE("values that were never written are malformed, not believed") {
  const Damaged store;
  for (const std::string statement : {
           "UPDATE transactions SET state = 'done'",
           "UPDATE transactions SET state = ''",
           "UPDATE transactions SET begun_wall = -1",
           "UPDATE transactions SET uid = 4294967296",
           "UPDATE transactions SET uid = 1001",
           "UPDATE transactions SET confirm_within = -300",
           "UPDATE transactions SET ended = -1",
           "UPDATE transactions SET checksum = -1",
           "UPDATE transactions SET digest = 'other'",
           "UPDATE transactions SET note = hex(zeroblob(40000))",
           "PRAGMA foreign_keys=0; UPDATE transactions SET id = -id",
           "UPDATE changes SET layer = 'kernel'",
           "UPDATE changes SET before = x'31' WHERE place = 1",
           "UPDATE changes SET before = NULL WHERE place = 0",
           "UPDATE changes SET after = zeroblob(20000000) WHERE place = 0",
           "UPDATE changes SET path = '/etc/shadow'",
           "UPDATE changes SET place = 9 - place",
           "DELETE FROM changes WHERE place = 3",
           "DELETE FROM transaction_items",
           "UPDATE changes SET after = zeroblob(40000000) WHERE place = 0",
           kManyChanges,
       }) {
    CAPTURE(statement);
    store.put(store.whole);
    sql(store.path, statement);
    const auto opening = open_store(store.path);
    REQUIRE(opening);
    CHECK(code_of((*opening)->newest(10)) == Errc::malformed);
    CHECK(code_of((*opening)->standing()) == Errc::malformed);
    CHECK(waivers(**opening).has_value());  // what is not concerned is still had
  }
}

TEST_CASE("tables of another shape are malformed") {
  const Damaged store;
  for (const std::string statement :
       {"DROP TABLE changes", "ALTER TABLE transactions RENAME COLUMN state TO status",
        "DROP TABLE transactions; CREATE VIEW transactions AS SELECT 1 AS id",
        "DROP TABLE changes; CREATE TABLE changes (transaction_id, place, layer, path, what, before, after); INSERT "
        "INTO changes VALUES (1, 0, 'file', 7, 8, 'text', 1.5)"}) {
    CAPTURE(statement);
    store.put(store.whole);
    sql(store.path, statement);
    const auto opening = open_store(store.path);
    if (opening) {
      CHECK(code_of((*opening)->newest(10)) == Errc::malformed);
    } else {
      CHECK(opening.error().code == Errc::malformed);
    }
  }
}

TEST_CASE("waivers that were never written are malformed") {
  const Damaged store;
  for (const std::string statement :
       {"UPDATE waivers SET until = -1", "UPDATE waivers SET added = -1", "UPDATE waivers SET policy = ''",
        "UPDATE waivers SET reason = ' '", "UPDATE waivers SET owner = hex(zeroblob(40000))", "DROP TABLE waivers"}) {
    CAPTURE(statement);
    store.put(store.whole);
    sql(store.path, statement);
    const auto opening = open_store_for_reading(store.path);
    REQUIRE(opening);
    CHECK(code_of(waivers(**opening)) == Errc::malformed);
    CHECK((*opening)->newest(10).has_value());
  }
}

TEST_CASE("a log left behind by a writer that died is read, whole or up to its damage") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "state.db").string();
  const auto writer = opened(path);
  for (const char* word : {"1", "2", "3"}) REQUIRE(writer->begin(sample_transaction(word)));
  const TemporaryFolder other;
  const std::string copy = (other.path() / "state.db").string();
  std::ifstream file(path + "-wal", std::ios::binary);
  const std::string log{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(log.size() > 3 * kPage);
  const auto look_at_copy = [&](const std::string& content) {
    fs::remove(copy + "-shm");
    fs::copy_file(path, copy, fs::copy_options::overwrite_existing);
    std::ofstream(copy + "-wal", std::ios::binary | std::ios::trunc) << content;
    const auto reader = open_store_for_reading(copy);
    const auto read = reader ? (*reader)->newest(10) : Result<std::vector<Transaction>>();
    CHECK(all_as_written(read));
    return reader && read ? read->size() : 0;
  };
  CHECK(look_at_copy(log) == 3);
  CHECK(opened(copy)->newest(10)->size() == 3);
  for (std::size_t offset = 0; offset < log.size(); offset += offset < 64 ? 1 : 661) {
    CAPTURE(offset);
    std::string content = log;
    content[offset] = static_cast<char>(content[offset] ^ 0xff);
    look_at_copy(content);
    look_at_copy(log.substr(0, offset));
  }
}
