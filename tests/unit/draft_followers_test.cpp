// SPDX-License-Identifier: Apache-2.0
//
// Sysctls that change others with them, and what a draft makes of that.
#include <doctest/doctest.h>

#include "agent/remedy/followers.h"
#include "tests/support/drafting.h"

using namespace harden;
using test::Drafting;
using test::MemoryHost;
using test::steps_of;
using test::Texts;
using Compare = SysctlWant::Compare;

namespace {

struct Row {
  const char* about;
  std::vector<std::pair<std::string, std::string>> now;
  std::vector<SysctlWant> wants;
  Texts steps;  // below /proc/sys
};

Texts drafted(const Row& row) {
  MemoryHost host;
  for (const auto& [path, value] : row.now) host.file("/proc/sys/" + path, value + "\n");
  Drafting drafting(RemedyKind::sysctl);
  drafting.wanted_by("p").sysctls = row.wants;
  Texts steps = steps_of(drafting.on(host, {}, true));
  for (std::string& step : steps) step.erase(0, std::string("/proc/sys/").size());
  return steps;
}

}  // namespace

TEST_CASE("what goes with a key is in the draft, behind it") {
  const Row rows[] = {
      {"every interface follows all.disable_ipv6; one that is off already must not come on by the undo",
       {{"net/ipv6/conf/all/disable_ipv6", "0"},
        {"net/ipv6/conf/default/disable_ipv6", "0"},
        {"net/ipv6/conf/eth0/disable_ipv6", "0"},
        {"net/ipv6/conf/lo/disable_ipv6", "1"},
        {"net/ipv6/conf/eth0/mtu", "1500"}},
       {{"net.ipv6.conf.all.disable_ipv6", "1", Compare::equal}},
       {"net/ipv6/conf/all/disable_ipv6: 0 -> 1", "net/ipv6/conf/default/disable_ipv6: 0 -> 1",
        "net/ipv6/conf/eth0/disable_ipv6: 0 -> 1", "net/ipv6/conf/lo/disable_ipv6: 1 -> 1"}},
      {"a key that follows, and is wanted for itself, gets what is wanted",
       {{"net/ipv6/conf/all/disable_ipv6", "0"}, {"net/ipv6/conf/lo/disable_ipv6", "0"}},
       {{"net.ipv6.conf.all.disable_ipv6", "1", Compare::equal},
        {"net.ipv6.conf.lo.disable_ipv6", "0", Compare::equal}},
       {"net/ipv6/conf/all/disable_ipv6: 0 -> 1", "net/ipv6/conf/lo/disable_ipv6: 0 -> 0"}},
      {"default.disable_ipv6 is for interfaces to come",
       {{"net/ipv6/conf/default/disable_ipv6", "0"}, {"net/ipv6/conf/eth0/disable_ipv6", "0"}},
       {{"net.ipv6.conf.default.disable_ipv6", "1", Compare::equal}},
       {"net/ipv6/conf/default/disable_ipv6: 0 -> 1"}},
      {"most settings of all.* stay where they are",
       {{"net/ipv6/conf/all/accept_ra", "1"}, {"net/ipv6/conf/eth0/accept_ra", "1"}},
       {{"net.ipv6.conf.all.accept_ra", "0", Compare::equal}},
       {"net/ipv6/conf/all/accept_ra: 1 -> 0"}},
      {"ip_forward is conf.all.forwarding, and takes the interfaces and accept_redirects along",
       {{"net/ipv4/ip_forward", "1"},
        {"net/ipv4/conf/all/forwarding", "1"},
        {"net/ipv4/conf/all/accept_redirects", "0"},
        {"net/ipv4/conf/default/forwarding", "1"},
        {"net/ipv4/conf/eth0/forwarding", "1"}},
       {{"net.ipv4.ip_forward", "0", Compare::equal}},
       {"net/ipv4/ip_forward: 1 -> 0", "net/ipv4/conf/all/forwarding: 1 -> 0",
        "net/ipv4/conf/all/accept_redirects: 0 -> 1", "net/ipv4/conf/default/forwarding: 1 -> 0",
        "net/ipv4/conf/eth0/forwarding: 1 -> 0"}},
      {"of a ratio and its bytes the one that is written counts",
       {{"vm/dirty_ratio", "20"}, {"vm/dirty_bytes", "0"}},
       {{"vm.dirty_ratio", "10", Compare::equal}},
       {"vm/dirty_ratio: 20 -> 10", "vm/dirty_bytes: 0 -> 0"}},
      {"and the other way round",
       {{"vm/dirty_background_ratio", "20"}, {"vm/dirty_background_bytes", "0"}},
       {{"vm.dirty_background_bytes", "65536", Compare::equal}},
       {"vm/dirty_background_bytes: 0 -> 65536", "vm/dirty_background_ratio: 20 -> 0"}},
      {"net.ipv4.conf.default.* goes to interfaces that never had a value of their own: theirs is kept",
       {{"net/ipv4/conf/default/rp_filter", "0"},
        {"net/ipv4/conf/all/rp_filter", "0"},
        {"net/ipv4/conf/eth0/rp_filter", "2"}},
       {{"net.ipv4.conf.default.rp_filter", "1", Compare::equal}},
       {"net/ipv4/conf/default/rp_filter: 0 -> 1", "net/ipv4/conf/eth0/rp_filter: 2 -> 2"}},
      {"nothing follows a key that is not written",
       {{"net/ipv6/conf/all/disable_ipv6", "1"}, {"net/ipv6/conf/eth0/disable_ipv6", "0"}},
       {{"net.ipv6.conf.all.disable_ipv6", "1", Compare::equal}},
       {}},
      {"a follower that is not there is left out",
       {{"vm/overcommit_ratio", "50"}},
       {{"vm.overcommit_ratio", "80", Compare::equal}},
       {"vm/overcommit_ratio: 50 -> 80"}},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.about));
    CHECK(test::joined(drafted(row)) == test::joined(row.steps));
  }
}

