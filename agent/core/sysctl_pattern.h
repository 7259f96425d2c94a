// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harden/host.h"

namespace harden {

// The dotted keys that a key with "*" components stands for on a host, the
// ones in the place of a "*" in the order of /proc/sys. Of the last component
// it is not asked whether it is there. At most 20,000.
std::vector<std::string> expanded_keys(const Host& host, std::string_view pattern);

}  // namespace harden
