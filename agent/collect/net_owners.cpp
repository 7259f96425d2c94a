// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/net_owners.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

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

// What several threads look for at once. Processes are begun in the order of
// their ids and each is looked through to its end, so that when the last socket is
// found, every process that could come before its holder has been looked at too.
class Search {
 public:
  Search(const Host& host, std::unordered_set<std::uint64_t> inodes, std::size_t most_links)
      : host_(host), wanted_(std::move(inodes)), left_(wanted_), links_left_(static_cast<std::int64_t>(most_links)) {}

  std::vector<std::uint64_t> sockets_of(std::int64_t pid) {
    std::vector<std::uint64_t> found;
    if (over()) return found;
    const std::string folder = process_path(pid, "fd");
    const auto entries = host_.list(folder, {.bytes = std::size_t{64} << 20});
    if (!entries) return found;
    for (const DirEntry& entry : *entries) {
      if (links_left_-- <= 0) break;
      const auto link = host_.read_link(folder + "/" + entry.name);
      const auto inode = link ? socket_inode(*link) : std::nullopt;
      if (inode && wanted_.contains(*inode)) found.push_back(*inode);
    }
    strike_out(found);
    return found;
  }

 private:
  bool over() {
    const std::lock_guard lock(mutex_);
    return left_.empty();
  }

  void strike_out(const std::vector<std::uint64_t>& found) {
    const std::lock_guard lock(mutex_);
    for (const std::uint64_t inode : found) left_.erase(inode);
  }

  const Host& host_;
  const std::unordered_set<std::uint64_t> wanted_;
  std::mutex mutex_;
  std::unordered_set<std::uint64_t> left_;
  std::atomic<std::int64_t> links_left_;
};

}  // namespace

std::unordered_map<std::uint64_t, SocketOwner> socket_owners(const Host& host, std::unordered_set<std::uint64_t> inodes,
                                                             SearchBounds bounds) {
  std::unordered_map<std::uint64_t, SocketOwner> owners;
  inodes.erase(0);
  if (inodes.empty()) return owners;
  const auto pids = process_ids(host);
  if (!pids) return owners;
  Search search(host, std::move(inodes), bounds.links);
  std::vector<std::vector<std::uint64_t>> found(pids->size());
  for_each_index(
      pids->size(), [&](std::size_t i) { found[i] = search.sockets_of((*pids)[i]); }, bounds.threads);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::int64_t pid = (*pids)[i];
    const auto is_new = [&](std::uint64_t inode) { return !owners.contains(inode); };
    if (!std::ranges::any_of(found[i], is_new)) continue;
    const std::string name = process_name(host, pid);
    for (const std::uint64_t inode : found[i]) owners.emplace(inode, SocketOwner{pid, name});
  }
  return owners;
}

}  // namespace harden
