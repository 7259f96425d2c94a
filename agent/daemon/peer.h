// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/daemon/http.h"
#include "harden/result.h"

namespace harden::daemon {

// Who connected, as the kernel noted it then (SO_PEERCRED, SO_PEERGROUPS).
// Not known for a socket that is not of AF_UNIX, or whose peer has gone.
Peer peer_of(int socket);

// Whether a listening socket is one of AF_UNIX (true) or of a loopback address
// (false). Errc::invalid for any other, and for one that does not listen.
Result<bool> is_unix_listener(int socket);

}  // namespace harden::daemon
