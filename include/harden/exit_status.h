// SPDX-License-Identifier: Apache-2.0
//
// The exit status of hardenctl, in one place. The numbers from 64 on are
// those of sysexits.h.
#pragma once

namespace harden {

enum class ExitStatus : int {
  clean = 0,
  failed = 1,
  findings = 2,        // at or above --fail-on
  undecided = 3,       // something is unknown and nothing is exposed
  usage = 64,          // EX_USAGE
  bad_data = 65,       // EX_DATAERR: a bad policy or file
  unreachable = 69,    // EX_UNAVAILABLE: the daemon
  not_permitted = 77,  // EX_NOPERM
};

}  // namespace harden
