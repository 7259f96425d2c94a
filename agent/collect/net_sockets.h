// SPDX-License-Identifier: Apache-2.0
//
// The kernel's tables of sockets: /proc/net/{tcp,tcp6,udp,udp6} as written by
// tcp4_seq_show (net/ipv4/tcp_ipv4.c), get_tcp6_sock (net/ipv6/tcp_ipv6.c)
// and their udp siblings, and /proc/net/sctp/eps (net/sctp/proc.c).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harden/result.h"

namespace harden {

// A socket that takes connections or datagrams from anybody.
struct ListeningSocket {
  std::string address;  // as inet_ntop(3) writes it: "0.0.0.0", "::ffff:127.0.0.1"
  int port = 0;
  bool loopback = false;    // 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104
  bool ipv6 = false;        // an AF_INET6 socket, whatever addresses it takes
  std::uint64_t inode = 0;  // 0: the kernel knows no file of it
};

// Which rows of a table listen: tcp in state 0A (TCP_LISTEN), udp in state 07
// (TCP_CLOSE, which is every unconnected one) without a peer.
enum class SocketTable { tcp, udp };

// The listening rows of a tcp or udp table, in its order. An address is four
// bytes (or four times four) printed as an integer of the byte order of the
// machine that wrote the table, which is taken to be that of this one.
// Errc::malformed, with "place:line", for a row that is none.
Result<std::vector<ListeningSocket>> parse_sockets(std::string_view table, SocketTable kind, const std::string& place);

// The listening endpoints of /proc/net/sctp/eps, one for each local address.
Result<std::vector<ListeningSocket>> parse_sctp_endpoints(std::string_view table, const std::string& place);

}  // namespace harden
