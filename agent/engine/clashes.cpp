// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/clashes.h"

#include <algorithm>
#include <array>

#include "agent/remedy/remedy.h"

namespace harden {
namespace {

struct Clash {
  bool (*wants)(const Remedy& remedy);
  const char* where;  // CEL: what must not be there; a list of names
  const char* why;
};

bool sets(const Remedy& remedy, std::string_view key, std::string_view value) {
  return std::ranges::any_of(remedy.sysctls,
                             [&](const SysctlWant& want) { return want.key == key && want.value == value; });
}

bool stops_forwarding(const Remedy& remedy) {
  return sets(remedy, "net.ipv4.ip_forward", "0") || sets(remedy, "net.ipv4.conf.all.forwarding", "0");
}

bool stops_forwarding_ipv6(const Remedy& remedy) { return sets(remedy, "net.ipv6.conf.all.forwarding", "0"); }

bool blocks_esp(const Remedy& remedy) {
  return std::ranges::any_of(
      remedy.modules, [](const std::string& name) { return name == "esp4" || name == "esp6" || name == "xfrm_user"; });
}

// docs.docker.com/engine/network/packet-filtering-firewalls/ (forwarding) and
// docs.docker.com/engine/network/drivers/overlay/ (encryption is IPsec ESP).
constexpr std::array<Clash, 3> kClashes{{
    {stops_forwarding, R"(docker.networks.filter(n, n.driver != "host" && n.driver != "null").map(n, n.name))",
     "without IPv4 forwarding the containers of these networks reach nothing"},
    {stops_forwarding_ipv6, "docker.networks.filter(n, n.ipv6).map(n, n.name)",
     "without IPv6 forwarding the containers of these networks reach nothing over IPv6"},
    {blocks_esp, "docker.networks.filter(n, n.encrypted).map(n, n.name)",
     "the encryption of these overlay networks is IPsec ESP"},
}};

std::string names_of(const Value& value) {
  std::string out;
  for (const Value& name : value.list()) {
    if (!name.is(Value::Kind::string)) continue;
    out += (out.empty() ? "" : ", ") + name.string();
  }
  return out;
}

std::string clash_here(const Clash& clash, const Remedy& remedy, const Facts& facts) {
  const auto program = cel::Program::compile(clash.where, policy_variables());
  if (!program || !clash.wants(remedy)) return {};
  const Value found = program->evaluate(cel::bind(facts));
  if (!found.is(Value::Kind::list)) return {};
  const std::string names = names_of(found);
  return names.empty() ? "" : remedy.name + " clashes with the Docker networks " + names + ": " + clash.why;
}

}  // namespace

std::vector<std::string> clashes(const std::vector<const Remedy*>& remedies, const Facts& facts) {
  std::vector<std::string> out;
  for (const Remedy* remedy : remedies) {
    for (const Clash& clash : kClashes) {
      std::string text = clash_here(clash, *remedy, facts);
      if (!text.empty()) add_once(out, text);
    }
  }
  return out;
}

std::vector<std::string> futile(const std::vector<const Remedy*>& remedies) {
  constexpr std::string_view kWord = "ipv6.disable=1";
  const auto boots_without = std::ranges::find_if(remedies, [&](const Remedy* remedy) {
    return std::ranges::find(remedy->cmdline, kWord) != remedy->cmdline.end();
  });
  if (boots_without == remedies.end()) return {};
  std::vector<std::string> out;
  for (const Remedy* remedy : remedies) {
    for (const SysctlWant& want : remedy->sysctls) {
      if (!want.key.starts_with("net.ipv6.")) continue;
      add_once(out, want.key + " of " + remedy->name + " is gone after the next boot: " + (*boots_without)->name +
                        " boots with " + std::string(kWord) +
                        ", and whoever applies the files will say that there is no such key");
    }
  }
  return out;
}

void add_clash_facts(Wanted& wanted) { wanted.add("docker.networks"); }

}  // namespace harden
