// SPDX-License-Identifier: Apache-2.0
#include "agent/store/crashes.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "agent/core/text.h"
#include "agent/store/crash_parts.h"
#include "agent/store/schema.h"

namespace harden {
namespace {

const RegisterStep registered({4, R"sql(
  CREATE TABLE crashes (
    id             INTEGER PRIMARY KEY,
    fingerprint    TEXT NOT NULL,
    kernel         TEXT NOT NULL,
    kernel_version TEXT NOT NULL,
    title          TEXT NOT NULL,
    type           TEXT NOT NULL,
    corrupted      INTEGER NOT NULL,
    corrupted_why  TEXT NOT NULL,
    first          INTEGER NOT NULL,
    taint          TEXT NOT NULL,
    hardware       TEXT NOT NULL,
    comm           TEXT NOT NULL,
    cpu            INTEGER,
    pid            INTEGER,
    fault_address  INTEGER,
    text           TEXT NOT NULL,
    acknowledged   INTEGER,
    UNIQUE (fingerprint, kernel)
  ) STRICT;
  CREATE TABLE crash_occasions (
    crash    INTEGER NOT NULL REFERENCES crashes (id) ON DELETE CASCADE,
    occasion TEXT NOT NULL,
    source   TEXT NOT NULL,
    boot_id  TEXT NOT NULL,
    seen     INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (crash, occasion)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE crash_frames (
    crash    INTEGER NOT NULL REFERENCES crashes (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    function TEXT NOT NULL,
    offset   INTEGER,
    size     INTEGER,
    module   TEXT NOT NULL,
    place    TEXT NOT NULL,
    reliable INTEGER NOT NULL,
    inlined  INTEGER NOT NULL,
    PRIMARY KEY (crash, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE crash_precursors (
    crash  INTEGER NOT NULL REFERENCES crashes (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    text   TEXT NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (crash, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE crash_matches (
    crash      INTEGER NOT NULL REFERENCES crashes (id) ON DELETE CASCADE,
    policy     TEXT NOT NULL,
    number     INTEGER NOT NULL,
    confidence TEXT NOT NULL,
    evidence   TEXT NOT NULL,
    PRIMARY KEY (crash, policy)
  ) STRICT, WITHOUT ROWID;
)sql"});

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMostTimes = 1'000'000'000;  // that one occasion may count for; sums stay far from overflow

constexpr std::string_view kByUptime = "uptime ";

// The kernel's clock tells two crashes apart, and tells one that several
// sources have from the same one, to the microsecond.
std::string occasion_of(const CrashSighting& sighting) {
  const auto& uptime = sighting.record.uptime;
  if (uptime && std::isfinite(*uptime) && *uptime > 0 && *uptime < 1e9) {
    return std::string(kByUptime) + std::to_string(std::llround(*uptime * 1e6));
  }
  const std::string line = " line " + std::to_string(sighting.record.line);
  if (!sighting.boot_id.empty()) return "boot " + std::string(cut(sighting.boot_id, 100)) + line;
  return "source " + std::string(cut(sighting.source, kMostCrashWord)) + line;
}

// What occasion_of made of it.
std::optional<double> uptime_of(std::string_view occasion) {
  if (!occasion.starts_with(kByUptime)) return std::nullopt;
  const auto microseconds = text::to_int(occasion.substr(kByUptime.size()));
  return microseconds ? std::optional(static_cast<double>(*microseconds) / 1e6) : std::nullopt;
}

struct Known {
  std::int64_t id = 0;
  bool corrupted = false;
};

Result<std::optional<Known>> find_crash(const Database& database, const std::string& mark, std::string_view kernel) {
  Statement select(database, "SELECT id, corrupted FROM crashes WHERE fingerprint = ? AND kernel = ?");
  const auto row = select.bind(std::string_view(mark)).bind(kernel).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  const Known known{select.integer(1, kMost), select.integer(0, 1) == 1};
  if (!select.sound()) return std::unexpected(database.damaged("a crash"));
  return known;
}

// With an id the row of that crash, and else a new one.
Result<std::int64_t> put_head(const Database& database, const std::optional<Known>& known, const std::string& mark,
                              const CrashRecord& record) {
  Statement put(database, known ? R"sql(
    UPDATE crashes SET fingerprint = ?, kernel = ?, kernel_version = ?, title = ?, type = ?, corrupted = ?,
      corrupted_why = ?, first = ?, taint = ?, hardware = ?, comm = ?, cpu = ?, pid = ?, fault_address = ?, text = ?
    WHERE id = ?)sql"
                                : R"sql(
    INSERT INTO crashes (fingerprint, kernel, kernel_version, title, type, corrupted, corrupted_why, first, taint,
                         hardware, comm, cpu, pid, fault_address, text)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql");
  put.bind(std::string_view(mark)).bind(cut(record.kernel, kMostCrashWord));
  put.bind(cut(record.kernel_version, kMostCrashWord)).bind(cut(record.title, kMostCrashWord));
  put.bind(to_string(record.type)).bind(std::int64_t{record.corrupted});
  put.bind(cut(record.corrupted_why, kMostCrashWord)).bind(std::int64_t{record.first});
  put.bind(cut(record.taint, kMostCrashWord)).bind(cut(record.hardware, kMostCrashWord));
  put.bind(cut(record.comm, kMostCrashWord));
  put.bind(record.cpu ? std::optional<std::int64_t>(*record.cpu) : std::nullopt).bind(record.pid);
  put.bind(record.fault_address ? std::optional(std::bit_cast<std::int64_t>(*record.fault_address)) : std::nullopt);
  put.bind(cut(record.text, kMostCrashText));
  if (known) put.bind(known->id);
  if (auto done = put.finish(); !done) return std::unexpected(done.error());
  return known ? known->id : sqlite3_last_insert_rowid(database.handle());
}

// Whether it was new. Of one that is known the larger count is kept: a log that
// went on has more of the same.
Result<bool> put_occasion(const Database& database, std::int64_t crash, const CrashSighting& sighting) {
  const std::string occasion = occasion_of(sighting);
  Statement there(database, "SELECT 1 FROM crash_occasions WHERE crash = ? AND occasion = ?");
  const auto known = there.bind(crash).bind(std::string_view(occasion)).step();
  if (!known) return known;
  Statement insert(database, R"sql(
    INSERT INTO crash_occasions (crash, occasion, source, boot_id, seen, count) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (crash, occasion) DO UPDATE SET count = max(count, excluded.count))sql");
  insert.bind(crash).bind(std::string_view(occasion)).bind(cut(sighting.source, kMostCrashWord));
  insert.bind(cut(sighting.boot_id, kMostCrashWord)).bind(std::max<std::int64_t>(sighting.time, 0));
  insert.bind(std::clamp<std::int64_t>(sighting.record.count, 1, kMostTimes));
  if (auto done = insert.finish(); !done) return std::unexpected(done.error());
  return !*known;
}

// So few that not even the longest texts would be too many bytes: which those are is found by reading all of them.
Result<bool> are_few(const Database& database) {
  Statement count(database, "SELECT count(*) FROM crashes");
  if (const auto row = count.step(); !row) return row;
  return count.integer(0, kMost) <= static_cast<std::int64_t>(std::min(kMostCrashes, kMostCrashBytes / kMostCrashText));
}

Result<> drop_too_many(const Database& database, std::int64_t crash) {
  Statement occasions(database, R"sql(
    DELETE FROM crash_occasions WHERE crash = ? AND occasion NOT IN (
      SELECT occasion FROM crash_occasions WHERE crash = ? ORDER BY seen DESC, occasion LIMIT ?))sql");
  occasions.bind(crash).bind(crash).bind(std::int64_t{kMostOccasions});
  if (auto done = occasions.finish(); !done) return done;
  const auto few = are_few(database);
  if (!few) return std::unexpected(few.error());
  if (*few) return {};
  Statement crashes(database, R"sql(
    DELETE FROM crashes WHERE id IN (
      SELECT id FROM (
        SELECT id, row_number() OVER newest AS place, total(octets) OVER newest AS size FROM (
          SELECT id, length(CAST(text AS BLOB)) AS octets,
                 (SELECT max(seen) FROM crash_occasions WHERE crash = id) AS last FROM crashes)
        WINDOW newest AS (ORDER BY last DESC, id DESC))
      WHERE place > ? OR size > ?))sql");
  return crashes.bind(std::int64_t{kMostCrashes}).bind(std::int64_t{kMostCrashBytes}).finish();
}

Result<bool> put(const Database& database, const CrashSighting& sighting) {
  const std::string mark = fingerprint(sighting.record);
  const auto known = find_crash(database, mark, cut(sighting.record.kernel, kMostCrashWord));
  if (!known) return std::unexpected(known.error());
  std::int64_t id = *known ? (*known)->id : 0;
  // A whole report is not given up for one that is cut off.
  if (!*known || !sighting.record.corrupted || (*known)->corrupted) {
    const auto stored = put_head(database, *known, mark, sighting.record);
    if (!stored) return std::unexpected(stored.error());
    id = *stored;
    if (auto done = put_crash_parts(database, id, sighting); !done) return std::unexpected(done.error());
  }
  const auto is_new = put_occasion(database, id, sighting);
  if (!is_new) return is_new;
  if (auto done = drop_too_many(database, id); !done) return std::unexpected(done.error());
  return is_new;
}

KeptCrash read_head(Statement& row) {
  KeptCrash kept;
  CrashRecord& record = kept.record;
  kept.fingerprint = row.text(kMostCrashWord);
  record.kernel = row.text(kMostCrashWord);
  record.kernel_version = row.text(kMostCrashWord);
  record.title = row.text(kMostCrashWord);
  record.type = row.word<CrashType>(crash_type_from);
  record.corrupted = row.integer(0, 1) == 1;
  record.corrupted_why = row.text(kMostCrashWord);
  record.first = row.integer(0, 1) == 1;
  record.taint = row.text(kMostCrashWord);
  record.hardware = row.text(kMostCrashWord);
  record.comm = row.text(kMostCrashWord);
  constexpr std::int64_t kMostCpu = std::numeric_limits<int>::max();
  if (const auto cpu = row.maybe_integer(0, kMostCpu)) record.cpu = static_cast<int>(*cpu);
  record.pid = row.maybe_integer(kLeast, kMost);
  if (const auto address = row.maybe_integer(kLeast, kMost)) {
    record.fault_address = std::bit_cast<std::uint64_t>(*address);
  }
  record.text = row.text(kMostCrashText);
  kept.acknowledged = row.maybe_integer(0, kMost);
  return kept;
}

Result<> read_occasions(const Database& database, std::int64_t crash, KeptCrash& out) {
  Statement select(database,
                   "SELECT source, boot_id, seen, count, occasion FROM crash_occasions WHERE crash = ? "
                   "ORDER BY seen, occasion");
  select.bind(crash);
  bool any = false;
  for (;;) {
    const auto row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    out.source = select.text(kMostCrashWord);
    out.boot_id = select.text(kMostCrashWord);
    out.last = select.integer(0, kMost);
    out.record.count = select.integer(1, kMostTimes);
    out.record.uptime = uptime_of(select.text(kMostCrashWord + 64));
    if (!select.sound()) return std::unexpected(database.damaged("an occasion of a crash"));
    if (!any) out.first = out.last;
    out.count += out.record.count;
    any = true;
  }
  if (!any) return std::unexpected(database.damaged("a crash without an occasion"));
  return {};
}

}  // namespace

Result<std::vector<bool>> StoredCrashes::add_all(std::span<const CrashSighting> sightings) {
  std::vector<bool> fresh;
  if (sightings.empty()) return fresh;
  auto work = Work::begin(store_.database());
  if (!work) return std::unexpected(work.error());
  for (const CrashSighting& sighting : sightings) {
    const auto is_new = put(store_.database(), sighting);
    if (!is_new) return std::unexpected(is_new.error());
    fresh.push_back(*is_new);
  }
  if (auto done = work->commit(); !done) return std::unexpected(done.error());
  return fresh;
}

Result<std::vector<KeptCrash>> StoredCrashes::all() const {
  const Database& database = store_.database();
  const auto moment = Work::snapshot(database);
  if (!moment) return std::unexpected(moment.error());
  Statement select(database, R"sql(
    SELECT id, fingerprint, kernel, kernel_version, title, type, corrupted, corrupted_why, first, taint, hardware, comm,
           cpu, pid, fault_address, text, acknowledged FROM crashes
    ORDER BY (SELECT max(seen) FROM crash_occasions WHERE crash = id) DESC, id DESC)sql");
  std::vector<KeptCrash> all;
  for (;;) {
    const auto row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return all;
    const std::int64_t id = select.integer(1, kMost);
    KeptCrash kept = read_head(select);
    if (!select.sound() || all.size() >= kMostCrashes) return std::unexpected(database.damaged("a crash"));
    if (auto done = read_occasions(database, id, kept); !done) return std::unexpected(done.error());
    if (auto done = read_crash_parts(database, id, kept); !done) return std::unexpected(done.error());
    all.push_back(std::move(kept));
  }
}

Result<std::vector<Strike>> StoredCrashes::strikes() const {
  const Database& database = store_.database();
  Statement select(database, R"sql(
    SELECT policy, confidence, fingerprint, kernel, sum(count), max(seen)
    FROM crashes JOIN crash_matches ON crash_matches.crash = id JOIN crash_occasions ON crash_occasions.crash = id
    WHERE acknowledged IS NULL OR seen > acknowledged
    GROUP BY policy, id ORDER BY policy, max(seen) DESC, id)sql");
  std::vector<Strike> strikes;
  for (;;) {
    const auto row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return strikes;
    Strike strike;
    strike.policy = select.text(kMostCrashWord);
    strike.confidence = select.word<Confidence>(confidence_from);
    strike.fingerprint = select.text(kMostCrashWord);
    strike.kernel = select.text(kMostCrashWord);
    strike.count = select.integer(1, kMost);
    strike.last = select.integer(0, kMost);
    if (!select.sound()) return std::unexpected(database.damaged("what struck"));
    strikes.push_back(std::move(strike));
  }
}

Result<> StoredCrashes::acknowledge(const std::string& fingerprint, std::int64_t now) {
  const Database& database = store_.database();
  Statement update(database, "UPDATE crashes SET acknowledged = ? WHERE fingerprint = ?");
  if (auto done = update.bind(std::max<std::int64_t>(now, 0)).bind(std::string_view(fingerprint)).finish(); !done) {
    return done;
  }
  if (sqlite3_changes64(database.handle()) > 0) return {};
  return fail(Errc::absent, "there is no crash '" + fingerprint + "' in the store", database.path());
}

}  // namespace harden
