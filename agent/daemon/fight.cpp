// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/fight.h"

namespace harden::daemon {

bool Fight::strike(BootTime now) {
  if (now >= forgotten_) strikes_ = 0;
  constexpr int kMostDoublings = 12;  // beyond an hour
  const BootTime delay = std::min<BootTime>(kFirst * (1 << std::min(strikes_, kMostDoublings)), kLongest);
  ++strikes_;
  next_ = now + delay;
  forgotten_ = now + std::max<BootTime>(kQuiet, 4 * delay);
  return strikes_ == kContested;
}

}  // namespace harden::daemon
