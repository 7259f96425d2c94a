// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "harden/host.h"

namespace harden::probe {

// What uname -r says on this host; safe to be put into a path.
Result<std::string> running_release(const Host& host);

}  // namespace harden::probe
