// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "tests/support/sample_transaction.h"

using namespace harden;
using namespace harden::test;

namespace {

struct Fixture {
  TemporaryFolder folder;
  std::string path = (folder.path() / "state.db").string();
  std::unique_ptr<Store> store = opened(path);

  std::int64_t begin(const std::string& word = "1") {
    const auto id = store->begin(sample_transaction(word));
    REQUIRE(id);
    return *id;
  }
  void reopen() {
    store.reset();
    store = opened(path);
  }
};

std::vector<std::int64_t> ids(const Result<std::vector<Transaction>>& transactions) {
  REQUIRE(transactions);
  std::vector<std::int64_t> all;
  for (const Transaction& transaction : *transactions) all.push_back(transaction.id);
  return all;
}

using Ids = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a transaction comes back as it was written, from another opening too") {
  Fixture fixture;
  Transaction wanted = sample_transaction();
  wanted.id = fixture.begin();
  CHECK(wanted.id == 1);
  CHECK(fixture.store->find(1) == wanted);
  fixture.reopen();
  CHECK(fixture.store->find(1) == wanted);
  const auto reader = open_store_for_reading(fixture.path);
  REQUIRE(reader);
  CHECK((*reader)->find(1) == wanted);
}

TEST_CASE("what begin is given of another state, id or resolution is not kept") {
  Fixture fixture;
  Transaction given = sample_transaction();
  given.id = 77;
  given.state = TransactionState::stuck;
  given.resolved = 5;
  REQUIRE(fixture.store->begin(given) == 1);
  const auto found = fixture.store->find(1);
  REQUIRE(found);
  CHECK(found->state == TransactionState::begun);
  CHECK_FALSE(found->resolved);
}

TEST_CASE("a transaction without items, changes, deadline and words is one too") {
  Fixture fixture;
  Transaction wanted;
  const auto id = fixture.store->begin(wanted);
  REQUIRE(id);
  wanted.id = *id;
  CHECK(fixture.store->find(*id) == wanted);
}

TEST_CASE("a clock before 1970 stops nothing") {
  Fixture fixture;
  Transaction given = sample_transaction();
  given.begun.wall = -5;
  given.confirm_within = -1;
  given.ended = -7;
  const auto id = fixture.store->begin(given);
  REQUIRE(id);
  REQUIRE(fixture.store->move(*id, TransactionState::undone, "", -9));
  const auto found = fixture.store->find(*id);
  REQUIRE(found);
  CHECK(found->begun.wall == 0);
  CHECK(found->ended == 0);
}

