// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/crash_watch.h"

#include <map>
#include <utility>

#include "agent/engine/diagnose.h"
#include "harden/crash_source.h"

namespace harden {
namespace {

void sweep(const CrashSource& source, const std::vector<std::string>& patterns, const std::vector<Policy>& policies,
           CrashBook& book, std::int64_t now, CrashSweep& out) {
  CrashParser parser;
  parser.watch_for(patterns);
  const auto take = [&](std::string_view piece) {
    parser.feed(piece);
    return true;
  };
  // What was read before an error counts.
  if (const auto done = source.read(take); !done) out.problems.push_back(done.error());
  const CrashOrigin origin{source.name, source.boot_id, source.time == 0 ? now : source.time, source.kernel};
  auto noted = note_crashes(parser.finish(), origin, policies, book);
  if (!noted) return out.problems.push_back(noted.error());
  for (CrashSighting& sighting : noted->fresh) out.fresh.push_back(std::move(sighting));
  for (CrashMatch& match : noted->warnings) out.warnings.push_back({source.name, std::move(match)});
}

}  // namespace

Result<NotedCrashes> note_crashes(CrashParser::Reading reading, const CrashOrigin& origin,
                                  const std::vector<Policy>& policies, CrashBook& book) {
  Diagnoses found = diagnose(std::move(reading), policies, origin.kernel);
  NotedCrashes noted;
  noted.warnings = std::move(found.warnings);
  std::vector<CrashSighting> sightings;
  for (Diagnosis& one : found.crashes) {
    sightings.push_back({std::move(one.record), std::move(one.matches), origin.source, origin.boot_id, origin.time});
  }
  const auto are_new = book.add_all(sightings);
  if (!are_new) return std::unexpected(are_new.error());
  for (std::size_t i = 0; i < sightings.size(); ++i) {
    if ((*are_new)[i]) noted.fresh.push_back(std::move(sightings[i]));
  }
  return noted;
}

Result<NotedCrashes> take_kmsg(std::string_view text, const CrashOrigin& origin, const std::vector<Policy>& policies,
                               CrashBook& book) {
  return note_crashes(parse_crashes(text, crash_patterns(policies)), origin, policies, book);
}

CrashSweep scan_crashes(const Host& host, const std::vector<Policy>& policies, CrashBook& book, std::int64_t now) {
  CrashSources sources = find_crash_sources(host);
  CrashSweep found;
  found.problems = std::move(sources.unread);
  found.more = sources.more;
  const auto patterns = crash_patterns(policies);
  for (const CrashSource& source : sources.found) sweep(source, patterns, policies, book, now, found);
  return found;
}

std::vector<CrashCount> count_crashes(const std::vector<KeptCrash>& crashes) {
  std::map<std::pair<std::string, CrashType>, std::int64_t> counts;
  for (const KeptCrash& crash : crashes) {
    bool any = false;
    for (const CrashMatch& match : crash.matches) {
      if (match.confidence == Confidence::possible) continue;
      counts[{match.policy, crash.record.type}] += crash.count;
      any = true;
    }
    if (!any) counts[{"", crash.record.type}] += crash.count;
  }
  std::vector<CrashCount> list;
  for (const auto& [key, count] : counts) list.push_back({key.first, key.second, count});
  return list;
}

}  // namespace harden
