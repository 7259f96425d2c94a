// SPDX-License-Identifier: Apache-2.0
//
// What the kernel's network stack has: IPv6, namespaces, virtual servers.
#include <optional>
#include <unordered_set>

#include "agent/collect/processes.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden {
namespace {

constexpr const char* kDisable = "/sys/module/ipv6/parameters/disable";
constexpr const char* kSysctl6 = "/proc/sys/net/ipv6";
constexpr const char* kAddresses6 = "/proc/net/if_inet6";
constexpr const char* kVirtualServers = "/proc/net/ip_vs";

struct Found {
  Value value;
  std::string source;
};

bool is_there(const Result<DirEntry::Kind>& kind) { return kind.has_value(); }
bool is_absent(const Result<DirEntry::Kind>& kind) { return !kind && kind.error().code == Errc::absent; }

// Every kernel with a network has /proc/net/dev. Where it is not, an absent
// neighbour of it says nothing.
Result<> proc_net_is_there(const Host& host) {
  const auto kind = host.kind("/proc/net/dev");
  if (!kind) return std::unexpected(kind.error());
  return {};
}

// With ipv6.disable=1 inet6_init (net/ipv6/af_inet6.c) returns before it makes
// either of the two, as if there were no IPv6 at all.
Result<Found> ipv6_enabled(const Host& host) {
  const auto disable = host.read(kDisable, {.bytes = 4096});
  if (disable && text::trim(*disable) == "1") return Found{false, kDisable};
  const auto sysctl = host.kind(kSysctl6);
  if (is_there(sysctl)) return Found{true, kSysctl6};
  const auto addresses = host.kind(kAddresses6);
  if (is_there(addresses)) return Found{true, kAddresses6};
  if (!is_absent(addresses)) return std::unexpected(addresses.error());
  if (!is_absent(sysctl)) return std::unexpected(sysctl.error());
  if (const auto readable = proc_net_is_there(host); !readable) return std::unexpected(readable.error());
  return Found{false, kAddresses6};
}

// Namespaces that only a bind mount or an open file keeps are not counted.
Result<Found> namespaces(const Host& host) {
  const auto pids = process_ids(host);
  if (!pids) return std::unexpected(pids.error());
  std::unordered_set<std::string> links;
  std::optional<Error> first_error;
  for (const std::int64_t pid : *pids) {
    auto link = host.read_link(process_path(pid, "ns/net"));
    if (link) {
      links.insert(std::move(*link));
    } else if (!first_error) {
      first_error = std::move(link.error());
    }
  }
  if (!links.empty()) return Found{static_cast<std::int64_t>(links.size()), "/proc/*/ns/net"};
  if (first_error) return std::unexpected(*first_error);
  return fail(Errc::absent, "no process to be seen", "/proc");
}

// net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show: three lines of header,
// then a line for each service and one with an arrow for each of its servers.
Result<std::int64_t> count_services(std::string_view table) {
  if (!table.starts_with("IP Virtual Server ")) {
    return fail(Errc::malformed, "not a table of virtual servers", kVirtualServers);
  }
  std::int64_t services = 0;
  for (const std::string_view line : text::lines(table)) {
    const auto words = text::words(line);
    if (words.empty()) continue;
    const std::string_view first = words.front();
    if (first == "TCP" || first == "UDP" || first == "SCTP" || first == "FWM") ++services;
  }
  return services;
}

Result<Found> ipvs_services(const Host& host) {
  const auto table = host.read(kVirtualServers, {.bytes = std::size_t{64} << 20});
  if (!table && table.error().code != Errc::absent) return std::unexpected(table.error());
  if (!table) {
    if (const auto readable = proc_net_is_there(host); !readable) return std::unexpected(readable.error());
    return Found{0, kVirtualServers};
  }
  const auto services = count_services(*table);
  if (!services) return std::unexpected(services.error());
  return Found{*services, kVirtualServers};
}

void collect_stack(const Host& host, const Wanted& wanted, FactSink& sink) {
  const auto state = [&](std::string_view fact, Result<Found> (*read)(const Host&)) {
    if (!wanted.has(fact)) return;
    auto found = read(host);
    if (!found) return sink.fail(fact, std::move(found.error()));
    sink.set(fact, std::move(found->value), std::move(found->source));
  };
  state("net.ipv6.enabled", ipv6_enabled);
  state("net.namespaces", namespaces);
  state("net.ipvs.services", ipvs_services);
}

const RegisterCollector registration({
    "net_stack",
    {{"net.ipv6.enabled", Type::Kind::boolean, "",
      "there is an IPv6 stack and ipv6.disable=1 did not stop it (Documentation/networking/ipv6.rst)"},
     {"net.namespaces", Type::Kind::integer, "",
      "distinct network namespaces that the processes we may look at are in (network_namespaces(7))"},
     {"net.ipvs.services", Type::Kind::integer, "",
      "virtual services in /proc/net/ip_vs (Documentation/networking/ipvs-sysctl.rst); 0 without ip_vs"}},
    collect_stack,
});

}  // namespace
}  // namespace harden
