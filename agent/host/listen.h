// SPDX-License-Identifier: Apache-2.0
//
// Sockets that listen. Each is non-blocking and closed on exec.
#pragma once

#include <string>

#include "agent/host/descriptor.h"
#include "harden/result.h"

namespace harden {

// A socket at `path`, root:GROUP 0660 from its first moment on (group "": as the
// process is). One that nobody answers on is replaced; Errc::unavailable where
// somebody does, Errc::invalid where something else is there, Errc::absent where
// there is no such group.
Result<Descriptor> listen_unix(const std::string& path, const std::string& group);

// Takes the socket at `path` away, if it is still the one that listens there.
void unlisten_unix(const std::string& path, const Descriptor& listener);

// "127.0.0.1:9105" or "[::1]:9105"; port 0 for any. Errc::invalid for what is no
// loopback address.
Result<Descriptor> listen_loopback(const std::string& address);

}  // namespace harden
