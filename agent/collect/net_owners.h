// SPDX-License-Identifier: Apache-2.0
//
// Which process holds which socket.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "harden/host.h"

namespace harden {

struct SocketOwner {
  std::int64_t pid = 0;
  std::string process;  // its comm, as hostile as the process
};

// The process with the lowest id that has each of these socket inodes open,
// by its links in /proc/PID/fd. A socket whose holder cannot be seen (another
// user's process, another pid namespace) is left out. Looks at no more than
// `most_links` links, and at none once every socket has its owner.
std::unordered_map<std::uint64_t, SocketOwner> socket_owners(const Host& host, std::unordered_set<std::uint64_t> inodes,
                                                             std::size_t most_links = 100'000);

}  // namespace harden
