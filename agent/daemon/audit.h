// SPDX-License-Identifier: Apache-2.0
//
// The kernel's audit trail: a record of every change, as a user message over
// netlink (linux/audit.h). It needs CAP_AUDIT_WRITE and a kernel that audits.
#pragma once

#include <string>

#include "agent/daemon/log.h"
#include "agent/host/descriptor.h"

namespace harden::daemon {

class Audit {
 public:
  Audit();

  // Writes a change down: `op=… transaction=… uid=… pid=… res=…`. Gives why that
  // cannot be done, the first time; "" where it was done, and afterwards.
  std::string write(const Record& record);

 private:
  Descriptor socket_;
  std::string trouble_;
  bool said_ = false;
};

}  // namespace harden::daemon
