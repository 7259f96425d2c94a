// SPDX-License-Identifier: Apache-2.0
//
// The network interfaces of the network namespace we are in, from
// /sys/class/net (Documentation/ABI/testing/sysfs-class-net).
#include <net/if.h>

#include <optional>

#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden {
namespace {

constexpr const char* kFolder = "/sys/class/net";
constexpr Limit kSmall{.bytes = 4096};

// "0x1003\n"
std::optional<std::uint64_t> parse_flags(std::string_view text) {
  text = text::trim(text);
  if (!text.starts_with("0x")) return std::nullopt;
  return text::to_hex(text.substr(2));
}

// DEVTYPE=bridge, where the driver sets one (SET_NETDEV_DEVTYPE).
std::string device_type(std::string_view uevent) {
  constexpr std::string_view kKey = "DEVTYPE=";
  for (const std::string_view line : text::lines(uevent)) {
    if (line.starts_with(kKey)) return std::string(line.substr(kKey.size()));
  }
  return {};
}

Result<Value> read_interface(const Host& host, const std::string& name) {
  const std::string folder = std::string(kFolder) + "/" + name;
  const auto flags_text = host.read(folder + "/flags", kSmall);
  if (!flags_text) return std::unexpected(flags_text.error());
  const auto mtu_text = host.read(folder + "/mtu", kSmall);
  if (!mtu_text) return std::unexpected(mtu_text.error());
  const auto uevent = host.read(folder + "/uevent", kSmall);
  if (!uevent && uevent.error().code != Errc::absent) return std::unexpected(uevent.error());
  const auto flags = parse_flags(*flags_text);
  if (!flags) return fail(Errc::malformed, "not the flags of an interface", folder + "/flags");
  const auto mtu = text::to_int(text::trim(*mtu_text));
  if (!mtu) return fail(Errc::malformed, "not a number", folder + "/mtu");
  return Map({{"name", name},
              {"up", (*flags & IFF_UP) != 0},
              {"mtu", *mtu},
              {"loopback", (*flags & IFF_LOOPBACK) != 0},
              {"kind", uevent ? device_type(*uevent) : std::string()}});
}

void collect_interfaces(const Host& host, const Wanted&, FactSink& sink) {
  const auto entries = host.list(kFolder);
  if (!entries) return sink.fail("net.interfaces", entries.error());
  List interfaces;
  for (const DirEntry& entry : *entries) {
    if (entry.kind == DirEntry::Kind::file) continue;  // bonding_masters
    auto interface = read_interface(host, entry.name);
    if (interface) {
      interfaces.push_back(std::move(*interface));
    } else if (interface.error().code != Errc::absent) {  // absent: it has just gone
      return sink.fail("net.interfaces", interface.error());
    }
  }
  sink.set("net.interfaces", std::move(interfaces), kFolder);
}

const RegisterCollector registration({
    "net_interfaces",
    {{"net.interfaces",
      Type::list_of(Type::record({
          {"name", Type::Kind::string, "as ip link shows it"},
          {"up", Type::Kind::boolean, "switched on (IFF_UP), with a carrier or not"},
          {"mtu", Type::Kind::integer, "bytes"},
          {"loopback", Type::Kind::boolean, "IFF_LOOPBACK"},
          {"kind", Type::Kind::string, "the driver's DEVTYPE: bridge, vlan, wlan; empty for most"},
      })),
      "", "the network interfaces (Documentation/ABI/testing/sysfs-class-net)"}},
    collect_interfaces,
});

}  // namespace
}  // namespace harden
