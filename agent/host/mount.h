// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace harden {

// Whether the file system that a path of the running machine is on may only be
// read by this process, as /proc/sys in a sandbox. False where it cannot be told.
bool is_read_only(const std::string& path);

}  // namespace harden
