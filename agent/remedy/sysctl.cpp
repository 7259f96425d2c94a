// SPDX-License-Identifier: Apache-2.0
//
// Sysctls: Documentation/admin-guide/sysctl/. A value is compared as a number
// where both sides are one, else as text with white space folded, which is
// how the kernel itself reads it back.
#include <algorithm>
#include <array>

#include "agent/core/text.h"
#include "agent/remedy/sysctl_want.h"
#include "agent/sysctl/key.h"
#include "agent/sysctl/resolver.h"
#include "harden/version.h"

namespace harden {
namespace {

struct OneWay {
  std::string_view key;
  std::string_view value;
};

// Writing these values is refused, or has no way back, until the next boot.
constexpr std::array<OneWay, 4> kOneWay{{
    {"kernel.modules_disabled", "1"},
    {"kernel.kexec_load_disabled", "1"},
    {"kernel.unprivileged_bpf_disabled", "1"},
    {"kernel.yama.ptrace_scope", "3"},
}};

std::string text_of(const Value& value) { return value.is(Value::Kind::string) ? value.string() : to_text(value); }

// "net.ipv4.conf.*.rp_filter" and "net.ipv4.conf.eth0.rp_filter".
bool matches(std::string_view pattern, std::string_view key) {
  const auto wanted = text::split(pattern, '.');
  const auto parts = text::split(key, '.');
  return std::ranges::equal(wanted, parts,
                            [](std::string_view one, std::string_view other) { return one == "*" || one == other; });
}

Answer one_key(const Value& seen, const SysctlWant& want) {
  if (seen.is(Value::Kind::unknown)) return Answer::unknown(seen.missing());
  return Answer::of(satisfies(text_of(seen), want));
}

Answer one_in_force(const SysctlWant& want, const Facts& facts) {
  const Value* all = facts.value("sysctl");
  if (all == nullptr) return Answer::unknown({{"sysctl", {Errc::failed, "not collected", "sysctl"}}});
  if (all->is(Value::Kind::unknown)) return Answer::unknown(all->missing());
  if (!is_pattern(want.key)) {
    const Value* seen = all->map().find(want.key);
    return seen == nullptr ? Answer::of(want.if_present) : one_key(*seen, want);
  }
  std::vector<Answer> answers;
  for (const auto& [key, value] : all->map().entries()) {
    if (key.is(Value::Kind::string) && matches(want.key, key.string())) answers.push_back(one_key(value, want));
  }
  return answers.empty() ? Answer::of(want.if_present) : all_of(answers);
}

bool is_there(const SysctlWant& want, const Value& all) {
  if (!is_pattern(want.key)) return all.map().find(want.key) != nullptr;
  return std::ranges::any_of(all.map().entries(), [&](const auto& entry) {
    return entry.first.is(Value::Kind::string) && matches(want.key, entry.first.string());
  });
}

// Keys that need not be there, and none of which is.
bool all_left_out(const Remedy& remedy, const Facts& facts) {
  const Value* all = facts.value("sysctl");
  if (all == nullptr || !all->is(Value::Kind::map)) return false;
  return std::ranges::all_of(remedy.sysctls,
                             [&](const SysctlWant& want) { return want.if_present && !is_there(want, *all); });
}

std::string action(const Remedy& remedy) {
  std::string out;
  for (const SysctlWant& want : remedy.sysctls) {
    if (!out.empty()) out += ", ";
    out += want.key + " " + std::string(word_for(want.compare)) + " " + want.value;
    if (want.if_present) out += " where it is there";
  }
  return out;
}

Answer in_force(const Remedy& remedy, const Facts& facts) {
  if (all_left_out(remedy, facts)) return Answer::of(false);
  std::vector<Answer> answers;
  for (const SysctlWant& want : remedy.sysctls) answers.push_back(one_in_force(want, facts));
  return all_of(answers);
}

// Why a key that does not hold what is wanted cannot be given it.
std::string read_only(const SysctlWant& want, const Value& values, const Facts& facts) {
  const Value* all = facts.value("sysctl_read_only");
  if (all == nullptr || !all->is(Value::Kind::map)) return {};
  for (const auto& [key, why] : all->map().entries()) {
    if (!key.is(Value::Kind::string) || !matches(want.key, key.string())) continue;
    const Value* seen = values.map().find(key.string());
    if (seen != nullptr && one_key(*seen, want).yes == true) continue;
    return key.string() + " cannot be written: " + text_of(why);
  }
  return {};
}

// A key that a module brings is only pending where the module is not loaded.
std::string obstacle(const Remedy& remedy, const Facts& facts) {
  const Value* all = facts.value("sysctl");
  if (all == nullptr || !all->is(Value::Kind::map)) return {};
  if (all_left_out(remedy, facts)) return "none of its keys exists on this host";
  for (const SysctlWant& want : remedy.sysctls) {
    if (std::string why = read_only(want, *all, facts); !why.empty()) return why;
    if (want.if_present || is_pattern(want.key) || all->map().find(want.key) != nullptr) continue;
    const auto path = sysctl::key_path(want.key);
    if (!path || sysctl::module_of(*path).empty()) return want.key + " does not exist on this host";
  }
  return {};
}

bool irreversible(const Remedy& remedy) {
  return std::ranges::any_of(remedy.sysctls, [](const SysctlWant& want) {
    return std::ranges::any_of(
        kOneWay, [&](const OneWay& knob) { return knob.key == want.key && knob.value == text::trim(want.value); });
  });
}

// Since when each network namespace has a value of its own for these keys, by
// what they begin with: the pernet operations of net/ipv4, net/ipv6 and
// net/netfilter/ipvs. Before, and for all other keys, nothing is said; many of
// them, such as those of net.core, are one for all namespaces.
struct OwnSince {
  std::string_view prefix;
  std::string_view release;
};
constexpr auto kOwnSince = std::to_array<OwnSince>({
    {"net.ipv4.conf.", "2.6.25"},
    {"net.ipv6.conf.", "2.6.26"},
    {"net.ipv4.neigh.", "2.6.25"},
    {"net.ipv6.neigh.", "2.6.26"},
    {"net.ipv4.ipfrag_high_thresh", "2.6.25"},
    {"net.ipv4.ipfrag_low_thresh", "2.6.25"},
    {"net.ipv6.ip6frag_high_thresh", "2.6.26"},
    {"net.ipv6.ip6frag_low_thresh", "2.6.26"},
    {"net.ipv4.vs.", "3.0"},
    {"net.ipv4.tcp_sack", "4.15"},
    {"net.ipv4.tcp_timestamps", "4.15"},
});

bool is_each_namespaces_own(const SysctlWant& want, const std::string& release) {
  return std::ranges::any_of(kOwnSince, [&](const OwnSince& own) {
    return want.key.starts_with(own.prefix) && kernel_vercmp(release, own.release) >= 0;
  });
}

// Where there is no other network namespace, whose value it is says nothing.
std::vector<std::string> price(const Remedy& remedy, const Facts& facts) {
  const Value* release = facts.value("kernel.release");
  const Value* namespaces = facts.value("net.namespaces");
  if (release == nullptr || !release->is(Value::Kind::string)) return {};
  if (namespaces != nullptr && *namespaces == Value(1)) return {};
  const bool own = std::ranges::any_of(
      remedy.sysctls, [&](const SysctlWant& want) { return is_each_namespaces_own(want, release->string()); });
  if (!own) return {};
  return {"changes this network namespace only: running containers keep the value of their own"};
}

const RegisterRemedyRules registered{{.kind = RemedyKind::sysctl,
                                      .action = action,
                                      .in_force = in_force,
                                      .obstacle = obstacle,
                                      .irreversible = irreversible,
                                      .price = price,
                                      .draft = draft_sysctls}};

}  // namespace
}  // namespace harden
