// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/kernel_memory.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace harden {
namespace {

std::string place_of(std::uint64_t address) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(address));
  return text.data();
}

}  // namespace

std::uint64_t KernelMemory::number(std::string_view bytes) const {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char byte = bytes[big_endian() ? i : bytes.size() - 1 - i];
    value = value << 8 | static_cast<unsigned char>(byte);
  }
  return value;
}

Result<std::uint64_t> KernelMemory::number_at(std::uint64_t address, std::size_t size) const {
  std::array<char, 8> bytes{};
  const std::span<char> part = std::span(bytes).first(std::min(size, bytes.size()));
  if (auto done = read(address, part); !done) return std::unexpected(done.error());
  return number({part.data(), part.size()});
}

Result<std::string_view> MemoryWindow::at(std::uint64_t offset, std::size_t length) {
  if (length > kPiece || length > size_ || offset > size_ - length) {
    return fail(Errc::malformed, "a record lies outside of the ring buffer", place_of(base_ + offset));
  }
  const bool loaded = offset >= loaded_at_ && offset - loaded_at_ <= piece_.size() &&
                      length <= piece_.size() - static_cast<std::size_t>(offset - loaded_at_);
  if (!loaded) {
    if (auto done = load(offset); !done) return std::unexpected(done.error());
  }
  return std::string_view(piece_).substr(static_cast<std::size_t>(offset - loaded_at_), length);
}

// Nothing is kept of a piece that could not be read whole.
Result<> MemoryWindow::load(std::uint64_t offset) {
  piece_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, size_ - offset)));
  loaded_at_ = offset;
  auto done = memory_.read(base_ + offset, piece_);
  if (!done) piece_.clear();
  return done;
}

}  // namespace harden
