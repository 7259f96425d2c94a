// SPDX-License-Identifier: Apache-2.0
//
// What `hardenctl crash` looks at, read and diagnosed.
#pragma once

#include <string>
#include <vector>

#include "agent/report/crash_report.h"
#include "harden/host.h"
#include "harden/policy.h"

namespace harden::ctl {

// Crashes, warnings, notes, and what could not be read, of these files: kernel
// text or dumps of memory. A file named "-" is the standard input. Progress is
// told on stderr where that is a terminal.
CrashView read_files(const std::vector<std::string>& files, const std::vector<Policy>& policies);

// The same of everywhere on a host where kernels leave what they said, the
// newest first. `last`: only the newest source that has a crash.
CrashView read_host(const Host& host, const std::vector<Policy>& policies, bool last);

// Says what each known bug of the view means on this host.
void judge_bugs(CrashView& view, const std::shared_ptr<const Host>& host, const std::vector<Policy>& policies);

}  // namespace harden::ctl
