// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as records of /dev/kmsg, split by a byte 0xff.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/core/text.h"
#include "agent/crash/kmsg.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  harden::KmsgSequence sequence;
  for (const std::string_view one : harden::text::split({reinterpret_cast<const char*>(data), size}, '\xff')) {
    const auto record = harden::parse_kmsg(one);
    if (!record) continue;
    if (record->level < 0 || record->level > 7 || record->microseconds < 0) std::abort();
    if (record->text.size() > one.size()) std::abort();
    const std::uint64_t before = sequence.lost();
    if (sequence.lost() - before != 0 || before + sequence.lost_before(*record) != sequence.lost()) std::abort();
    if (!harden::kmsg_line(*record).ends_with('\n')) std::abort();
  }
  return 0;
}
