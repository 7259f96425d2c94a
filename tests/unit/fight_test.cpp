// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/fight.h"

#include <doctest/doctest.h>

namespace harden::daemon {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr BootTime kStart = hours(5);

}  // namespace

TEST_CASE("the first time is at once") {
  const Fight fight;
  CHECK(fight.due(kStart) == kStart);
  CHECK_FALSE(fight.contested(kStart));
}

TEST_CASE("then after one second, two, four, up to an hour") {
  Fight fight;
  BootTime now = kStart;
  for (const std::int64_t wanted : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600}) {
    fight.strike(now);
    CHECK(fight.due(now) == now + seconds(wanted));
    CHECK(fight.due(now + seconds(wanted) - milliseconds(1)) == now + seconds(wanted));
    now = fight.due(now);
  }
}

TEST_CASE("never twice within a second") {
  Fight fight;
  fight.strike(kStart);
  CHECK(fight.due(kStart + milliseconds(10)) == kStart + seconds(1));
}

TEST_CASE("it becomes a fight once, the fifth time in a row") {
  Fight fight;
  BootTime now = kStart;
  for (int i = 1; i <= 8; ++i) {
    CHECK(fight.strike(now) == (i == Fight::kContested));
    CHECK(fight.contested(now) == (i >= Fight::kContested));
    CHECK(fight.strikes() == i);
    now = fight.due(now);
  }
}

TEST_CASE("quiet ends it") {
  Fight fight;
  BootTime now = kStart;
  for (int i = 0; i < Fight::kContested; ++i) {
    fight.strike(now);
    now = fight.due(now);
  }
  CHECK(fight.contested(now));
  now += Fight::kQuiet;
  CHECK_FALSE(fight.contested(now));
  CHECK_FALSE(fight.strike(now));
  CHECK(fight.due(now) == now + seconds(1));
}

TEST_CASE("what waits an hour is not forgotten within it") {
  Fight fight;
  BootTime now = kStart;
  for (int i = 0; i < 20; ++i) {
    fight.strike(now);
    now = fight.due(now);
  }
  CHECK(fight.contested(now + hours(1)));
  fight.strike(now);
  CHECK(fight.due(now) == now + hours(1));
}

}  // namespace harden::daemon
