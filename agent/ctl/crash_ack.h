// SPDX-License-Identifier: Apache-2.0
//
// `hardenctl crash ack`: a kind of crash is dealt with.
#pragma once

#include "agent/ctl/verb.h"

namespace harden::ctl {

struct CrashAck {
  const CLI::App* verb;
  Action run;
};

CrashAck add_crash_ack(CLI::App& crash);

}  // namespace harden::ctl
