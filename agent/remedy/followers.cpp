// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/followers.h"

#include <algorithm>
#include <array>

#include "agent/core/text.h"

namespace harden {
namespace {

// Of two such keys the one that was written last counts, and the other is 0.
constexpr std::array<std::array<std::string_view, 2>, 3> kPairs{{
    {"vm/dirty_ratio", "vm/dirty_bytes"},
    {"vm/dirty_background_ratio", "vm/dirty_background_bytes"},
    {"vm/overcommit_ratio", "vm/overcommit_kbytes"},
}};

// Below net/ipv6/conf/all: written to every interface and to `default`.
constexpr std::array<std::string_view, 4> kSpread{"forwarding", "disable_ipv6", "ignore_routes_with_linkdown",
                                                  "addr_gen_mode"};

constexpr std::string_view kForward = "net/ipv4/ip_forward";
constexpr std::string_view kForwardOfAll = "net/ipv4/conf/all/forwarding";
constexpr std::string_view kRedirectsOfAll = "net/ipv4/conf/all/accept_redirects";

struct ConfKey {
  std::string_view family;     // "net/ipv4/conf/"
  std::string_view interface;  // "all", "default", "eth0"
  std::string_view setting;
};

std::optional<ConfKey> conf_key(std::string_view path) {
  for (const std::string_view family : {"net/ipv4/conf/", "net/ipv6/conf/"}) {
    if (!path.starts_with(family)) continue;
    const std::string_view rest = path.substr(family.size());
    const auto slash = rest.rfind('/');
    if (slash == std::string_view::npos || slash == 0) return std::nullopt;
    return ConfKey{family, rest.substr(0, slash), rest.substr(slash + 1)};
  }
  return std::nullopt;
}

std::string_view pair_of(std::string_view path) {
  for (const auto& [one, other] : kPairs) {
    if (path == one) return other;
    if (path == other) return one;
  }
  return {};
}

bool forwards(std::string_view path) { return path == kForward || path == kForwardOfAll; }

// What kind of change a head makes to a key, if any.
enum class Effect { none, copy, inverse, zero, guard };

Effect effect(std::string_view path, std::string_view head) {
  if (path == head) return Effect::none;
  if (pair_of(head) == path) return Effect::zero;
  if (forwards(head) && forwards(path)) return Effect::copy;
  if (forwards(head) && path == kRedirectsOfAll) return Effect::inverse;
  const auto key = conf_key(path);
  const auto from = conf_key(forwards(head) ? kForwardOfAll : head);
  if (!key || !from || key->family != from->family || key->setting != from->setting || key->interface == "all") {
    return Effect::none;
  }
  if (forwards(head)) return Effect::copy;
  const bool ipv6 = from->family == "net/ipv6/conf/";
  if (ipv6) {
    const bool spreads = from->interface == "all" && std::ranges::find(kSpread, from->setting) != kSpread.end();
    return spreads ? Effect::copy : Effect::none;
  }
  return from->interface == "default" ? Effect::guard : Effect::none;
}

std::string after(Effect effect, std::string_view value, const std::string& before) {
  switch (effect) {
    case Effect::copy: return std::string(value);
    case Effect::inverse: return text::to_int(value) == 0 ? "1" : "0";
    case Effect::zero: return "0";
    case Effect::none:
    case Effect::guard: break;
  }
  return before;
}

void add(const Host& host, std::string_view path, std::string_view head, std::string_view value,
         std::vector<Follower>& out) {
  const Effect what = effect(path, head);
  if (what == Effect::none) return;
  const auto now = host.read("/proc/sys/" + std::string(path));
  if (!now) return;
  const std::string before(text::trim(*now));
  out.push_back({std::string(path), before, after(what, value, before)});
}

}  // namespace

std::optional<std::string> follower_value(std::string_view path, std::string_view head, std::string_view value) {
  const Effect what = effect(path, head);
  if (what == Effect::none) return std::nullopt;
  return after(what == Effect::guard ? Effect::copy : what, value, {});
}

std::vector<Follower> followers_of(const Host& host, std::string_view path, std::string_view value) {
  std::vector<Follower> out;
  if (const std::string_view other = pair_of(path); !other.empty()) add(host, other, path, value, out);
  if (forwards(path)) {
    for (const std::string_view other : {kForward, kForwardOfAll, kRedirectsOfAll}) add(host, other, path, value, out);
  }
  const auto from = conf_key(forwards(path) ? kForwardOfAll : path);
  if (!from) return out;
  const auto interfaces = host.list("/proc/sys/" + std::string(from->family));
  if (!interfaces) return out;
  for (const DirEntry& interface : *interfaces) {
    const std::string other = std::string(from->family) + interface.name + "/" + std::string(from->setting);
    add(host, other, path, value, out);
  }
  return out;
}

}  // namespace harden
