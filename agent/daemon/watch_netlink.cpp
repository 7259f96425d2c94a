// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/watch_netlink.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "agent/core/system_error.h"

namespace harden::daemon {
namespace {

constexpr std::size_t kLongest = std::size_t{32} << 10;  // rtnetlink's messages are at most this

}  // namespace

Result<Descriptor> open_netlink(int protocol, unsigned groups) {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!socket.open()) return std::unexpected(system_error(errno, "netlink"));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return std::unexpected(system_error(errno, "netlink"));
  }
  return socket;
}

Received receive(const Descriptor& socket, std::string& datagram) {
  for (;;) {
    datagram.resize(kLongest);
    sockaddr_nl sender{};
    socklen_t length = sizeof sender;
    const ssize_t count =
        ::recvfrom(socket.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&sender), &length);
    if (count < 0 && errno == EINTR) continue;
    datagram.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    if (count < 0) return errno == ENOBUFS ? Received::overrun : Received::nothing;
    if (length == sizeof sender && sender.nl_pid == 0) return Received::message;
  }
}

}  // namespace harden::daemon
