// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/sample_transaction.h"

using namespace harden;
using namespace harden::test;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::int64_t kYear = 365L * 24 * 60 * 60;

struct Fixture {
  TemporaryFolder folder;
  std::string path = (folder.path() / "state.db").string();
  std::unique_ptr<Store> store = opened(path);
};

using Waivers = std::vector<Waiver>;

}  // namespace

TEST_CASE("waivers come back as they were given, in the order of their policies") {
  Fixture fixture;
  CHECK(waivers(*fixture.store) == Waivers{});
  REQUIRE(add_waiver(*fixture.store, sample_waiver("b"), kNow));
  REQUIRE(add_waiver(*fixture.store, sample_waiver("a"), kNow));
  fixture.store = nullptr;
  const auto reader = open_store_for_reading(fixture.path);
  REQUIRE(reader);
  CHECK(waivers(**reader) == Waivers{sample_waiver("a"), sample_waiver("b")});
}

TEST_CASE("a waiver takes the place of the one before") {
  Fixture fixture;
  REQUIRE(add_waiver(*fixture.store, sample_waiver("a"), kNow));
  Waiver longer = sample_waiver("a", 2'100'000'000);
  longer.reason = "\xff\x1b[31m and so on";
  longer.owner = "";
  REQUIRE(add_waiver(*fixture.store, longer, kNow));
  CHECK(waivers(*fixture.store) == Waivers{longer});
}

TEST_CASE("a waiver can be removed once") {
  Fixture fixture;
  REQUIRE(add_waiver(*fixture.store, sample_waiver("a"), kNow));
  REQUIRE(remove_waiver(*fixture.store, "a"));
  CHECK(code_of(remove_waiver(*fixture.store, "a")) == Errc::absent);
  CHECK(waivers(*fixture.store) == Waivers{});
}

TEST_CASE("those that have been over for a year are dropped when one is added") {
  Fixture fixture;
  REQUIRE(add_waiver(*fixture.store, sample_waiver("long-over", kNow - kYear - 1), kNow - 2 * kYear));
  REQUIRE(add_waiver(*fixture.store, sample_waiver("over", kNow - kYear), kNow - 2 * kYear));
  CHECK(waivers(*fixture.store)->size() == 2);
  REQUIRE(add_waiver(*fixture.store, sample_waiver("new", kNow + 1), kNow));
  CHECK(waivers(*fixture.store) == Waivers{sample_waiver("new", kNow + 1), sample_waiver("over", kNow - kYear)});
}

TEST_CASE("a waiver of nothing, without a reason, or beyond bounds is refused") {
  Fixture fixture;
  Waiver waiver = sample_waiver("");
  CHECK(code_of(add_waiver(*fixture.store, waiver, kNow)) == Errc::invalid);
  waiver = sample_waiver();
  waiver.reason = " \n";
  CHECK(code_of(add_waiver(*fixture.store, waiver, kNow)) == Errc::invalid);
  waiver = sample_waiver();
  waiver.until = -1;
  CHECK(code_of(add_waiver(*fixture.store, waiver, kNow)) == Errc::invalid);
  waiver = sample_waiver();
  waiver.reason = std::string(kMostText + 1, 'x');
  CHECK(code_of(add_waiver(*fixture.store, waiver, kNow)) == Errc::too_large);
  CHECK(waivers(*fixture.store) == Waivers{});
}

TEST_CASE("ten thousand waivers are enough") {
  Fixture fixture;
  sql(fixture.path,
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO waivers SELECT 'p' "
      "|| "
      "i, 'r', '', 2000000000, 0 FROM n");
  CHECK(code_of(add_waiver(*fixture.store, sample_waiver(), kNow)) == Errc::too_large);
  CHECK(waivers(*fixture.store)->size() == kMostWaivers);
  CHECK(add_waiver(*fixture.store, sample_waiver("p7"), kNow).has_value());
}
