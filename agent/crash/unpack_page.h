// SPDX-License-Identifier: Apache-2.0
//
// A page of a kdump-compressed dump, unpacked.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "harden/result.h"

namespace harden {

// makedumpfile's flags of a page; 0 is a page as it was.
constexpr std::uint32_t kPageZlib = 0x1;
constexpr std::uint32_t kPageLzo = 0x2;
constexpr std::uint32_t kPageSnappy = 0x4;
constexpr std::uint32_t kPageZstd = 0x20;

// Fills the whole page. Errc::malformed where the packed bytes are not that of a
// page of this size, Errc::unsupported where how they are packed is not known,
// or the library for it is not installed (zlib is always there; liblzo2,
// libsnappy and libzstd are loaded when they are needed).
Result<> unpack_page(std::uint32_t flags, std::string_view packed, std::span<char> page);

}  // namespace harden
