// SPDX-License-Identifier: Apache-2.0
//
// The processes of a host, as /proc shows them (proc(5)).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harden/host.h"

namespace harden {

// The folders of /proc that are processes, the lowest first. A process may be
// gone by the time it is looked at: its files are then Errc::absent.
Result<std::vector<std::int64_t>> process_ids(const Host& host);

// "/proc/12/comm"
std::string process_path(std::int64_t pid, const char* file);

// The name a process gave itself, at most 15 bytes of anything; "" where it
// cannot be read.
std::string process_name(const Host& host, std::int64_t pid);

}  // namespace harden
