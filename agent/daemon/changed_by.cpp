// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/changed_by.h"

#include <array>
#include <string_view>

#include "agent/engine/sysctl_change.h"

namespace harden::daemon {
namespace {

using Kind = Sighting::Kind;

// The facts, whole ones, that a sighting of a kind puts in doubt. A container
// comes with processes, their namespaces, listeners and interfaces.
struct Doubt {
  Kind kind;
  const char* fact;
  bool when_lost = false;  // only where it is not known which one it was
};
constexpr std::array<Doubt, 21> kDoubts{{
    {Kind::interface, "net.interfaces"},
    {Kind::engine, "docker.engines"},
    {Kind::engine, "docker.networks"},
    {Kind::engine, "docker.containers"},
    {Kind::engine, "net.interfaces"},
    {Kind::engine, "net.listeners"},
    {Kind::engine, "net.namespaces"},
    {Kind::module, "kernel.tainted"},
    {Kind::module, "kernel.taints"},
    {Kind::module, "kernel.livepatches"},
    {Kind::module, "net.ipv6.enabled"},
    {Kind::module, "net.ipvs.services"},
    {Kind::module, "module", true},
    {Kind::modprobe_d, "module"},
    {Kind::crash, "crash.pstore"},
    {Kind::kmsg, "kernel.tainted"},
    {Kind::kmsg, "kernel.taints"},
    {Kind::sysctl, "sysctl", true},
    {Kind::sysctl, "crash.panic_on_oops", true},
    {Kind::sysctl, "crash.panic_timeout", true},
    {Kind::sysctl, "lsm.yama", true},
}};

// What the source of a lost sighting tells when it is not overrun.
struct SourceKind {
  std::string_view source;
  Kind kind;
};
constexpr std::array<SourceKind, 5> kSources{{
    {"sysctls", Kind::sysctl},
    {"interfaces", Kind::interface},
    {"modules", Kind::module},
    {"kmsg", Kind::kmsg},
    {"engine ", Kind::engine},
}};

void add_doubts(Kind kind, bool lost, Changed& changed) {
  for (const Doubt& doubt : kDoubts) {
    if (doubt.kind == kind && (lost || !doubt.when_lost)) changed.facts.insert({doubt.fact, {}});
  }
}

// Every sysctl may have changed, since interfaces and modules bring some.
void add_lost(std::string_view source, Changed& changed) {
  bool known = false;
  for (const SourceKind& one : kSources) {
    if (!source.starts_with(one.source)) continue;
    known = true;
    add_doubts(one.kind, true, changed);
    if (one.kind != Kind::engine && one.kind != Kind::kmsg) add_doubts(Kind::sysctl, true, changed);
  }
  for (const Doubt& doubt : kDoubts) {
    if (!known) changed.facts.insert({doubt.fact, {}});
  }
}

}  // namespace

Changed changed_by(const Sighting& sighting, const Dependents& dependents) {
  Changed changed;
  add_doubts(sighting.kind, false, changed);
  switch (sighting.kind) {
    case Kind::sysctl: add_sysctl_change(sighting.what, dependents, changed); break;
    case Kind::interface: add_interface_change(sighting.what, dependents, changed); break;
    case Kind::module: add_module_change(sighting.what, dependents, changed); break;
    case Kind::lost: add_lost(sighting.what, changed); break;
    case Kind::engine:
    case Kind::policies:
    case Kind::waivers:
    case Kind::sysctl_d:
    case Kind::modprobe_d:
    case Kind::crash:
    case Kind::kmsg: break;
  }
  return changed;
}

}  // namespace harden::daemon
