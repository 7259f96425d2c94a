// SPDX-License-Identifier: Apache-2.0
//
// Records of /dev/kmsg (Documentation/ABI/testing/dev-kmsg): one read(2) gives
//     <facility and level>,<sequence>,<microseconds since boot>,<flag>[,more];<text>
//      KEY=VALUE
// where control characters and backslashes of the text are written as \x0a.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harden/result.h"

namespace harden {

struct KmsgRecord {
  int level = 6;     // 0 emergency to 7 debug
  int facility = 0;  // 0 is the kernel itself; others were written by programs
  std::uint64_t sequence = 0;
  std::int64_t microseconds = 0;  // since boot
  bool fragment = false;          // more of the line follows in the next record
  std::string caller;             // "T12" or "C0", where the kernel says it
  std::string text;               // as it was printed, lines apart by '\n', control characters and all
  std::vector<std::pair<std::string, std::string>> fields;  // SUBSYSTEM, DEVICE
};

// Errc::malformed where the prefix is none.
Result<KmsgRecord> parse_kmsg(std::string_view record);

// As dmesg prints it, for whoever reads kernel text: "[    5.140900] text\n",
// each further line of it with the prefix again.
std::string kmsg_line(const KmsgRecord& record);

// Follows records one after the other and counts those that are missing
// between them: the kernel overwrites what was not read in time, and says so
// by EPIPE once, and by the gap in the sequence.
class KmsgSequence {
 public:
  // How many records are missing before this one.
  std::uint64_t lost_before(const KmsgRecord& record);
  std::uint64_t lost() const { return lost_; }  // in all

 private:
  std::uint64_t next_ = 0;
  std::uint64_t lost_ = 0;
  bool begun_ = false;
};

}  // namespace harden
