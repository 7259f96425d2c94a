// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a kernel's memory and VMCOREINFO: text or an error, bounded by
// what the memory can hold. Seeds: vmcore_synthetic --seeds FOLDER.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/crash/printk.h"
#include "tests/support/kernel_dump.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const harden::test::KernelImage image({reinterpret_cast<const char*>(data), size});
  std::size_t bytes = 0;
  // A byte becomes ten at most, and a line of a record its indentation; a record's prefix lies on top.
  const std::size_t most = 4096 + 128 * size;
  const auto take = [&](std::string_view text) {
    bytes += text.size();
    return true;
  };
  const auto done = harden::read_printk(image, harden::Vmcoreinfo(image.info()), take, {}, {size % 2 == 0});
  if (bytes > most) std::abort();
  if (!done && done.error().message.empty()) std::abort();
  return 0;
}