TEST_CASE("what a key may be left with by another") {
  struct Effect {
    const char* path;
    const char* head;
    const char* value;
    std::optional<std::string> left;
  };
  const Effect effects[] = {
      {"net/ipv6/conf/eth0/disable_ipv6", "net/ipv6/conf/all/disable_ipv6", "1", "1"},
      {"net/ipv6/conf/all/disable_ipv6", "net/ipv6/conf/eth0/disable_ipv6", "1", std::nullopt},
      {"net/ipv6/conf/all/disable_ipv6", "net/ipv6/conf/all/disable_ipv6", "1", std::nullopt},
      {"net/ipv6/conf/eth0/forwarding", "net/ipv4/conf/all/forwarding", "1", std::nullopt},
      {"net/ipv4/conf/eth0/forwarding", "net/ipv4/ip_forward", "0", "0"},
      {"net/ipv4/conf/all/forwarding", "net/ipv4/ip_forward", "0", "0"},
      {"net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding", "1", "1"},
      {"net/ipv4/conf/all/accept_redirects", "net/ipv4/ip_forward", "1", "0"},
      {"net/ipv4/conf/all/accept_redirects", "net/ipv4/ip_forward", "0", "1"},
      {"net/ipv4/conf/eth0/rp_filter", "net/ipv4/conf/default/rp_filter", "1", "1"},
      {"net/ipv4/conf/eth0/rp_filter", "net/ipv4/conf/all/rp_filter", "1", std::nullopt},
      {"vm/dirty_bytes", "vm/dirty_ratio", "10", "0"},
      {"vm/dirty_background_bytes", "vm/dirty_ratio", "10", std::nullopt},
      {"kernel/panic", "kernel/panic_on_oops", "1", std::nullopt},
      {"net/ipv6/conf/disable_ipv6", "net/ipv6/conf/all/disable_ipv6", "1", std::nullopt},
  };
  for (const Effect& effect : effects) {
    CAPTURE(std::string(effect.path));
    CAPTURE(std::string(effect.head));
    CHECK(follower_value(effect.path, effect.head, effect.value).value_or("-") == effect.left.value_or("-"));
  }
}
