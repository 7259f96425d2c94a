// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/diagnose.h"

#include <utility>

namespace harden {

Diagnoses diagnose(CrashParser::Reading reading, const std::vector<Policy>& policies, const std::string& kernel) {
  const std::string& release = reading.kernel.empty() ? kernel : reading.kernel;
  Diagnoses found;
  found.more = reading.more;
  for (CrashRecord& record : reading.crashes) {
    if (record.kernel.empty()) record.kernel = release;
    Diagnosis one;
    one.matches = match_crash(record, policies);
    one.related = match_precursors(record.precursors, record.kernel, record.kernel_version, policies, one.matches);
    one.record = std::move(record);
    found.crashes.push_back(std::move(one));
  }
  if (found.crashes.empty()) found.warnings = match_precursors(reading.precursors, release, "", policies);
  return found;
}

}  // namespace harden
