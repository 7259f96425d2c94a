// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/watch_messages.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "agent/core/text.h"

namespace harden::daemon {
namespace {

constexpr std::size_t kLongestModule = 64;  // MODULE_NAME_LEN is 56
constexpr std::string_view kModules = "/module/";

std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

template <typename Header>
std::optional<Header> header_of(std::string_view bytes) {
  if (bytes.size() < sizeof(Header)) return std::nullopt;
  Header header;
  bytes.copy(reinterpret_cast<char*>(&header), sizeof header);
  return header;
}

std::string_view after(std::string_view bytes, std::size_t size) {
  return bytes.substr(std::min(bytes.size(), aligned(size)));
}

// The name among a link's attributes; nothing where a length is wrong.
std::optional<std::string> name_of(std::string_view attributes) {
  std::string name;
  while (const auto attribute = header_of<rtattr>(attributes)) {
    const std::size_t size = attribute->rta_len;
    if (size < sizeof(rtattr) || size > attributes.size()) return std::nullopt;
    if (attribute->rta_type == IFLA_IFNAME) {
      const std::string_view value = attributes.substr(sizeof(rtattr), size - sizeof(rtattr));
      name = value.substr(0, value.find('\0'));
    }
    attributes = after(attributes, size);
  }
  if (name.size() >= IF_NAMESIZE) return std::nullopt;
  return name;
}

// False where the message cannot be.
bool add_message(const nlmsghdr& header, std::string_view body, Links& found) {
  if (header.nlmsg_type == NLMSG_OVERRUN || header.nlmsg_type == NLMSG_ERROR) found.overrun = true;
  if (header.nlmsg_type != RTM_NEWLINK && header.nlmsg_type != RTM_DELLINK) return true;
  const auto info = header_of<ifinfomsg>(body);
  if (!info) return false;
  auto name = name_of(after(body, sizeof(ifinfomsg)));
  if (!name || name->empty()) return false;
  found.links.push_back({header.nlmsg_type == RTM_DELLINK, info->ifi_index, text::printable(*name)});
  return true;
}

}  // namespace

std::optional<Uevent> parse_uevent(std::string_view datagram) {
  const auto strings = text::split(datagram, '\0');
  const auto at = strings.front().find('@');
  if (at == std::string_view::npos || at == 0 || datagram.size() == strings.front().size()) return std::nullopt;
  Uevent event{std::string(strings.front().substr(0, at)), std::string(strings.front().substr(at + 1)), {}};
  if (!event.path.starts_with('/')) return std::nullopt;
  constexpr std::string_view kSubsystem = "SUBSYSTEM=";
  for (const std::string_view variable : strings) {
    if (variable.starts_with(kSubsystem)) event.subsystem = variable.substr(kSubsystem.size());
  }
  return event;
}

std::optional<std::string> module_of(const Uevent& event) {
  if (event.subsystem != "module" || !event.path.starts_with(kModules)) return std::nullopt;
  if (event.action != "add" && event.action != "remove") return std::nullopt;
  const std::string name = event.path.substr(kModules.size());
  if (name.empty() || name.size() > kLongestModule || name.contains('/')) return std::nullopt;
  return text::printable(name);
}

Links parse_links(std::string_view datagram) {
  Links found;
  while (!datagram.empty()) {
    const auto header = header_of<nlmsghdr>(datagram);
    const bool whole = header && header->nlmsg_len >= sizeof(nlmsghdr) && header->nlmsg_len <= datagram.size();
    if (!whole) {
      found.malformed = true;
      break;
    }
    const std::string_view body = datagram.substr(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
    if (!add_message(*header, body, found)) found.malformed = true;
    datagram = after(datagram, header->nlmsg_len);
  }
  return found;
}

}  // namespace harden::daemon
