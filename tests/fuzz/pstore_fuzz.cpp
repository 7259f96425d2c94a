// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as the folders that are searched: parts split by a byte 0xff, each
// a path below one of them, a line end, and a content. Every source is read.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/core/text.h"
#include "harden/crash_source.h"
#include "tests/support/memory_host.h"

namespace {

void add(harden::test::MemoryHost& host, std::string_view part) {
  constexpr std::array<const char*, 4> kFolders = {"/sys/fs/pstore/", "/var/lib/systemd/pstore/", "/var/crash/", "/"};
  const auto end = part.find('\n');
  if (part.empty() || end == std::string_view::npos || end < 2) return;
  const std::string name(part.substr(1, end - 1));
  if (name.contains('\0') || name.contains("//") || name.starts_with('/') || name.ends_with('/')) return;
  host.file(kFolders[static_cast<unsigned char>(part[0]) % kFolders.size()] + name, std::string(part.substr(end + 1)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  harden::test::MemoryHost host;
  for (const std::string_view part : harden::text::split({reinterpret_cast<const char*>(data), size}, '\xff')) {
    add(host, part);
  }
  harden::CrashScan bounds;
  bounds.journal = false;
  const harden::CrashSources sources = harden::find_crash_sources(host, bounds);
  std::int64_t last = INT64_MAX;
  for (const harden::CrashSource& one : sources.found) {
    if (one.time > last) std::abort();
    last = one.time;
    std::size_t bytes = 0;
    const auto done = one.read([&](std::string_view piece) {
      bytes += piece.size();
      return true;
    });
    if (!done && done.error().message.empty()) std::abort();
  }
  return 0;
}
