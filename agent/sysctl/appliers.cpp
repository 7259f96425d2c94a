// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/sysctl/resolver.h"

namespace harden::sysctl {
namespace {

// Debian's and OpenRC's scripts, which run `sysctl --system`.
constexpr auto kScripts = std::to_array<const char*>({"procps", "sysctl"});

constexpr auto kUnitFolders = std::to_array<const char*>(
    {"/etc/systemd/system/", "/run/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/"});

bool is_there(const Host& host, const std::string& path) { return host.kind(path) || host.read_link(path); }

std::string first_there(const Host& host, const std::vector<std::string>& paths) {
  const auto found = std::ranges::find_if(paths, [&](const std::string& path) { return is_there(host, path); });
  return found == paths.end() ? std::string() : *found;
}

// The program that /sbin/init is: "systemd", "busybox", "" where there is none.
std::string init_of(const Host& host) {
  for (const std::string path : {"/sbin/init", "/usr/sbin/init"}) {
    if (const auto link = host.read_link(path)) return link->substr(link->rfind('/') + 1);
    if (host.kind(path)) return "init";
  }
  return {};
}

bool runs_systemd(const Host& host) {
  return init_of(host).starts_with("systemd") || host.kind("/run/systemd/system").has_value();
}

Use systemd_of(const Host& host) {
  Use use{Applier::systemd, false, {}};
  const std::string program = first_there(host, {"/usr/lib/systemd/systemd-sysctl", "/lib/systemd/systemd-sysctl"});
  const auto unit = host.read_link("/etc/systemd/system/systemd-sysctl.service");
  const std::string init = init_of(host);
  if (program.empty()) {
    use.because = "there is no systemd-sysctl";
  } else if (unit && *unit == "/dev/null") {
    use.because = "systemd-sysctl.service is masked";
  } else if (!runs_systemd(host) && !init.empty()) {
    use.because = "/sbin/init is " + (init == "init" ? std::string("not systemd") : init);
  } else {
    use.in_use = true;
    use.because = program + (runs_systemd(host) ? "" : "; what /sbin/init is cannot be told");
  }
  return use;
}

Use procps_of(const Host& host) {
  Use use{Applier::procps, false, "no script of /etc/init.d runs sysctl"};
  for (const std::string name : kScripts) {
    const std::string script = "/etc/init.d/" + name;
    if (!is_there(host, script)) continue;
    std::vector<std::string> units;
    for (const std::string folder : kUnitFolders) units.push_back(folder + name + ".service");
    const std::string unit = runs_systemd(host) ? first_there(host, units) : std::string();
    use.in_use = unit.empty();
    use.because = unit.empty() ? script : "systemd takes " + unit + " in place of " + script;
    if (use.in_use) break;
  }
  return use;
}

}  // namespace

std::array<Use, kAppliers.size()> appliers_of(const Host& host) { return {systemd_of(host), procps_of(host)}; }

std::vector<Applier> appliers_that_count(const Host& host) {
  std::vector<Applier> used;
  for (const Use& use : appliers_of(host)) {
    if (use.in_use) used.push_back(use.applier);
  }
  return used.empty() ? std::vector<Applier>(kAppliers.begin(), kAppliers.end()) : used;
}

}  // namespace harden::sysctl
