// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/quota.h"

#include <algorithm>

namespace harden::daemon {

// The user's own limit is asked first: who is over it is told so, and not that
// the server is full.
Room Quota::room_for_connection(uid_t uid) const {
  if (connections_of(uid) >= limits_.user_connections) return Room::user_full;
  return connections_ >= limits_.connections ? Room::all_full : Room::yes;
}

Room Quota::room_for_request(uid_t uid) const {
  const auto user = users_.find(uid);
  if (user != users_.end() && user->second.requests >= limits_.user_requests) return Room::user_full;
  return requests_ >= limits_.requests ? Room::all_full : Room::yes;
}

void Quota::connected(uid_t uid) {
  ++connections_;
  ++users_[uid].connections;
}

void Quota::disconnected(uid_t uid) {
  --connections_;
  --users_[uid].connections;
  forget_if_idle(uid);
}

void Quota::begun(uid_t uid) {
  ++requests_;
  ++users_[uid].requests;
}

void Quota::ended(uid_t uid) {
  --requests_;
  --users_[uid].requests;
  forget_if_idle(uid);
}

void Quota::forget_if_idle(uid_t uid) {
  const auto user = users_.find(uid);
  if (user->second.connections == 0 && user->second.requests == 0) users_.erase(user);
}

std::size_t Quota::connections_of(uid_t uid) const {
  const auto user = users_.find(uid);
  return user == users_.end() ? 0 : user->second.connections;
}

std::vector<uid_t> Quota::greediest() const {
  std::vector<uid_t> uids;
  for (const auto& [uid, held] : users_) uids.push_back(uid);
  std::ranges::stable_sort(uids, std::ranges::greater{}, [&](uid_t uid) { return connections_of(uid); });
  return uids;
}

}  // namespace harden::daemon
