// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/peer.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "agent/core/system_error.h"

namespace harden::daemon {
namespace {

constexpr std::size_t kMostGroups = 65536;  // NGROUPS_MAX of the kernel

std::vector<gid_t> groups_of(int socket) {
  std::vector<gid_t> groups(32);
  for (;;) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
      groups.resize(size / sizeof(gid_t));
      return groups;
    }
    // The kernel says how much there is.
    const std::size_t wanted = size / sizeof(gid_t);
    if (errno != ERANGE || wanted <= groups.size() || wanted > kMostGroups) return {};
    groups.resize(wanted);
  }
}

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address);
    return (ntohl(in->sin_addr.s_addr) >> 24) == 127;
  }
  if (address.ss_family != AF_INET6) return false;
  const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address);
  return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

}  // namespace

Peer peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  Peer peer;
  int domain = 0;
  socklen_t domain_size = sizeof domain;
  if (::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &domain_size) != 0 || domain != AF_UNIX) return peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return peer;
  // The kernel's "nobody": a peer whose user the kernel does not have.
  if (credentials.uid == static_cast<uid_t>(-1)) return peer;
  peer.known = true;
  peer.uid = credentials.uid;
  peer.gid = credentials.gid;
  peer.pid = credentials.pid;
  peer.groups = groups_of(socket);
  return peer;
}

Result<bool> is_unix_listener(int socket) {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) {
    return std::unexpected(system_error(errno, "socket " + std::to_string(socket)));
  }
  if (listens == 0) return fail(Errc::invalid, "the socket does not listen", "socket " + std::to_string(socket));
  sockaddr_storage address{};
  size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return std::unexpected(system_error(errno, "socket " + std::to_string(socket)));
  }
  if (address.ss_family == AF_UNIX) return true;
  if (is_loopback(address)) return false;
  return fail(Errc::invalid, "only a loopback address may be listened on: metrics are for this host",
              "socket " + std::to_string(socket));
}

}  // namespace harden::daemon
