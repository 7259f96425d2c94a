// SPDX-License-Identifier: Apache-2.0
//
// A policy's sample texts, run: what they say must be told as its crash.
#pragma once

#include <string>
#include <vector>

#include "harden/crash_match.h"
#include "harden/result.h"

namespace harden {

// What is wrong with a sample, a sentence; "" where nothing is. It is the file
// FOLDER/sample.file; one of its crashes is to be a likely or certain match of
// `policy`, and none of them a match of any other of `policies`. An error where
// it cannot be read.
Result<std::string> run_sample(const Policy& policy, const CrashSample& sample, const std::string& folder,
                               const std::vector<Policy>& policies);

}  // namespace harden
