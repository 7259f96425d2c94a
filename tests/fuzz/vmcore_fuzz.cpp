// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a dump of memory. Seeds: vmcore_synthetic --dumps.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "agent/crash/vmcore.h"
#include "tests/support/memory_host.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  harden::test::MemoryHost host;
  host.file("/vmcore", std::string(reinterpret_cast<const char*>(data), size));
  const auto dump = harden::Vmcore::open(*host.open("/vmcore"), "/vmcore");
  if (!dump) {
    if (dump.error().message.empty()) std::abort();
    return 0;
  }
  std::size_t bytes = 0;
  const auto done = dump->read([&](std::string_view text) {
    bytes += text.size();
    return bytes < 1 << 20;
  });
  if (!done && done.error().message.empty()) std::abort();
  return 0;
}
