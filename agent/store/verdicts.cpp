// SPDX-License-Identifier: Apache-2.0
#include "agent/store/verdicts.h"

#include <limits>

#include "agent/store/schema.h"

namespace harden {
namespace {

const RegisterStep registered({3, R"sql(
  CREATE TABLE verdicts (
    policy  TEXT PRIMARY KEY,
    verdict TEXT NOT NULL,
    waived  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE told (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    event INTEGER NOT NULL
  ) STRICT;
)sql"});

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

Result<> put(const Database& database, const KeptVerdicts& kept) {
  if (auto done = database.run("DELETE FROM verdicts"); !done) return done;
  Statement insert(database, "INSERT INTO verdicts (policy, verdict, waived) VALUES (?, ?, ?)");
  for (const KeptVerdict& one : kept.verdicts) {
    insert.bind(std::string_view(one.policy)).bind(to_string(one.verdict)).bind(std::int64_t{one.waived});
    if (auto done = insert.finish(); !done) return done;
    insert.reset();
  }
  Statement told(database, "INSERT OR REPLACE INTO told (one, event) VALUES (1, ?)");
  return told.bind(static_cast<std::int64_t>(kept.event)).finish();
}

Result<std::uint64_t> told_event(const Store& store) {
  Statement select(store.database(), "SELECT event FROM told");
  const auto row = select.step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return 0;
  const std::int64_t event = select.integer(0, kMost);
  if (!select.sound()) return std::unexpected(store.database().damaged("the number of an event"));
  return static_cast<std::uint64_t>(event);
}

}  // namespace

Result<> keep_verdicts(Store& store, const KeptVerdicts& kept) {
  if (kept.verdicts.size() > kMostVerdicts) {
    return fail(Errc::too_large, "more than " + std::to_string(kMostVerdicts) + " verdicts");
  }
  auto work = Work::begin(store.database());
  if (!work) return std::unexpected(work.error());
  if (auto done = put(store.database(), kept); !done) return done;
  return work->commit();
}

Result<KeptVerdicts> kept_verdicts(const Store& store) {
  KeptVerdicts kept;
  const auto event = told_event(store);
  if (!event) return std::unexpected(event.error());
  kept.event = *event;
  Statement select(store.database(), "SELECT policy, verdict, waived FROM verdicts ORDER BY policy");
  for (;;) {
    const auto row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return kept;
    KeptVerdict one;
    one.policy = select.text(kMostText);
    one.verdict = select.word(verdict_from);
    one.waived = select.integer(0, 1) == 1;
    if (!select.sound() || kept.verdicts.size() >= kMostVerdicts) {
      return std::unexpected(store.database().damaged("a verdict"));
    }
    kept.verdicts.push_back(std::move(one));
  }
}

}  // namespace harden