TEST_CASE("every state can be moved to, with its note and time") {
  Fixture fixture;
  const std::int64_t id = fixture.begin();
  using enum TransactionState;
  for (const auto state : {applied, confirmed, undoing, undone, stuck, begun}) {
    REQUIRE(fixture.store->move(id, state, "note of " + std::string(to_string(state)), 1'900'000'000));
    fixture.reopen();
    const auto found = fixture.store->find(id);
    REQUIRE(found);
    CHECK(found->state == state);
    CHECK(found->note == "note of " + std::string(to_string(state)));
    CHECK(found->ended == 1'900'000'000);
    CHECK(found->changes == sample_transaction().changes);
  }
}

TEST_CASE("what is not there is absent, what is not stuck cannot be resolved") {
  Fixture fixture;
  const std::int64_t id = fixture.begin();
  CHECK(code_of(fixture.store->find(9)) == Errc::absent);
  CHECK(code_of(fixture.store->find(-1)) == Errc::absent);
  CHECK(code_of(fixture.store->move(9, TransactionState::applied, "", 1)) == Errc::absent);
  CHECK(code_of(fixture.store->resolve(9, "", 1)) == Errc::absent);
  CHECK(code_of(fixture.store->resolve(id, "", 1)) == Errc::invalid);
  REQUIRE(fixture.store->move(id, TransactionState::stuck, "somebody wrote", 1));
  REQUIRE(fixture.store->resolve(id, "a person looked", 1'900'000'002));
  const auto found = fixture.store->find(id);
  REQUIRE(found);
  CHECK(found->resolved == 1'900'000'002);
  CHECK(found->note == "a person looked");
}

TEST_CASE("a confirmed one that is to stay for good stands no more, until it is undone after all") {
  Fixture fixture;
  const std::int64_t id = fixture.begin();
  REQUIRE(fixture.store->move(id, TransactionState::confirmed, "", 1));
  REQUIRE(fixture.store->resolve(id, "we keep it", 1'900'000'002));
  CHECK(fixture.store->find(id)->resolved == 1'900'000'002);
  CHECK(fixture.store->standing()->empty());
  for (const auto state : {TransactionState::undoing, TransactionState::stuck}) {
    REQUIRE(fixture.store->move(id, state, "", 1'900'000'003));
    CHECK(ids(fixture.store->standing()) == Ids{id});
    CHECK_FALSE(fixture.store->find(id)->resolved);
  }
}

TEST_CASE("standing are those that matter to what comes next, oldest first") {
  Fixture fixture;
  using enum TransactionState;
  const std::vector<TransactionState> states{begun, applied, confirmed, undoing, undone, stuck, stuck};
  for (const auto state : states) REQUIRE(fixture.store->move(fixture.begin(), state, "", 1));
  REQUIRE(fixture.store->resolve(7, "", 2));
  CHECK(ids(fixture.store->standing()) == Ids{1, 2, 3, 4, 6});
  CHECK(ids(fixture.store->newest(3)) == Ids{7, 6, 5});
  CHECK(ids(fixture.store->newest(100)).size() == 7);
  CHECK(ids(fixture.store->newest(0)).empty());
}

TEST_CASE("a number is never used again") {
  Fixture fixture;
  for (int i = 0; i < 3; ++i) fixture.begin();
  sql(fixture.path, "DELETE FROM transactions");
  CHECK(fixture.begin() == 4);
}

TEST_CASE("a reader's store takes no writes") {
  Fixture fixture;
  const std::int64_t id = fixture.begin();
  const auto reader = open_store_for_reading(fixture.path);
  REQUIRE(reader);
  CHECK(code_of((*reader)->begin(sample_transaction())) == Errc::denied);
  CHECK(code_of((*reader)->move(id, TransactionState::applied, "", 1)) == Errc::denied);
  CHECK(code_of(add_waiver(**reader, sample_waiver(), 1)) == Errc::denied);
}

TEST_CASE("two writers wait for each other, and each gets a number of its own") {
  Fixture fixture;
  constexpr int kEach = 15;
  const auto work = [&] {
    const auto store = open_store(fixture.path, std::chrono::seconds(60));
    if (!store) return;
    for (int i = 0; i < kEach; ++i) {
      const auto id = (*store)->begin(sample_transaction());
      if (id) (void)(*store)->move(*id, TransactionState::applied, "", 1);
    }
  };
  {
    std::jthread one(work);
    std::jthread other(work);
  }
  const auto standing = fixture.store->standing();
  REQUIRE(standing);
  CHECK(standing->size() == 2 * kEach);
  for (const Transaction& transaction : *standing) CHECK(transaction.state == TransactionState::applied);
}

TEST_CASE("who waits in vain for another writer is told so, and nothing is changed") {
  Fixture fixture;
  fixture.begin();
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(fixture.path.c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto store = open_store(fixture.path, std::chrono::milliseconds(10));
  REQUIRE(store);  // opening is reading
  CHECK(code_of((*store)->begin(sample_transaction())) == Errc::timeout);
  CHECK(code_of((*store)->move(1, TransactionState::applied, "", 1)) == Errc::timeout);
  CHECK(code_of(remove_waiver(**store, "x")) == Errc::timeout);
  CHECK(ids((*store)->standing()) == Ids{1});  // and readers do not wait
  sqlite3_close(other);
  CHECK((*store)->begin(sample_transaction()) == 2);
}
