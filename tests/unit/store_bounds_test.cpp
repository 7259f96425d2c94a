// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/sample_transaction.h"

using namespace harden;
using namespace harden::test;

namespace {

struct Fixture {
  TemporaryFolder folder;
  std::string path = (folder.path() / "state.db").string();
  std::unique_ptr<Store> store = opened(path);

  std::int64_t count(const std::string& what) const {
    sqlite3* handle = nullptr;
    std::int64_t found = -1;
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
    REQUIRE(sqlite3_prepare_v2(handle, ("SELECT count(*) FROM " + what).c_str(), -1, &statement, nullptr) == SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW) found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return found;
  }
};

// So many rows in that state, as if each had changed `bytes`.
void fill(const std::string& path, int count, const std::string& state, std::int64_t bytes, bool resolved = false) {
  sql(path, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(count) +
                ") INSERT INTO transactions (state, digest, begun_wall, begun_uptime, begun_boot, ended, uid, note, "
                "resolved, bytes, checksum) SELECT '" +
                state + "', '', 0, 0, '', 0, 0, '', " + (resolved ? "1" : "NULL") + ", " + std::to_string(bytes) +
                ", 0 FROM n");
}

// A file system with very little room; skipped where it cannot be mounted.
class SmallDisk {
 public:
  explicit SmallDisk(const char* options)
      : mounted_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options) == 0) {}
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  void read_only(bool wanted) const {
    unsigned long flags = MS_REMOUNT;
    if (wanted) flags |= MS_RDONLY;
    REQUIRE(::mount(nullptr, folder_.path().c_str(), nullptr, flags, nullptr) == 0);
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  void write(const std::string& name, const std::string& content) const { folder_.write(name, content); }

 private:
  TemporaryFolder folder_;
  bool mounted_;
};

}  // namespace

TEST_CASE("finished transactions beyond the newest thousand are dropped, standing ones never") {
  Fixture fixture;
  REQUIRE(fixture.store->begin(sample_transaction("old")) == 1);
  REQUIRE(fixture.store->begin(sample_transaction("standing")) == 2);
  REQUIRE(fixture.store->move(1, TransactionState::undone, "", 1));
  fill(fixture.path, 1000, "undone", 10);
  fill(fixture.path, 50, "applied", 10);
  fill(fixture.path, 50, "stuck", 10);
  REQUIRE(fixture.store->begin(sample_transaction("new")));
  CHECK(fixture.count("transactions WHERE state = 'undone'") == 1000);
  CHECK(fixture.count("transactions WHERE state IN ('applied', 'stuck')") == 100);
  CHECK(code_of(fixture.store->find(1)) == Errc::absent);
  CHECK(fixture.store->find(2).has_value());
  CHECK(fixture.count("changes WHERE transaction_id = 1") == 0);  // nothing is left of it
  CHECK(fixture.count("transaction_items WHERE transaction_id = 1") == 0);
  CHECK(fixture.count("changes WHERE transaction_id = 2") == 4);
}

TEST_CASE("a stuck one counts as finished once it is resolved") {
  Fixture fixture;
  fill(fixture.path, 1, "stuck", 10, true);
  fill(fixture.path, 1000, "undone", 10);
  REQUIRE(fixture.store->begin(sample_transaction()));
  CHECK(fixture.count("transactions WHERE state = 'stuck'") == 0);
}

TEST_CASE("as many may stand as there is room for; one more is refused, and told how to make room") {
  for (const char* state : {"confirmed", "applied", "stuck", "begun"}) {
    CAPTURE(std::string(state));
    Fixture fixture;
    fill(fixture.path, 999, state, 10);
    const auto last = fixture.store->begin(sample_transaction());
    REQUIRE(last);
    const auto beyond = fixture.store->begin(sample_transaction());
    CHECK(code_of(beyond) == Errc::too_large);
    CHECK(beyond.error().message.find("1000 transactions stand") == 0);
    CHECK(beyond.error().message.find("history ID --resolve") != std::string::npos);
    CHECK(fixture.count("transactions") == 1000);
    REQUIRE(fixture.store->move(*last, TransactionState::undone, "", 1));
    CHECK(fixture.store->begin(sample_transaction()).has_value());
  }
}

TEST_CASE("what stands may hold 256 MiB") {
  Fixture fixture;
  fill(fixture.path, 15, "confirmed", 16 << 20);
  CHECK(fixture.store->begin(sample_transaction()).has_value());
  fill(fixture.path, 1, "confirmed", 16 << 20);
  CHECK(code_of(fixture.store->begin(sample_transaction())) == Errc::too_large);
  fill(fixture.path, 100, "undone", 16 << 20);
  CHECK(code_of(fixture.store->begin(sample_transaction())) == Errc::too_large);
  sql(fixture.path, "UPDATE transactions SET resolved = 1 WHERE id = 1");
  CHECK(fixture.store->begin(sample_transaction()).has_value());
}

