// SPDX-License-Identifier: Apache-2.0
//
// The memory of a kernel that died, by the addresses which that kernel used.
// What is read from it may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "harden/result.h"

namespace harden {

class KernelMemory {
 public:
  virtual ~KernelMemory() = default;

  // Fills the whole buffer, or says why not.
  virtual Result<> read(std::uint64_t address, std::span<char> buffer) const = 0;

  virtual bool big_endian() const = 0;
  virtual std::size_t pointer_size() const = 0;  // 4 or 8

  // An unsigned number of 2, 4 or 8 bytes as it lies in memory.
  std::uint64_t number(std::string_view bytes) const;
  Result<std::uint64_t> number_at(std::uint64_t address, std::size_t size) const;
};

// A stretch of that memory, read piece by piece as it is asked for: cheap where
// it is asked for in order, and bounded however long the stretch is.
class MemoryWindow {
 public:
  MemoryWindow(const KernelMemory& memory, std::uint64_t base, std::uint64_t size)
      : memory_(memory), base_(base), size_(size) {}

  // Bytes that stay valid until the next call; at most kPiece of them.
  Result<std::string_view> at(std::uint64_t offset, std::size_t length);
  std::uint64_t size() const { return size_; }

  static constexpr std::size_t kPiece = 128 << 10;

 private:
  Result<> load(std::uint64_t offset);

  const KernelMemory& memory_;
  std::uint64_t base_;
  std::uint64_t size_;
  std::uint64_t loaded_at_ = 0;
  std::string piece_;
};

}  // namespace harden
