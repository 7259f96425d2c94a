// SPDX-License-Identifier: Apache-2.0
#include "agent/store/waivers.h"

#include <limits>

#include "agent/core/text.h"
#include "agent/store/schema.h"

namespace harden {
namespace {

const RegisterStep registered({2, R"sql(
  CREATE TABLE waivers (
    policy TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    owner  TEXT NOT NULL,
    until  INTEGER NOT NULL,
    added  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
)sql"});

constexpr std::int64_t kYear = std::int64_t{365} * 24 * 60 * 60;

Result<> check(const Waiver& waiver) {
  if (waiver.policy.empty()) return fail(Errc::invalid, "a waiver without a policy");
  if (text::trim(waiver.reason).empty()) return fail(Errc::invalid, "a waiver without a reason");
  if (waiver.until < 0 || waiver.added < 0) return fail(Errc::invalid, "a waiver from before 1970");
  if (waiver.policy.size() > kMostText || waiver.reason.size() > kMostText || waiver.owner.size() > kMostText) {
    return fail(Errc::too_large, "a text of the waiver is longer than " + std::to_string(kMostText) + " bytes");
  }
  return {};
}

Result<> put(const Database& database, const Waiver& waiver, std::int64_t now) {
  Statement drop(database, "DELETE FROM waivers WHERE until < ?");
  if (auto done = drop.bind(now - kYear).finish(); !done) return done;
  Statement insert(database,
                   "INSERT OR REPLACE INTO waivers (policy, reason, owner, until, added) VALUES (?, ?, ?, ?, ?)");
  insert.bind(std::string_view(waiver.policy)).bind(std::string_view(waiver.reason));
  insert.bind(std::string_view(waiver.owner)).bind(waiver.until).bind(waiver.added);
  if (auto done = insert.finish(); !done) return done;
  const auto count = database.number("SELECT count(*) FROM waivers");
  if (!count) return std::unexpected(count.error());
  if (*count <= static_cast<std::int64_t>(kMostWaivers)) return {};
  return fail(Errc::too_large, "more than " + std::to_string(kMostWaivers) + " waivers", database.path());
}

}  // namespace

Result<> add_waiver(Store& store, const Waiver& waiver, std::int64_t now) {
  if (auto good = check(waiver); !good) return good;
  auto work = Work::begin(store.database());
  if (!work) return std::unexpected(work.error());
  if (auto done = put(store.database(), waiver, now); !done) return done;
  return work->commit();
}

Result<> remove_waiver(Store& store, const std::string& policy) {
  Statement remove(store.database(), "DELETE FROM waivers WHERE policy = ?");
  if (auto done = remove.bind(std::string_view(policy)).finish(); !done) return done;
  if (sqlite3_changes64(store.database().handle()) == 1) return {};
  return fail(Errc::absent, "there is no waiver of '" + policy + "'", store.database().path());
}

Result<std::vector<Waiver>> waivers(const Store& store) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  Statement select(store.database(), "SELECT policy, reason, owner, until, added FROM waivers ORDER BY policy");
  std::vector<Waiver> all;
  for (;;) {
    const auto row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return all;
    Waiver waiver;
    waiver.policy = select.text(kMostText);
    waiver.reason = select.text(kMostText);
    waiver.owner = select.text(kMostText);
    waiver.until = select.integer(0, kMost);
    waiver.added = select.integer(0, kMost);
    if (!select.sound() || !check(waiver) || all.size() >= kMostWaivers) {
      return std::unexpected(store.database().damaged("a waiver"));
    }
    all.push_back(std::move(waiver));
  }
}

}  // namespace harden
