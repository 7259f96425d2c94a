// SPDX-License-Identifier: Apache-2.0
//
// Who can be reached over the network, in the network namespace we are in.
#include <array>

#include "agent/collect/net_owners.h"
#include "agent/collect/net_sockets.h"
#include "harden/collector.h"

namespace harden {
namespace {

using Sockets = std::vector<ListeningSocket>;

// A hundred thousand connections are 15 MB of table.
constexpr Limit kTableLimit{.bytes = std::size_t{64} << 20, .time = std::chrono::seconds(4)};

struct Table {
  const char* path;
  const char* protocol;
  Result<Sockets> (*parse)(std::string_view, const std::string&);
};

Result<Sockets> parse_tcp(std::string_view table, const std::string& place) {
  return parse_sockets(table, SocketTable::tcp, place);
}

Result<Sockets> parse_udp(std::string_view table, const std::string& place) {
  return parse_sockets(table, SocketTable::udp, place);
}

constexpr std::array<Table, 5> kTables{{
    {"/proc/net/tcp", "tcp", parse_tcp},
    {"/proc/net/tcp6", "tcp", parse_tcp},
    {"/proc/net/udp", "udp", parse_udp},
    {"/proc/net/udp6", "udp", parse_udp},
    {"/proc/net/sctp/eps", "sctp", parse_sctp_endpoints},
}};

struct Listener {
  const char* protocol;
  ListeningSocket socket;
};

Result<Sockets> read_table(const Host& host, const Table& table) {
  const auto content = host.read(table.path, kTableLimit);
  if (!content) return std::unexpected(content.error());
  return table.parse(*content, table.path);
}

// For each table the kernel walks every bucket of a hash made for the most
// connections there could be, so they are read side by side. A protocol whose
// table is absent is one the kernel does not have; without any table there is no
// /proc/net to look at.
Result<std::vector<Listener>> read_tables(const Host& host) {
  std::array<Result<Sockets>, kTables.size()> tables;
  for_each_index(tables.size(), [&](std::size_t i) { tables[i] = read_table(host, kTables[i]); });
  std::vector<Listener> listeners;
  bool any = false;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (!tables[i] && tables[i].error().code == Errc::absent) continue;
    if (!tables[i]) return std::unexpected(tables[i].error());
    any = true;
    for (ListeningSocket& socket : *tables[i]) listeners.push_back({kTables[i].protocol, std::move(socket)});
  }
  if (!any) return fail(Errc::absent, "no table of sockets", "/proc/net");
  return listeners;
}

Value to_value(const Listener& listener, const SocketOwner& owner) {
  const ListeningSocket& socket = listener.socket;
  return Map({{"family", socket.ipv6 ? "ipv6" : "ipv4"},
              {"protocol", listener.protocol},
              {"address", socket.address},
              {"port", socket.port},
              {"loopback", socket.loopback},
              {"process", owner.process},
              {"pid", owner.pid}});
}

void collect_listeners(const Host& host, const Wanted&, FactSink& sink) {
  const auto listeners = read_tables(host);
  if (!listeners) return sink.fail("net.listeners", listeners.error());
  std::unordered_set<std::uint64_t> inodes;
  for (const Listener& listener : *listeners) inodes.insert(listener.socket.inode);
  const auto owners = socket_owners(host, std::move(inodes));
  List values;
  for (const Listener& listener : *listeners) {
    const auto owner = owners.find(listener.socket.inode);
    values.push_back(to_value(listener, owner == owners.end() ? SocketOwner{} : owner->second));
  }
  sink.set("net.listeners", std::move(values), "/proc/net/{tcp,tcp6,udp,udp6,sctp/eps}");
}

const RegisterCollector registration({
    "net_listeners",
    {{"net.listeners",
      Type::list_of(Type::record({
          {"family", Type::Kind::string, "ipv4 or ipv6; an IPv6 socket may take IPv4 too"},
          {"protocol", Type::Kind::string, "tcp, udp or sctp"},
          {"address", Type::Kind::string, "the local address, 0.0.0.0 or :: for all"},
          {"port", Type::Kind::integer, "the local port"},
          {"loopback", Type::Kind::boolean, "bound to an address of this host alone"},
          {"process", Type::Kind::string,
           "the holder's comm; empty where it cannot be seen, which takes CAP_SYS_PTRACE: the daemon's units lack it"},
          {"pid", Type::Kind::integer, "the holder's process id; 0 where it cannot be seen"},
      })),
      "", "sockets that take connections or datagrams from anybody (proc_net(5))"}},
    collect_listeners,
    /*slow=*/true,
});

}  // namespace
}  // namespace harden
