// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a log, in pieces: records within their bounds, never a crash.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "harden/crash.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void use(const harden::CrashRecord& record) {
  require(record.title.size() <= 256 && !record.title.empty());
  require(record.text.size() <= (64U << 10));
  require(record.frames.size() <= 64 && record.modules.size() <= 256 && record.precursors.size() <= 48);
  require(record.count >= 1 && record.line >= 1);
  require(record.corrupted == !record.corrupted_why.empty());
  require(harden::crash_type_from(to_string(record.type)) == record.type);
  require(harden::fingerprint(record).size() == 16);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The first byte says how long the pieces are.
  const std::size_t step = data[0] == 0 ? size : data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  static harden::CrashParser parser = [] {
    harden::CrashParser made;
    made.watch_for({"no more sockets", "mlx5.*timeout", "(?i)link is (up|down)"});
    return made;
  }();
  for (std::size_t at = 0; at < text.size(); at += step) parser.feed(text.substr(at, step));
  const auto reading = parser.finish();
  require(reading.crashes.size() <= 1000);
  for (const harden::CrashRecord& record : reading.crashes) use(record);
  static harden::CrashParser other;
  other.feed(text);
  const auto whole = other.finish();
  require(whole.crashes.size() == reading.crashes.size());
  return 0;
}
