// SPDX-License-Identifier: Apache-2.0
//
// Documentation/admin-guide/LSM/.
#include <algorithm>

#include "agent/collect/reading.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden::probe {
namespace {

constexpr const char* kActive = "/sys/kernel/security/lsm";
constexpr const char* kEnforce = "/sys/fs/selinux/enforce";
constexpr const char* kAppArmor = "/sys/module/apparmor/parameters/enabled";
constexpr const char* kProfiles = "/sys/kernel/security/apparmor/profiles";
constexpr const char* kLockdown = "/sys/kernel/security/lockdown";
constexpr const char* kYama = "/proc/sys/kernel/yama/ptrace_scope";

using Active = Result<std::vector<std::string>>;

Active read_active(const Host& host) {
  const auto text = read_text(host, kActive);
  if (!text && text.error().code == Errc::absent) {
    return fail(Errc::absent, "securityfs is not mounted, or the kernel is older than Linux 4.11", kActive);
  }
  if (!text) return std::unexpected(text.error());
  std::vector<std::string> names;
  for (const auto name : text::split(*text, ',')) {
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != std::string_view::npos) {
      return fail(Errc::malformed, "not a list of security modules: " + text::quote(text->substr(0, 60)), kActive);
    }
    names.emplace_back(name);
  }
  return names;
}

bool lacks(const Active& active, std::string_view name) {
  return active && std::ranges::find(*active, name) == active->end();
}

// An SELinux that was not switched off at boot makes the folder itself, for
// its file system to be mounted on.
Result<std::string> selinux_mode(const Host& host, const Active& active) {
  const auto enforce = read_int(host, kEnforce);
  if (enforce) return *enforce != 0 ? "enforcing" : "permissive";
  if (enforce.error().code != Errc::absent) return std::unexpected(enforce.error());
  if (lacks(active, "selinux")) return "disabled";
  const auto folder = host.kind("/sys/fs/selinux");
  const bool no_folder = !folder && folder.error().code == Errc::absent;
  if (!active && no_folder && host.kind("/sys/fs") == DirEntry::Kind::directory) return "disabled";
  return fail(Errc::absent, "SELinux is there, but its file system is not mounted", kEnforce);
}

struct Profiles {
  std::int64_t all = 0;
  std::int64_t enforce = 0;
  std::int64_t complain = 0;
};

// "docker-default (enforce)", one profile a line.
Result<Profiles> read_profiles(const Host& host) {
  const auto text = read_text(host, kProfiles, Limit{}.bytes);
  if (!text) return std::unexpected(text.error());
  Profiles profiles;
  for (const auto line : text::lines(*text)) {
    const auto mode = line.rfind(" (");
    if (mode == std::string_view::npos || !line.ends_with(')'))
      return fail(Errc::malformed, "not a profile", kProfiles);
    ++profiles.all;
    profiles.enforce += line.substr(mode) == " (enforce)" ? 1 : 0;
    profiles.complain += line.substr(mode) == " (complain)" ? 1 : 0;
  }
  return profiles;
}

Value profile_count(const Result<Profiles>& profiles, std::int64_t Profiles::*member, const char* name) {
  if (!profiles) return Value::unknown(std::string("lsm.apparmor.") + name, profiles.error());
  return (*profiles).*member;
}

void set_apparmor(const Host& host, FactSink& sink) {
  const auto parameter = read_feature(host, kAppArmor, "/sys/module");
  if (!parameter) return sink.fail("lsm.apparmor", parameter.error());
  const bool enabled = parameter->value_or("N") == "Y";
  const Result<Profiles> profiles = enabled ? read_profiles(host) : Profiles{};
  sink.set("lsm.apparmor",
           Map({{"enabled", enabled},
                {"profiles", profile_count(profiles, &Profiles::all, "profiles")},
                {"enforce", profile_count(profiles, &Profiles::enforce, "enforce")},
                {"complain", profile_count(profiles, &Profiles::complain, "complain")}}),
           kAppArmor);
}

// "none [integrity] confidentiality": the one in force stands in brackets.
Result<std::string> lockdown_level(const Host& host, const Active& active) {
  const auto text = read_text(host, kLockdown);
  if (!text) {
    if (text.error().code == Errc::absent && lacks(active, "lockdown")) return "none";
    return std::unexpected(text.error());
  }
  for (const char* level : {"none", "integrity", "confidentiality"}) {
    if (text->contains(std::string("[") + level + "]")) return level;
  }
  return fail(Errc::malformed, "no level in brackets: " + text::quote(text->substr(0, 60)), kLockdown);
}

void set_yama(const Host& host, FactSink& sink) {
  const auto scope = read_int_feature(host, kYama, "/proc/sys/kernel");
  if (!scope) return sink.fail("lsm.yama", scope.error());
  sink.set("lsm.yama", scope->value_or(0), kYama);
}

void collect(const Host& host, const Wanted&, FactSink& sink) {
  const Active active = read_active(host);
  if (active) {
    sink.set("lsm.active", List(active->begin(), active->end()), kActive);
    sink.set("lsm.bpf", !lacks(active, "bpf"), kActive);
  } else {
    sink.fail("lsm.active", active.error());
    sink.fail("lsm.bpf", active.error());
  }
  sink.set("lsm.selinux", selinux_mode(host, active), kEnforce);
  set_apparmor(host, sink);
  sink.set("lsm.lockdown", lockdown_level(host, active), kLockdown);
  set_yama(host, sink);
}

const RegisterCollector kRegister{{
    "lsm",
    {{"lsm.active", Type::list_of(Type::Kind::string), "",
      "The security modules at work, in their order: /sys/kernel/security/lsm, admin-guide/LSM/index.rst"},
     {"lsm.bpf", Type::Kind::boolean, "", "Whether bpf is one of them: bpf/prog_lsm.rst"},
     {"lsm.selinux", Type::Kind::string, "", "enforcing, permissive or disabled: /sys/fs/selinux/enforce"},
     {"lsm.apparmor",
      Type::record({{"enabled", Type::Kind::boolean, "whether it was switched on at boot"},
                    {"profiles", Type::Kind::integer, "profiles that are loaded"},
                    {"enforce", Type::Kind::integer, "those that are enforced"},
                    {"complain", Type::Kind::integer, "those that only complain"}}),
      "", "AppArmor and its profiles: admin-guide/LSM/apparmor.rst"},
     {"lsm.lockdown", Type::Kind::string, "", "none, integrity or confidentiality: kernel_lockdown(7)"},
     {"lsm.yama", Type::Kind::integer, "",
      "Yama's ptrace_scope, 0 (as without it) where it is not there: admin-guide/LSM/Yama.rst"}},
    collect,
}};

}  // namespace
}  // namespace harden::probe
