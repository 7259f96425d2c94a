// SPDX-License-Identifier: Apache-2.0
//
// What the verbs that heed waivers share: the waivers from the store and from
// the files.
#pragma once

#include <string>
#include <vector>

#include "agent/ctl/common.h"
#include "agent/ctl/state.h"
#include "harden/waiver.h"

namespace harden::ctl {

inline constexpr const char* kWaiverFiles = "/etc/hardend/waivers.d";

// The waivers of the store; none where there is no store.
Result<std::vector<Waiver>> stored_waivers(const Host& host, const HostOption& root, const StateOption& state);

// Those of the files, with what is wrong in them said on stderr.
struct LoadedWaivers {
  std::vector<Waiver> waivers;
  bool complete = true;  // no file had a mistake
};
LoadedWaivers waivers_of_files(const Host& host);

// Both. Of a store that cannot be read, and of files with mistakes, stderr
// tells, and what they waive counts as not waived.
LoadedWaivers load_all_waivers(const Host& host, const HostOption& root, const StateOption& state);

}  // namespace harden::ctl
