// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/processes.h"

#include <algorithm>

#include "agent/core/text.h"

namespace harden {

Result<std::vector<std::int64_t>> process_ids(const Host& host) {
  const auto entries = host.list("/proc", {.bytes = std::size_t{64} << 20});
  if (!entries) return std::unexpected(entries.error());
  std::vector<std::int64_t> pids;
  for (const DirEntry& entry : *entries) {
    const auto pid = text::to_int(entry.name);
    if (pid && *pid > 0 && entry.kind == DirEntry::Kind::directory) pids.push_back(*pid);
  }
  std::ranges::sort(pids);
  return pids;
}

std::string process_path(std::int64_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

std::string process_name(const Host& host, std::int64_t pid) {
  auto comm = host.read(process_path(pid, "comm"), {.bytes = 4096});
  if (!comm) return {};
  // Only the kernel's own newline: the rest is the process's choice.
  if (comm->ends_with('\n')) comm->pop_back();
  return std::move(*comm);
}

}  // namespace harden
