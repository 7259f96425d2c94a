// SPDX-License-Identifier: Apache-2.0
//
// From what a kernel's text holds to what it means: every crash with the
// policies it matches.
#pragma once

#include <string>
#include <vector>

#include "harden/crash.h"
#include "harden/crash_match.h"

namespace harden {

struct Diagnosis {
  CrashRecord record;
  std::vector<CrashMatch> matches;  // the surest first
  std::vector<CrashMatch> related;  // policies whose precursors came before it, and whose crash this is not
};

struct Diagnoses {
  std::vector<Diagnosis> crashes;    // in the order of the text
  std::vector<CrashMatch> warnings;  // of a text without a crash: policies whose precursors it has
  bool more = false;                 // there were more crashes than are kept
};

// `kernel`: the release, where the text itself does not name one ("": not known).
Diagnoses diagnose(CrashParser::Reading reading, const std::vector<Policy>& policies, const std::string& kernel = {});

}  // namespace harden
