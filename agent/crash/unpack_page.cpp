// SPDX-License-Identifier: Apache-2.0
//
// Each library is asked by the function that never writes beyond what it was
// given, whatever the packed bytes say.
#include "agent/crash/unpack_page.h"

#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "agent/core/shared_library.h"

namespace harden {
namespace {

std::unexpected<Error> damaged() { return fail(Errc::malformed, "a page of it does not unpack: it is damaged", ""); }

Result<> whole(bool unpacked, std::size_t length, std::size_t page) {
  if (!unpacked || length != page) return damaged();
  return {};
}

Result<> plain(std::string_view packed, std::span<char> page) {
  if (packed.size() != page.size()) return damaged();
  std::ranges::copy(packed, page.begin());
  return {};
}

Result<> zlib(std::string_view packed, std::span<char> page) {
  auto length = static_cast<uLongf>(page.size());
  const int status = ::uncompress(reinterpret_cast<Bytef*>(page.data()), &length,
                                  reinterpret_cast<const Bytef*>(packed.data()), static_cast<uLong>(packed.size()));
  return whole(status == Z_OK, length, page.size());
}

Result<> lzo(std::string_view packed, std::span<char> page) {
  static SharedLibrary library("liblzo2.so.2");
  const auto unpack = library.function<decltype(lzo1x_decompress_safe)>("lzo1x_decompress_safe");
  if (!unpack) return std::unexpected(unpack.error());
  lzo_uint length = page.size();
  const int status =
      (*unpack)(reinterpret_cast<const unsigned char*>(packed.data()), static_cast<lzo_uint>(packed.size()),
                reinterpret_cast<unsigned char*>(page.data()), &length, nullptr);
  return whole(status == LZO_E_OK, length, page.size());
}

Result<> snappy(std::string_view packed, std::span<char> page) {
  static SharedLibrary library("libsnappy.so.1");
  const auto unpack = library.function<decltype(snappy_uncompress)>("snappy_uncompress");
  if (!unpack) return std::unexpected(unpack.error());
  std::size_t length = page.size();
  const snappy_status status = (*unpack)(packed.data(), packed.size(), page.data(), &length);
  return whole(status == SNAPPY_OK, length, page.size());
}

// An error is a number larger than any page (ZSTD_isError).
Result<> zstd(std::string_view packed, std::span<char> page) {
  static SharedLibrary library("libzstd.so.1");
  const auto unpack = library.function<decltype(ZSTD_decompress)>("ZSTD_decompress");
  if (!unpack) return std::unexpected(unpack.error());
  return whole(true, (*unpack)(page.data(), page.size(), packed.data(), packed.size()), page.size());
}

}  // namespace

Result<> unpack_page(std::uint32_t flags, std::string_view packed, std::span<char> page) {
  switch (flags) {
    case 0: return plain(packed, page);
    case kPageZlib: return zlib(packed, page);
    case kPageLzo: return lzo(packed, page);
    case kPageSnappy: return snappy(packed, page);
    case kPageZstd: return zstd(packed, page);
    default: return fail(Errc::unsupported, "a page of it is packed in a way that is not known here", "");
  }
}

}  // namespace harden
