// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "harden/result.h"

namespace harden {

// The system's sentence for an errno value, with what to do about a disk that
// is full or read-only.
std::string message_of(int number);

// The error that an errno value is, with its message.
Error system_error(int number, const std::string& place);

}  // namespace harden
