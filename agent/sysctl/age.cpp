// SPDX-License-Identifier: Apache-2.0
//
// How old the appliers of a host are. systemd names the library its programs
// share after its version (libsystemd-shared-252.so, since 231); before that
// there is only libsystemd.so.0.N, whose N was 6 with 219. procps came with
// libproc-3.*.so, then libprocps.so.*, and comes with libproc2.so.* since 4.0.
#include <algorithm>
#include <optional>

#include "agent/core/text.h"
#include "agent/sysctl/resolver.h"

namespace harden::sysctl {
namespace {

constexpr std::int64_t kGlobsOfSystemd = 244;
constexpr std::int64_t kFirstShared = 231;
constexpr std::int64_t kMinorOfFirstShared = 17;  // of libsystemd.so.0; 0.16 and less came before 231

// The folders where libraries stand, that of a Debian architecture among them.
std::vector<std::string> library_folders(const Host& host) {
  std::vector<std::string> folders{"/usr/lib64", "/lib64", "/usr/lib", "/lib"};
  for (const char* above : {"/usr/lib", "/lib"}) {
    const auto entries = host.list(above);
    if (!entries) continue;
    for (const DirEntry& entry : *entries) {
      if (entry.name.contains("-linux-")) folders.push_back(std::string(above) + "/" + entry.name);
    }
  }
  return folders;
}

// What follows `prefix` in the names of a folder's files.
void add_names(const Host& host, const std::string& folder, std::string_view prefix, std::vector<std::string>& out) {
  const auto entries = host.list(folder);
  if (!entries) return;
  for (const DirEntry& entry : *entries) {
    if (entry.name.starts_with(prefix)) out.push_back(entry.name.substr(prefix.size()));
  }
}

std::optional<std::int64_t> leading_number(std::string_view text) {
  return text::to_int(text.substr(0, text.find_first_not_of("0123456789")));
}

std::string systemd_too_old(const Host& host, const std::vector<std::string>& folders) {
  std::vector<std::string> shared;
  std::vector<std::string> minors;
  for (const std::string& folder : folders) {
    add_names(host, folder + "/systemd", "libsystemd-shared-", shared);
    add_names(host, folder, "libsystemd.so.0.", minors);
  }
  // An upgrade may leave an older one behind.
  std::optional<std::int64_t> version;
  for (const std::string& name : shared) version = std::max(version, leading_number(name));
  if (version && *version >= kFirstShared) {
    if (*version >= kGlobsOfSystemd) return {};
    return "it is of systemd " + std::to_string(*version) + " and knows no patterns, which came with " +
           std::to_string(kGlobsOfSystemd);
  }
  std::optional<std::int64_t> minor;
  for (const std::string& name : minors) minor = std::max(minor, leading_number(name));
  if (!minor || *minor >= kMinorOfFirstShared) return {};
  return "it is of a systemd before " + std::to_string(kFirstShared) + " (libsystemd.so.0." + std::to_string(*minor) +
         ") and knows no patterns, which came with " + std::to_string(kGlobsOfSystemd);
}

std::string procps_too_old(const Host& host, const std::vector<std::string>& folders) {
  std::vector<std::string> now;
  std::vector<std::string> before;
  for (const std::string& folder : folders) {
    add_names(host, folder, "libproc2.so", now);
    add_names(host, folder, "libprocps.so", before);
    add_names(host, folder, "libproc-3", before);
  }
  return before.empty() || !now.empty() ? "" : "it is older than 4.0 and knows no patterns";
}

}  // namespace

TooOld too_old_for_globs(const Host& host) {
  const auto folders = library_folders(host);
  return {systemd_too_old(host, folders), procps_too_old(host, folders)};
}

}  // namespace harden::sysctl
