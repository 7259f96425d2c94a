// SPDX-License-Identifier: Apache-2.0
//
// Which process holds which socket.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "agent/core/parallel.h"
#include "harden/host.h"

namespace harden {

struct SocketOwner {
  std::int64_t pid = 0;
  std::string process;  // its comm, as hostile as the process
};

// The process with the lowest id that has each of these socket inodes open,
// by its links in /proc/PID/fd. A socket whose holder cannot be seen (another
// user's process, another pid namespace) is left out. No process is begun once
// every socket has its owner.
struct SearchBounds {
  std::size_t links = 100'000;       // in all
  std::size_t threads = kMostLanes;  // at once
};
std::unordered_map<std::uint64_t, SocketOwner> socket_owners(const Host& host, std::unordered_set<std::uint64_t> inodes,
                                                             SearchBounds bounds = {});

}  // namespace harden
