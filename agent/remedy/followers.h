// SPDX-License-Identifier: Apache-2.0
//
// Sysctls that change others with them. A transaction has to know, or its
// undo would leave the others behind. Sources: net/ipv6/addrconf.c
// (addrconf_fixup_forwarding, addrconf_disable_ipv6, addrconf_fixup_linkdown),
// net/ipv4/devinet.c (inet_forward_change, devinet_copy_dflt_conf),
// mm/page-writeback.c and mm/util.c (the ratio and bytes pairs).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harden/host.h"

namespace harden {

// Another key, and the value that it is to have once the first one is written.
struct Follower {
  std::string path;  // below /proc/sys
  std::string before;
  std::string after;  // equal to `before` where the kernel may change it and must not
};

// What writing `value` to a key changes with it on this host, where anything
// does. `path` stands below /proc/sys.
std::vector<Follower> followers_of(const Host& host, std::string_view path, std::string_view value);

// What writing `value` to `head` may leave in `path`, both below /proc/sys;
// nothing where it does not touch it.
std::optional<std::string> follower_value(std::string_view path, std::string_view head, std::string_view value);

}  // namespace harden
