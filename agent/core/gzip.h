// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harden/result.h"

namespace harden {

// What a gzip file (RFC 1952, one member) holds. Errc::malformed where it is
// none or its check sum does not hold, Errc::too_large where it holds more than
// `limit` bytes; little more is ever unpacked.
Result<std::string> gunzip(std::string_view packed, std::size_t limit);

}  // namespace harden
