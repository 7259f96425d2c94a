// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/differences.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "agent/report/json.h"

namespace harden::daemon {
namespace {

namespace json = boost::json;

constexpr const char* kAppeared = "finding.appeared";
constexpr const char* kCleared = "finding.cleared";
constexpr const char* kChanged = "finding.changed";

const KeptVerdict* find(const std::vector<KeptVerdict>& verdicts, const std::string& policy) {
  const auto found = std::ranges::lower_bound(verdicts, policy, {}, &KeptVerdict::policy);
  return found != verdicts.end() && found->policy == policy ? &*found : nullptr;
}

// nullptr: nothing to tell.
const char* type_of(const KeptVerdict* before, Verdict verdict, bool waived) {
  const bool exposed = verdict == Verdict::exposed;
  if (before == nullptr) return exposed ? kAppeared : nullptr;
  if (before->verdict == verdict) return before->waived == waived ? nullptr : kChanged;
  if (exposed) return kAppeared;
  // What cannot be told any more is not cleared.
  return before->verdict == Verdict::exposed && verdict != Verdict::unknown ? kCleared : kChanged;
}

std::string data_of(const Finding& finding, const KeptVerdict* before) {
  return json::serialize(
      json::object{{"policy", json_text(finding.policy)},
                   {"severity", to_string(finding.severity)},
                   {"before", before == nullptr ? json::value() : json::value(to_string(before->verdict))},
                   {"verdict", to_string(finding.verdict)},
                   {"waived", finding.waiver.has_value()},
                   {"title", json_text(finding.title)},
                   {"reason", json_text(finding.reason)}});
}

std::string data_of_gone(const KeptVerdict& gone) {
  return json::serialize(json::object{{"policy", json_text(gone.policy)},
                                      {"before", to_string(gone.verdict)},
                                      {"verdict", nullptr},
                                      {"reason", "there is no such policy any more"}});
}

const json::value* member(const json::object& object, const char* key) {
  const auto* found = object.if_contains(key);
  return found != nullptr && !found->is_null() ? found : nullptr;
}

}  // namespace

std::vector<KeptVerdict> verdicts_of(const CheckReport& report) {
  std::vector<KeptVerdict> verdicts;
  verdicts.reserve(report.findings.size());
  for (const Finding& finding : report.findings) {
    verdicts.push_back({finding.policy, finding.verdict, finding.waiver.has_value()});
  }
  std::ranges::sort(verdicts, {}, &KeptVerdict::policy);
  return verdicts;
}

std::vector<Telling> differences(const std::vector<KeptVerdict>& before, const CheckReport& after) {
  std::vector<Telling> told;
  for (const Finding& finding : after.findings) {
    const KeptVerdict* old = find(before, finding.policy);
    const char* type = type_of(old, finding.verdict, finding.waiver.has_value());
    if (type != nullptr) told.push_back({type, data_of(finding, old)});
  }
  const auto now = verdicts_of(after);
  for (const KeptVerdict& old : before) {
    if (find(now, old.policy) == nullptr) told.push_back({kCleared, data_of_gone(old)});
  }
  return told;
}

void remember(const Telling& told, std::vector<KeptVerdict>& verdicts) {
  if (!told.type.starts_with("finding.")) return;
  boost::system::error_code error;
  const json::value parsed = json::parse(told.data, error);
  const json::object* object = error ? nullptr : parsed.if_object();
  const json::value* policy = object == nullptr ? nullptr : member(*object, "policy");
  if (policy == nullptr || !policy->is_string()) return;
  const std::string id(policy->get_string());
  const auto place = std::ranges::lower_bound(verdicts, id, {}, &KeptVerdict::policy);
  const bool known = place != verdicts.end() && place->policy == id;
  const json::value* word = member(*object, "verdict");
  if (word == nullptr) {
    if (known) verdicts.erase(place);
    return;
  }
  const auto verdict = word->is_string() ? verdict_from(word->get_string()) : std::nullopt;
  if (!verdict) return;
  const json::value* waived = member(*object, "waived");
  const KeptVerdict one{id, *verdict, waived != nullptr && waived->is_bool() && waived->get_bool()};
  known ? void(*place = one) : void(verdicts.insert(place, one));
}

}  // namespace harden::daemon
