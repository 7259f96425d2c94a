// SPDX-License-Identifier: Apache-2.0
//
// The waivers of the store. Errors as agent/store/store.h has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/store/store.h"
#include "harden/waiver.h"

namespace harden {

inline constexpr std::size_t kMostWaivers = 10'000;

// Takes the place of the one of the same policy; drops those that have been
// over for a year. Errc::invalid without a policy or a reason; Errc::too_large
// beyond kMostWaivers. `source` is not kept.
Result<> add_waiver(Store& store, const Waiver& waiver, std::int64_t now);

// Errc::absent where there is none of that policy.
Result<> remove_waiver(Store& store, const std::string& policy);

// All of them, those that are over included, in the order of their policies.
Result<std::vector<Waiver>> waivers(const Store& store);

}  // namespace harden
