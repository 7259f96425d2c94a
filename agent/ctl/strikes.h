// SPDX-License-Identifier: Apache-2.0
//
// What has struck this host, from the store.
#pragma once

#include <vector>

#include "agent/ctl/common.h"
#include "agent/ctl/state.h"
#include "harden/strike.h"

namespace harden::ctl {

// Nothing where there is no store. Of a store that cannot be read stderr tells,
// and what it has counts as absent.
std::vector<Strike> load_strikes(const Host& host, const HostOption& root, const StateOption& state);

}  // namespace harden::ctl
