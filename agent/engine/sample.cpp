// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/sample.h"

#include <algorithm>

#include "agent/engine/diagnose.h"

namespace harden {
namespace {

std::string titles_of(const Diagnoses& found) {
  std::string text;
  for (const Diagnosis& one : found.crashes) text += (text.empty() ? "'" : ", '") + one.record.title + "'";
  return text;
}

}  // namespace

Result<std::string> run_sample(const Policy& policy, const CrashSample& sample, const std::string& folder,
                               const std::vector<Policy>& policies) {
  const auto text = live_host()->read(folder + "/" + sample.file);
  if (!text) return std::unexpected(text.error());
  const Diagnoses found = diagnose(parse_crashes(*text, crash_patterns(policies)), policies);
  if (found.crashes.empty()) return sample.file + " has no crash";
  std::optional<Confidence> best;
  for (const Diagnosis& one : found.crashes) {
    for (const CrashMatch& match : one.matches) {
      if (match.policy != policy.id) return sample.file + ": '" + one.record.title + "' matches " + match.policy;
      best = std::max(best.value_or(Confidence::possible), match.confidence);
    }
  }
  if (!best) return sample.file + ": no crash of it matches: " + titles_of(found);
  if (*best == Confidence::possible) return sample.file + ": the match is only possible: " + titles_of(found);
  return "";
}

}  // namespace harden
