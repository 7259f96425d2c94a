// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as what the kernel sends over netlink, and as an engine's stream
// of events. The first byte chooses, and in pieces of what size.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/daemon/watch_messages.h"

using namespace harden::daemon;

namespace {

constexpr std::size_t kLongestName = 100;

bool printable(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) return false;
  }
  return true;
}

void kernel(std::string_view bytes) {
  if (const auto event = parse_uevent(bytes)) {
    if (const auto module = module_of(*event); module && !printable(*module)) std::abort();
  }
  for (const auto& link : parse_links(bytes).links) {
    if (link.name.empty() || link.name.size() > kLongestName || !printable(link.name)) std::abort();
  }
}

void engine(std::string_view bytes, std::size_t size) {
  constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EngineStream stream;
  if (size % 2 == 0 && !stream.feed(kHead)) std::abort();
  while (!bytes.empty()) {
    const auto piece = stream.feed(bytes.substr(0, size));
    if (!piece) return;
    for (const EngineEvent& event : piece->events) {
      if (event.type.empty() || event.action.empty() || !printable(event.type + event.action)) std::abort();
    }
    bytes.remove_prefix(std::min(size, bytes.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] < 64) {
    kernel(bytes);
  } else {
    engine(bytes, 1 + data[0] % 64);
  }
  return 0;
}
