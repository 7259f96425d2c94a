// SPDX-License-Identifier: Apache-2.0
//
// Numbers of either byte order out of a piece of a file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harden/host.h"

namespace harden {

class DumpBytes {
 public:
  DumpBytes(std::string bytes, bool big_endian) : bytes_(std::move(bytes)), big_(big_endian) {}

  // `size` at most 8 bytes; 0 where they do not all lie within the piece.
  std::uint64_t number(std::size_t offset, std::size_t size) const;
  // Up to the first NUL.
  std::string_view text(std::size_t offset, std::size_t size) const;
  std::string_view all() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
  bool big_;
};

// Errc::malformed where the file ends before.
Result<DumpBytes> dump_bytes(const OpenFile& file, const std::string& place, std::uint64_t offset, std::size_t size,
                             bool big_endian);

// Errc::malformed where a part of the file is larger than `most`, or lies
// outside of it; `what` names the part in the plural.
Result<> dump_part(const OpenFile& file, const std::string& place, std::uint64_t offset, std::uint64_t size,
                   std::uint64_t most, const char* what);

constexpr std::uint64_t kMostVmcoreinfo = 1 << 20;

}  // namespace harden
