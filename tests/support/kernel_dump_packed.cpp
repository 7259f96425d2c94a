// SPDX-License-Identifier: Apache-2.0
//
// The made-up kernel as makedumpfile would write it: see agent/crash/dump_kdump.cpp
// for the format.
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "agent/crash/unpack_page.h"
#include "tests/support/kernel_dump.h"

namespace harden::test {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kFirstPage = 0x1000000 / kPage;  // kernel_dump.cpp's kPhysical
constexpr std::size_t kNotesAt = 1024;                 // in the sub-header's block

std::string zlib(std::string_view page) {
  std::string packed(::compressBound(page.size()), '\0');
  uLongf size = packed.size();
  ::compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(page.data()), page.size(),
              9);
  packed.resize(size);
  return packed;
}

std::string lzo(std::string_view page) {
  std::string packed(page.size() + page.size() / 16 + 67, '\0');
  std::string work(LZO1X_1_MEM_COMPRESS, '\0');
  lzo_uint size = packed.size();
  ::lzo1x_1_compress(reinterpret_cast<const unsigned char*>(page.data()), page.size(),
                     reinterpret_cast<unsigned char*>(packed.data()), &size, work.data());
  packed.resize(size);
  return packed;
}

std::string snappy(std::string_view page) {
  std::string packed(::snappy_max_compressed_length(page.size()), '\0');
  std::size_t size = packed.size();
  ::snappy_compress(page.data(), page.size(), packed.data(), &size);
  packed.resize(size);
  return packed;
}

std::string zstd(std::string_view page) {
  std::string packed(::ZSTD_compressBound(page.size()), '\0');
  packed.resize(::ZSTD_compress(packed.data(), packed.size(), page.data(), page.size(), 1));
  return packed;
}

std::string pack(std::uint32_t packing, std::string_view page) {
  switch (packing) {
    case kPageZlib: return zlib(page);
    case kPageLzo: return lzo(page);
    case kPageSnappy: return snappy(page);
    case kPageZstd: return zstd(page);
    default: return std::string(page);
  }
}

// A file that grows to where something is put.
class Blocks {
 public:
  void put(std::size_t at, std::uint64_t value, std::size_t size) {
    if (bytes_.size() < at + size) bytes_.resize(at + size);
    std::memcpy(bytes_.data() + at, &value, size);
  }
  void put(std::size_t at, std::string_view text) {
    if (bytes_.size() < at + text.size()) bytes_.resize(at + text.size());
    bytes_.replace(at, text.size(), text);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace

std::string KernelDump::kdump(std::uint32_t packing) const {
  if (big_ || pointer_ != 8) throw std::logic_error("only as x86-64");
  const std::size_t count = (memory_.size() + kPage - 1) / kPage;
  const std::size_t sub_blocks = (kNotesAt + info_.size()) / kPage + 1;
  const std::size_t bitmap_blocks = 2 * ((kFirstPage + count) / 8 / kPage + 1);
  const std::size_t bitmap_at = (1 + sub_blocks) * kPage;
  Blocks file;
  file.put(0, "KDUMP   ");
  file.put(8, 6, 4);
  file.put(12 + std::size_t{4} * 65, "x86_64");
  const std::array<std::size_t, 4> sizes = {kPage, sub_blocks, bitmap_blocks, kFirstPage + count};
  for (std::size_t i = 0; i < sizes.size(); ++i) file.put(428 + 4 * i, sizes[i], 4);
  file.put(kPage + 32, kPage + kNotesAt, 8);
  file.put(kPage + 40, info_.size(), 8);
  file.put(kPage + 96, kFirstPage + count, 8);
  file.put(kPage + kNotesAt, info_);
  const std::size_t descriptors_at = bitmap_at + bitmap_blocks * kPage;
  std::size_t data_at = descriptors_at + count * 24;
  std::string bitmap(bitmap_blocks / 2 * kPage, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number = kFirstPage + i;
    bitmap[number / 8] = static_cast<char>(bitmap[number / 8] | 1 << number % 8);
    std::string page = memory_.substr(i * kPage, kPage);
    page.resize(kPage);
    std::string packed = pack(packing, page);
    const bool smaller = packing != 0 && packed.size() < kPage;  // else it is kept as it is
    if (!smaller) packed = page;
    file.put(descriptors_at + i * 24, data_at, 8);
    file.put(descriptors_at + i * 24 + 8, packed.size(), 4);
    file.put(descriptors_at + i * 24 + 12, smaller ? packing : 0, 4);
    file.put(data_at, packed);
    data_at += packed.size();
  }
  file.put(bitmap_at, bitmap + bitmap);
  return file.bytes();
}

}  // namespace harden::test
