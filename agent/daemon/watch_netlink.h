// SPDX-License-Identifier: Apache-2.0
//
// A netlink(7) socket that listens to groups.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/host/descriptor.h"
#include "harden/result.h"

namespace harden::daemon {

// Of this network namespace, non-blocking.
Result<Descriptor> open_netlink(int protocol, unsigned groups);

enum class Received { message, nothing, overrun };
// One datagram from the kernel; those that other processes send are thrown
// away. What is longer than the block is cut, which parsing finds out.
Received receive(const Descriptor& socket, std::string& datagram);

}  // namespace harden::daemon
