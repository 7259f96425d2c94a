// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/net_sockets.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include "agent/core/text.h"

namespace harden {
namespace {

using Address = std::array<unsigned char, 16>;
constexpr Address kLoopback6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct Endpoint {
  Address address{};
  bool ipv6 = false;
  std::uint64_t port = 0;
};

// Exactly so many hexadecimal digits, no sign and no prefix.
std::optional<std::uint32_t> hex(std::string_view digits, std::size_t count) {
  if (digits.size() != count) return std::nullopt;
  const auto value = text::to_hex(digits);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

// "0100007F:0277"
std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  Endpoint endpoint;
  endpoint.ipv6 = colon == 32;
  for (std::size_t at = 0; at < colon; at += 8) {
    const auto word = hex(text.substr(at, 8), 8);
    if (!word) return std::nullopt;
    std::memcpy(endpoint.address.data() + at / 2, &*word, sizeof *word);
  }
  const auto port = hex(text.substr(colon + 1), 4);
  if (!port) return std::nullopt;
  endpoint.port = *port;
  return endpoint;
}

bool is_loopback(const Endpoint& endpoint) {
  const Address& bytes = endpoint.address;
  if (!endpoint.ipv6) return bytes[0] == 127;
  const bool mapped = std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
  return bytes == kLoopback6 || (mapped && bytes[12] == 127);
}

bool is_unset(const Endpoint& endpoint) { return endpoint.port == 0 && endpoint.address == Address{}; }

ListeningSocket to_socket(const Endpoint& endpoint, std::uint64_t inode) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(endpoint.ipv6 ? AF_INET6 : AF_INET, endpoint.address.data(), text.data(), text.size());
  return {text.data(), static_cast<int>(endpoint.port), is_loopback(endpoint), endpoint.ipv6, inode};
}

struct Row {
  Endpoint local;
  Endpoint remote;
  std::uint32_t state = 0;
  std::uint64_t inode = 0;
};

// The columns are sl local rem st tx:rx tr:when retrnsmt uid timeout inode …
std::optional<Row> parse_row(std::string_view line) {
  const auto columns = text::words(line);
  if (columns.size() < 10) return std::nullopt;
  const auto local = parse_endpoint(columns[1]);
  const auto remote = parse_endpoint(columns[2]);
  const auto state = hex(columns[3], 2);
  const auto inode = text::to_int(columns[9]);
  if (!local || !remote || !state || !inode || *inode < 0) return std::nullopt;
  return Row{*local, *remote, *state, static_cast<std::uint64_t>(*inode)};
}

bool listens(const Row& row, SocketTable kind) {
  switch (kind) {
    case SocketTable::tcp: return row.state == 0x0a;
    case SocketTable::udp: return row.state == 0x07 && is_unset(row.remote);
  }
  return false;
}

std::unexpected<Error> no_row(const std::string& place, std::size_t line) {
  return fail(Errc::malformed, "not a row of a socket table", place + ":" + std::to_string(line));
}

std::optional<Endpoint> parse_address(std::string_view text, std::uint64_t port) {
  Endpoint endpoint;
  endpoint.port = port;
  endpoint.ipv6 = text.find(':') != std::string_view::npos;
  const int family = endpoint.ipv6 ? AF_INET6 : AF_INET;
  if (::inet_pton(family, std::string(text).c_str(), endpoint.address.data()) != 1) return std::nullopt;
  return endpoint;
}

// The columns are ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS…; SST 10 is
// SCTP_SS_LISTENING. Whether the line was a row at all.
bool add_sctp_row(std::string_view line, std::vector<ListeningSocket>& sockets) {
  const auto columns = text::words(line);
  if (columns.size() < 8) return false;
  const auto port = text::to_int(columns[5]);
  const auto inode = text::to_int(columns[7]);
  if (!port || *port < 0 || *port > std::numeric_limits<std::uint16_t>::max() || !inode || *inode < 0) return false;
  if (columns[3] != "10") return true;
  for (std::size_t i = 8; i < columns.size(); ++i) {
    const auto endpoint = parse_address(columns[i], static_cast<std::uint64_t>(*port));
    if (!endpoint) return false;
    sockets.push_back(to_socket(*endpoint, static_cast<std::uint64_t>(*inode)));
  }
  return true;
}

}  // namespace

Result<std::vector<ListeningSocket>> parse_sockets(std::string_view table, SocketTable kind, const std::string& place) {
  std::vector<ListeningSocket> sockets;
  std::size_t number = 0;
  for (const std::string_view line : text::lines(table)) {
    if (++number == 1 && text::trim(line).starts_with("sl ")) continue;
    const auto row = parse_row(line);
    if (!row) return no_row(place, number);
    if (listens(*row, kind)) sockets.push_back(to_socket(row->local, row->inode));
  }
  return sockets;
}

Result<std::vector<ListeningSocket>> parse_sctp_endpoints(std::string_view table, const std::string& place) {
  std::vector<ListeningSocket> sockets;
  std::size_t number = 0;
  for (const std::string_view line : text::lines(table)) {
    if (++number == 1 && text::trim(line).starts_with("ENDPT ")) continue;
    if (!add_sctp_row(line, sockets)) return no_row(place, number);
  }
  return sockets;
}

}  // namespace harden
