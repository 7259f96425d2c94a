// SPDX-License-Identifier: Apache-2.0
//
// From what was seen to the facts that may have changed with it.
#pragma once

#include "agent/daemon/sighting.h"
#include "agent/engine/dependents.h"

namespace harden::daemon {

// No facts for what concerns none: policies, waivers, the files of sysctl.d.
// What was lost is taken as everything that its source could have told.
Changed changed_by(const Sighting& sighting, const Dependents& dependents);

}  // namespace harden::daemon
