// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "agent/core/text.h"
#include "agent/sysctl/resolver.h"

namespace harden::sysctl {
namespace {

constexpr std::size_t kMostPending = 256;

struct Origin {
  std::string_view prefix;
  std::string_view module;
};

// Where the kernel's own tree registers these; a longer prefix stands first.
constexpr auto kOrigins = std::to_array<Origin>({
    {"net/bridge/", "br_netfilter"},
    {"net/netfilter/nf_conntrack_pptp", "nf_conntrack_pptp"},
    {"net/netfilter/nf_conntrack_", "nf_conntrack"},
    {"net/nf_conntrack_max", "nf_conntrack"},
    {"net/ipv4/vs/", "ip_vs"},
    {"net/ipv6/", "ipv6"},
    {"net/sctp/", "sctp"},
    {"net/rds/", "rds"},
    {"net/dccp/", "dccp"},
    {"net/tipc/", "tipc"},
    {"net/mpls/", "mpls_router"},
    {"net/rxrpc/", "rxrpc"},
    {"net/x25/", "x25"},
    {"net/ax25/", "ax25"},
    {"net/appletalk/", "appletalk"},
    {"net/phonet/", "phonet"},
    {"net/vrf/", "vrf"},
    {"sunrpc/", "sunrpc"},
    {"fs/nfs/", "nfs"},
    {"fs/xfs/", "xfs"},
    {"dev/raid/", "md_mod"},
    {"dev/parport/", "parport"},
    {"dev/cdrom/", "cdrom"},
    {"dev/scsi/", "scsi_mod"},
});

// By applier in use; where none can be told, by either.
std::vector<Applier> asked(const Host& host) {
  std::vector<Applier> out;
  for (const Use& use : appliers_of(host)) {
    if (use.in_use) out.push_back(use.applier);
  }
  if (out.empty()) out.assign(kAppliers.begin(), kAppliers.end());
  return out;
}

}  // namespace

std::string_view module_of(std::string_view path) {
  const auto found =
      std::ranges::find_if(kOrigins, [&](const Origin& origin) { return path.starts_with(origin.prefix); });
  return found == kOrigins.end() ? std::string_view() : found->module;
}

Result<std::string> running_value(const Host& host, std::string_view path) {
  const auto text = host.read("/proc/sys/" + std::string(path));
  if (!text) return std::unexpected(text.error());
  return text::folded(*text);
}

PendingKeys pending(const Host& host, const SysctlFiles& files) {
  std::map<std::string, Applier> wanted;
  for (const Applier applier : asked(host)) {
    for (std::string& path : keys(files, applier)) wanted.try_emplace(std::move(path), applier);
  }
  PendingKeys found;
  for (const auto& [path, applier] : wanted) {
    const auto kind = host.kind("/proc/sys/" + path);
    if (kind) continue;
    if (kind.error().code != Errc::absent) {
      found.errors.push_back(kind.error());
      continue;
    }
    if (found.keys.size() == kMostPending) {
      found.errors.push_back({Errc::too_large, "more keys wait for a module than are looked at", path});
      break;
    }
    const Answer said = answer(files, applier, path);
    if (said.winner) found.keys.push_back({path, *said.winning(), module_of(path)});
  }
  return found;
}

}  // namespace harden::sysctl
