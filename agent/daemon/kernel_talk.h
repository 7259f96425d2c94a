// SPDX-License-Identifier: Apache-2.0
//
// What the kernel says, and which part of it may be a crash. A crash is many
// messages, and what led to it came before: so the last messages are kept, and
// once one may begin a crash they are part of it with those that follow.
// Messages that programs wrote into the kernel's log are none of the kernel's.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "agent/crash/kmsg.h"

namespace harden::daemon {

class KernelTalk {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 10;  // of a part, and of what is kept
  static constexpr std::size_t kMostKept = 200;
  static constexpr int kMostParts = 16;  // of one row of messages; what follows is dropped

  // A record of /dev/kmsg. Gives a part where the row has become too long for one.
  std::vector<std::string> take(std::string_view record);
  // Whether a row is under way that may be a crash.
  bool begun() const { return begun_; }
  // The row is over: the rest of it, as dmesg prints it, or "".
  std::string finish();
  // Messages that were overwritten before they were read, or dropped.
  std::uint64_t lost() const { return sequence_.lost() + dropped_; }

 private:
  std::string part();

  KmsgSequence sequence_;
  std::deque<std::string> kept_;
  std::size_t bytes_ = 0;
  bool begun_ = false;
  int parts_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace harden::daemon
