// SPDX-License-Identifier: Apache-2.0
#include "agent/store/crash_parts.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "agent/core/text.h"
#include "agent/store/crashes.h"

namespace harden {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::size_t kMostEvidence = 8 * kMostCrashWord;

std::optional<std::int64_t> as_signed(const std::optional<std::uint64_t>& number) {
  if (!number) return std::nullopt;
  return std::bit_cast<std::int64_t>(*number);
}

std::optional<std::uint64_t> as_unsigned(const std::optional<std::int64_t>& number) {
  if (!number) return std::nullopt;
  return std::bit_cast<std::uint64_t>(*number);
}

Result<> drop(const Database& database, std::int64_t crash) {
  for (const char* sql : {"DELETE FROM crash_frames WHERE crash = ?", "DELETE FROM crash_precursors WHERE crash = ?",
                          "DELETE FROM crash_matches WHERE crash = ?"}) {
    Statement statement(database, sql);
    if (auto done = statement.bind(crash).finish(); !done) return done;
  }
  return {};
}

// Number 0 is where the instruction pointer stood.
Result<> put_frame(Statement& insert, std::int64_t crash, std::int64_t number, const Frame& frame) {
  const CodePlace& place = frame.place;
  insert.reset();
  insert.bind(crash).bind(number).bind(cut(place.function, kMostCrashWord));
  insert.bind(as_signed(place.offset)).bind(as_signed(place.size)).bind(cut(place.module, kMostCrashWord));
  insert.bind(cut(place.where, kMostCrashWord)).bind(std::int64_t{frame.reliable}).bind(std::int64_t{frame.inlined});
  return insert.finish();
}

Result<> put_frames(const Database& database, std::int64_t crash, const CrashRecord& record) {
  Statement insert(database, "INSERT INTO crash_frames VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (record.at) {
    if (auto done = put_frame(insert, crash, 0, {*record.at, true, false}); !done) return done;
  }
  for (std::size_t i = 0; i < std::min(record.frames.size(), kMostCrashParts); ++i) {
    const auto number = static_cast<std::int64_t>(i + 1);
    if (auto done = put_frame(insert, crash, number, record.frames[i]); !done) return done;
  }
  return {};
}

Result<> put_precursors(const Database& database, std::int64_t crash, const CrashRecord& record) {
  Statement insert(database, "INSERT INTO crash_precursors VALUES (?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < std::min(record.precursors.size(), kMostCrashParts); ++i) {
    const Precursor& precursor = record.precursors[i];
    insert.reset();
    insert.bind(crash).bind(static_cast<std::int64_t>(i)).bind(to_string(precursor.kind));
    insert.bind(cut(precursor.text, kMostCrashWord)).bind(std::max<std::int64_t>(precursor.count, 1));
    if (auto done = insert.finish(); !done) return done;
  }
  return {};
}

// A sentence has no line break in it: those of hostile text were escaped.
std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) {
    if (!text.empty()) text += '\n';
    for (const char c : sentence) text += c == '\n' ? ' ' : c;
  }
  return text;
}

Result<> put_matches(const Database& database, std::int64_t crash, const std::vector<CrashMatch>& matches) {
  Statement insert(database, "INSERT OR IGNORE INTO crash_matches VALUES (?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < std::min(matches.size(), kMostCrashParts); ++i) {
    const std::string evidence = joined(matches[i].evidence);
    insert.reset();
    insert.bind(crash).bind(cut(matches[i].policy, kMostCrashWord)).bind(static_cast<std::int64_t>(i));
    insert.bind(to_string(matches[i].confidence)).bind(cut(evidence, kMostEvidence));
    if (auto done = insert.finish(); !done) return done;
  }
  return {};
}

Result<> read_frames(const Database& database, std::int64_t crash, CrashRecord& out) {
  Statement select(database, R"sql(
    SELECT number, function, offset, size, module, place, reliable, inlined FROM crash_frames
    WHERE crash = ? ORDER BY number)sql");
  select.bind(crash);
  for (;;) {
    const auto row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    const std::int64_t number = select.integer(0, static_cast<std::int64_t>(kMostCrashParts));
    Frame frame;
    frame.place.function = select.text(kMostCrashWord);
    frame.place.offset = as_unsigned(select.maybe_integer(kLeast, kMost));
    frame.place.size = as_unsigned(select.maybe_integer(kLeast, kMost));
    frame.place.module = select.text(kMostCrashWord);
    frame.place.where = select.text(kMostCrashWord);
    frame.reliable = select.integer(0, 1) == 1;
    frame.inlined = select.integer(0, 1) == 1;
    if (!select.sound()) return std::unexpected(database.damaged("a frame of a crash"));
    if (number == 0) {
      out.at = std::move(frame.place);
    } else {
      out.frames.push_back(std::move(frame));
    }
  }
}

std::optional<Precursor::Kind> precursor_kind_from(std::string_view word) {
  using enum Precursor::Kind;
  for (const auto kind :
       {out_of_memory, slab_failure, hung_task, soft_lockup, rcu_stall, machine_check, io_error, warning, pattern}) {
    if (to_string(kind) == word) return kind;
  }
  return std::nullopt;
}

Result<> read_precursors(const Database& database, std::int64_t crash, CrashRecord& out) {
  Statement select(database, "SELECT kind, text, count FROM crash_precursors WHERE crash = ? ORDER BY number");
  select.bind(crash);
  for (;;) {
    const auto row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    Precursor precursor;
    precursor.kind = select.word<Precursor::Kind>(precursor_kind_from);
    precursor.text = select.text(kMostCrashWord);
    precursor.count = select.integer(1, kMost);
    if (!select.sound() || out.precursors.size() >= kMostCrashParts) {
      return std::unexpected(database.damaged("a precursor of a crash"));
    }
    out.precursors.push_back(std::move(precursor));
  }
}

Result<> read_matches(const Database& database, std::int64_t crash, std::vector<CrashMatch>& out) {
  Statement select(database, "SELECT policy, confidence, evidence FROM crash_matches WHERE crash = ? ORDER BY number");
  select.bind(crash);
  for (;;) {
    const auto row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    CrashMatch match;
    match.policy = select.text(kMostCrashWord);
    match.confidence = select.word<Confidence>(confidence_from);
    const std::string evidence = select.text(kMostEvidence);
    for (const std::string_view sentence : text::lines(evidence)) match.evidence.emplace_back(sentence);
    if (!select.sound() || out.size() >= kMostCrashParts) {
      return std::unexpected(database.damaged("a match of a crash"));
    }
    out.push_back(std::move(match));
  }
}

}  // namespace

std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && most - end < 4 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

Result<> put_crash_parts(const Database& database, std::int64_t crash, const CrashSighting& sighting) {
  if (auto done = drop(database, crash); !done) return done;
  if (auto done = put_frames(database, crash, sighting.record); !done) return done;
  if (auto done = put_precursors(database, crash, sighting.record); !done) return done;
  return put_matches(database, crash, sighting.matches);
}

Result<> read_crash_parts(const Database& database, std::int64_t crash, KeptCrash& out) {
  if (auto done = read_frames(database, crash, out.record); !done) return done;
  if (auto done = read_precursors(database, crash, out.record); !done) return done;
  return read_matches(database, crash, out.matches);
}

}  // namespace harden
