// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/net_owners.h"

#include <optional>

#include "agent/collect/processes.h"
#include "agent/core/text.h"

namespace harden {
namespace {

// "socket:[4711]"
std::optional<std::uint64_t> socket_inode(std::string_view link) {
  constexpr std::string_view kPrefix = "socket:[";
  if (!link.starts_with(kPrefix) || !link.ends_with(']')) return std::nullopt;
  link.remove_prefix(kPrefix.size());
  link.remove_suffix(1);
  const auto inode = text::to_int(link);
  if (!inode || *inode <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(*inode);
}

// Those of `wanted` that the process has open; they are taken out of it.
std::vector<std::uint64_t> take_sockets_of(const Host& host, std::int64_t pid,
                                           std::unordered_set<std::uint64_t>& wanted, std::size_t& links_left) {
  std::vector<std::uint64_t> found;
  const std::string folder = process_path(pid, "fd");
  const auto entries = host.list(folder, {.bytes = std::size_t{64} << 20});
  if (!entries) return found;
  for (const DirEntry& entry : *entries) {
    if (wanted.empty() || links_left == 0) break;
    --links_left;
    const auto link = host.read_link(folder + "/" + entry.name);
    const auto inode = link ? socket_inode(*link) : std::nullopt;
    if (inode && wanted.erase(*inode) != 0) found.push_back(*inode);
  }
  return found;
}

}  // namespace

std::unordered_map<std::uint64_t, SocketOwner> socket_owners(const Host& host, std::unordered_set<std::uint64_t> inodes,
                                                             std::size_t most_links) {
  std::unordered_map<std::uint64_t, SocketOwner> owners;
  inodes.erase(0);
  if (inodes.empty()) return owners;
  const auto pids = process_ids(host);
  if (!pids) return owners;
  for (const std::int64_t pid : *pids) {
    if (inodes.empty() || most_links == 0) break;
    const auto found = take_sockets_of(host, pid, inodes, most_links);
    if (found.empty()) continue;
    const std::string name = process_name(host, pid);
    for (const std::uint64_t inode : found) owners.emplace(inode, SocketOwner{pid, name});
  }
  return owners;
}

}  // namespace harden
