// SPDX-License-Identifier: Apache-2.0
#include "agent/core/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace harden {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;

// Ends the stream on every way out.
struct Inflater {
  z_stream stream{};
  bool ready = inflateInit2(&stream, kGzipOnly) == Z_OK;
  Inflater() = default;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
};

}  // namespace

Result<std::string> gunzip(std::string_view packed, std::size_t limit) {
  Inflater inflater;
  if (!inflater.ready) return fail(Errc::failed, "zlib could not start");
  if (packed.size() > std::numeric_limits<uInt>::max()) return fail(Errc::too_large, "too much packed data");
  z_stream& stream = inflater.stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib's old interface; not written to
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK) {
    if (out.size() > limit) return fail(Errc::too_large, "unpacks to more than the limit");
    const std::size_t filled = out.size();
    const std::size_t wish = std::clamp<std::size_t>(filled, std::size_t{64} << 10, std::size_t{1} << 20);
    const std::size_t room = std::min(wish, limit + 1 - filled);
    out.resize(filled + room);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    stream.avail_out = static_cast<uInt>(room);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(filled + room - stream.avail_out);
  }
  if (status != Z_STREAM_END) return fail(Errc::malformed, "not a whole gzip file");
  if (out.size() > limit) return fail(Errc::too_large, "unpacks to more than the limit");
  return out;
}

}  // namespace harden
