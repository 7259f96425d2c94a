// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/dump_bytes.h"

namespace harden {

std::uint64_t DumpBytes::number(std::size_t offset, std::size_t size) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes_[offset + (big_ ? i : size - 1 - i)]);
  }
  return value;
}

std::string_view DumpBytes::text(std::size_t offset, std::size_t size) const {
  if (offset > bytes_.size()) return {};
  const std::string_view field = std::string_view(bytes_).substr(offset, size);
  return field.substr(0, field.find('\0'));
}

Result<DumpBytes> dump_bytes(const OpenFile& file, const std::string& place, std::uint64_t offset, std::size_t size,
                             bool big_endian) {
  std::string bytes(size, '\0');
  const auto count = file.read_at(offset, bytes);
  if (!count) return std::unexpected(count.error());
  if (*count != size) return fail(Errc::malformed, "cut off within its headers", place);
  return DumpBytes(std::move(bytes), big_endian);
}

Result<> dump_part(const OpenFile& file, const std::string& place, std::uint64_t offset, std::uint64_t size,
                   std::uint64_t most, const char* what) {
  if (size > most || offset > file.size() || size > file.size() - offset) {
    return fail(Errc::malformed, std::string(what) + " do not lie within the file", place);
  }
  return {};
}

}  // namespace harden
