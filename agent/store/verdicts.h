// SPDX-License-Identifier: Apache-2.0
//
// The verdicts that were told last, so that a daemon which starts again tells
// what has changed and nothing else. Errors as agent/store/store.h has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/store/store.h"
#include "harden/policy.h"

namespace harden {

inline constexpr std::size_t kMostVerdicts = 20'000;  // as many as there are policies

struct KeptVerdict {
  std::string policy;
  Verdict verdict = Verdict::unknown;
  bool waived = false;

  friend bool operator==(const KeptVerdict&, const KeptVerdict&) = default;
};

struct KeptVerdicts {
  std::vector<KeptVerdict> verdicts;  // by policy
  std::uint64_t event = 0;            // the last event that is told in them
};

// Takes the place of all that were kept. Errc::too_large beyond kMostVerdicts.
Result<> keep_verdicts(Store& store, const KeptVerdicts& kept);

// Empty where none were ever kept.
Result<KeptVerdicts> kept_verdicts(const Store& store);

}  // namespace harden