TEST_CASE("finished transactions are dropped by the bytes of their changes too") {
  Fixture fixture;
  fill(fixture.path, 10, "undone", 10 << 20);
  fill(fixture.path, 10, "confirmed", 10 << 20);
  REQUIRE(fixture.store->begin(sample_transaction()));
  CHECK(fixture.count("transactions WHERE state = 'undone'") == 6);  // 64 MiB
  CHECK(fixture.count("transactions WHERE state = 'confirmed'") == 10);
}

TEST_CASE("a transaction that is too large is refused, and leaves everything as it was") {
  Fixture fixture;
  Transaction many = sample_transaction();
  many.changes.resize(kMostChanges + 1);
  Transaction large = sample_transaction();
  large.changes[0].after = std::string(kMostChangeBytes, 'x');
  Transaction wordy = sample_transaction();
  wordy.changes[1].path = std::string(kMostText + 1, 'x');
  Transaction noted = sample_transaction();
  noted.note = std::string(kMostText + 1, 'x');
  for (const Transaction& transaction : {many, large, wordy, noted}) {
    CHECK(code_of(fixture.store->begin(transaction)) == Errc::too_large);
  }
  CHECK(fixture.count("transactions") == 0);
  CHECK(fixture.count("changes") == 0);
}

TEST_CASE("a transaction as large as may be is kept whole") {
  Fixture fixture;
  Transaction wanted = sample_transaction();
  const std::size_t half = kMostChangeBytes / 2 - 4096;
  wanted.changes[0].before = std::string(half, 'b');
  wanted.changes[0].after = std::string(half, '\0');
  wanted.changes.resize(kMostChanges, {});
  const auto id = fixture.store->begin(wanted);
  REQUIRE_MESSAGE(id.has_value(), describe(id.error()));
  wanted.id = *id;
  CHECK(fixture.store->find(*id) == wanted);
}

TEST_CASE("a full disk is an error, and everything is as before") {
  const SmallDisk disk("size=256k");
  if (!disk.mounted()) return;
  const std::string path = disk.path("state.db");
  const auto store = opened(path);
  REQUIRE(store->begin(sample_transaction()) == 1);
  Transaction large = sample_transaction();
  large.changes[0].after = std::string(1 << 20, 'x');
  CHECK(code_of(store->begin(large)) == Errc::failed);
  CHECK(store->begin(large).error().message.find("No space left on device; make room") != std::string::npos);
  const auto standing = store->standing();
  REQUIRE(standing);
  CHECK(standing->size() == 1);
  CHECK(standing->front().changes == sample_transaction().changes);
}

TEST_CASE("a disk too full for a new store leaves nothing behind") {
  const SmallDisk disk("size=16k");
  if (!disk.mounted()) return;
  disk.write("fill", std::string(8192, 'x'));
  CHECK(code_of(open_store(disk.path("state.db"))) == Errc::failed);
  CHECK_FALSE(std::filesystem::exists(disk.path("state.db")));
  CHECK(std::distance(std::filesystem::directory_iterator(disk.path("")), {}) == 1);
}

TEST_CASE("on a read-only file system a store can be read, not written or made") {
  const SmallDisk disk("size=4m");
  if (!disk.mounted()) return;
  const std::string path = disk.path("state.db");
  REQUIRE(opened(path)->begin(sample_transaction()) == 1);
  disk.read_only(true);
  CHECK(code_of(open_store(path)) == Errc::denied);
  CHECK(code_of(open_store(disk.path("other.db"))) == Errc::denied);
  CHECK(code_of(open_store(disk.path("folder/other.db"))) == Errc::denied);
  const auto reader = open_store_for_reading(path);
  REQUIRE_MESSAGE(reader.has_value(), describe(reader.error()));
  CHECK((*reader)->standing()->size() == 1);
}

TEST_CASE("a disk that becomes read-only under an open store is an error, not a loss") {
  const SmallDisk disk("size=4m");
  if (!disk.mounted()) return;
  const std::string path = disk.path("state.db");
  REQUIRE(opened(path)->begin(sample_transaction()) == 1);
  {
    const auto reader = open_store_for_reading(path);  // holds nothing open for writing
    REQUIRE(reader);
    disk.read_only(true);
    CHECK((*reader)->find(1).has_value());
  }
  disk.read_only(false);
  CHECK(opened(path)->begin(sample_transaction()) == 2);
}
