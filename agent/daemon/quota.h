// SPDX-License-Identifier: Apache-2.0
//
// Who holds how much of the server, so that one user's burst is that user's
// trouble alone. Only what was admitted is counted: a connection that is refused
// must not take the place of one that could be served.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <vector>

namespace harden::daemon {

// Peers by TCP, of whom nothing is known, count as one user.
constexpr uid_t kNobody = static_cast<uid_t>(-1);

enum class Room { yes, user_full, all_full };

class Quota {
 public:
  struct Limits {
    std::size_t connections = 0;
    std::size_t user_connections = 0;
    std::size_t requests = 0;
    std::size_t user_requests = 0;
  };
  explicit Quota(Limits limits) : limits_(limits) {}

  Room room_for_connection(uid_t uid) const;
  void connected(uid_t uid);
  void disconnected(uid_t uid);

  Room room_for_request(uid_t uid) const;
  void begun(uid_t uid);
  void ended(uid_t uid);

  std::size_t connections() const { return connections_; }
  std::size_t requests() const { return requests_; }
  std::size_t connections_of(uid_t uid) const;
  // Users with connections, who has the most first.
  std::vector<uid_t> greediest() const;

 private:
  struct Held {
    std::size_t connections = 0;
    std::size_t requests = 0;
  };
  void forget_if_idle(uid_t uid);

  Limits limits_;
  std::size_t connections_ = 0;
  std::size_t requests_ = 0;
  std::map<uid_t, Held> users_;  // none that holds nothing
};

}  // namespace harden::daemon
