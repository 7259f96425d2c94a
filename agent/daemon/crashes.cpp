// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/crashes.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "agent/core/text.h"
#include "agent/daemon/log.h"
#include "agent/engine/crash_watch.h"
#include "agent/report/json.h"
#include "agent/store/crashes.h"

namespace harden::daemon {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostRemembered = 1000;

std::string event_of(const CrashSighting& sighting) {
  json::array policies;
  for (const CrashMatch& match : sighting.matches) {
    policies.push_back({{"policy", json_text(match.policy)}, {"confidence", to_string(match.confidence)}});
  }
  return json::serialize(json::object{{"title", json_text(sighting.record.title)},
                                      {"type", to_string(sighting.record.type)},
                                      {"fingerprint", fingerprint(sighting.record)},
                                      {"kernel", json_text(sighting.record.kernel)},
                                      {"corrupted", sighting.record.corrupted},
                                      {"source", json_text(sighting.source)},
                                      {"boot_id", json_text(sighting.boot_id)},
                                      {"policies", std::move(policies)}});
}

std::string event_of(const std::string& source, const CrashMatch& match) {
  return json::serialize(json::object{
      {"policy", json_text(match.policy)}, {"source", json_text(source)}, {"evidence", json_texts(match.evidence)}});
}

// Whether it is the first time; what is remembered is bounded.
bool is_news(std::vector<std::string>& known, std::string what) {
  if (std::ranges::find(known, what) != known.end()) return false;
  if (known.size() == kMostRemembered) known.erase(known.begin());
  known.push_back(std::move(what));
  return true;
}

std::string boot_id_of(const Host& host) {
  const auto text = host.read("/proc/sys/kernel/random/boot_id");
  return text ? std::string(text::trim(*text)) : "";
}

std::string release_of(const Host& host) {
  const auto text = host.read("/proc/sys/kernel/osrelease");
  return text ? std::string(text::trim(*text)) : "";
}

}  // namespace

void Crashes::complain(const Error& error) {
  const std::string text = "crashes: " + describe(error);
  if (is_news(complaints_, text)) log({LogLevel::warning, Message::trouble, text, {}, 0, false});
}

void Crashes::scan(Store& store, const std::vector<Policy>& policies) {
  StoredCrashes book(store);
  const CrashSweep found = scan_crashes(*host_, policies, book, clock_.wall() / 1000);
  for (const Error& problem : found.problems) complain(problem);
  for (const CrashSighting& one : found.fresh) tell_("crash", event_of(one));
  for (const CrashSweep::Warning& one : found.warnings) {
    if (is_news(warned_, one.source + " " + one.match.policy)) tell_("crash.warning", event_of(one.source, one.match));
  }
  recall(store);
}

void Crashes::take(std::string_view records, Store& store, const std::vector<Policy>& policies) {
  StoredCrashes book(store);
  const CrashOrigin origin{"kmsg", boot_id_of(*host_), clock_.wall() / 1000, release_of(*host_)};
  const auto noted = take_kmsg(records, origin, policies, book);
  if (!noted) return complain(noted.error());
  for (const CrashSighting& one : noted->fresh) tell_("crash", event_of(one));
  for (const CrashMatch& one : noted->warnings) {
    if (is_news(warned_, origin.boot_id + " " + one.policy)) tell_("crash.warning", event_of(origin.source, one));
  }
  recall(store);
}

void Crashes::recall(Store& store) {
  StoredCrashes book(store);
  auto kept = book.all();
  auto strikes = book.strikes();
  if (!kept) return complain(kept.error());
  if (!strikes) return complain(strikes.error());
  kept_ = std::make_shared<const std::vector<KeptCrash>>(std::move(*kept));
  strikes_ = std::move(*strikes);
}

}  // namespace harden::daemon
