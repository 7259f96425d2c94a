// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "harden/result.h"

namespace harden {

// The error that an errno value is, with the system's sentence for it.
Error system_error(int number, const std::string& place);

}  // namespace harden
