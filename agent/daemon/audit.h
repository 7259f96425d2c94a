// SPDX-License-Identifier: Apache-2.0
//
// The kernel's audit trail: a record of every change, as a user message over
// netlink (linux/audit.h). It needs CAP_AUDIT_WRITE and a kernel that audits.
#pragma once

#include <cstdint>
#include <string>

#include "agent/daemon/log.h"
#include "agent/host/descriptor.h"

namespace harden::daemon {

class Audit {
 public:
  Audit();

  // Writes a change down: `op=… transaction=… caller_uid=… caller_pid=… res=…`.
  // Gives why that cannot be done, once for each reason; "" where it was done.
  std::string write(const Record& record);

 private:
  Descriptor socket_;
  int closed_ = 0;  // why there is no socket
  int told_ = 0;    // the errno that was told last
  std::uint32_t sequence_ = 0;
};

}  // namespace harden::daemon
