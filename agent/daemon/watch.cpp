// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/watch.h"

#include <boost/asio/io_context.hpp>

#include "agent/daemon/watch_parts.h"

namespace harden::daemon {
namespace {

constexpr Teller::Pace kFolderPace{milliseconds(100), milliseconds(500)};
constexpr const char* kFolders = "folders";

// One of the lists of targets.
struct FolderKind {
  const char* source;
  Sighting::Kind kind;
  std::vector<std::string> WatchTargets::*paths;
  Folders::What what;
};

constexpr FolderKind kFolderKinds[] = {
    {"policies", Sighting::Kind::policies, &WatchTargets::policies, Folders::What::folder_and_below},
    {"waivers", Sighting::Kind::waivers, &WatchTargets::waivers, Folders::What::folder},
    {"sysctl.d", Sighting::Kind::sysctl_d, &WatchTargets::sysctl_d, Folders::What::folder},
    {"modprobe.d", Sighting::Kind::modprobe_d, &WatchTargets::modprobe_d, Folders::What::folder},
    {"crashes", Sighting::Kind::crash, &WatchTargets::crashes, Folders::What::folder_and_below},
};

bool is_file(const std::string& path) { return path.ends_with(".conf"); }

}  // namespace

WatchTargets WatchTargets::of_this_host() {
  WatchTargets targets;
  targets.sysctl_d = {"/etc/sysctl.d",     "/run/sysctl.d", "/usr/local/lib/sysctl.d",
                      "/usr/lib/sysctl.d", "/lib/sysctl.d", "/etc/sysctl.conf"};
  targets.modprobe_d = {"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d",
                        "/lib/modprobe.d"};
  targets.crashes = {"/sys/fs/pstore", "/var/crash", "/var/lib/systemd/pstore"};
  targets.engines = {{"/run/docker.sock", "/run/docker.pid"}};
  return targets;
}

class Watch::Sources {
 public:
  Sources(boost::asio::io_context& context, const WatchTargets& targets, OnSighting on_sighting)
      : teller_(context.get_executor(), std::move(on_sighting)),
        tools_{context.get_executor(), teller_},
        folders_(tools_, [this] { teller_.lost(kFolders); }),
        sysctls_(tools_) {
    sysctls_.set(targets.sysctls);
    const auto look = [this] { sysctls_.look_again(); };
    if (targets.interfaces) others_.push_back(watch_interfaces(tools_, look));
    if (targets.modules) others_.push_back(watch_modules(tools_, look));
    if (targets.kmsg) others_.push_back(watch_kmsg(tools_));
    for (const FolderKind& kind : kFolderKinds) add_folders(kind, targets.*kind.paths);
    for (const EngineTarget& engine : targets.engines) {
      others_.push_back(watch_engine(tools_, engine, folders_));
    }
  }

  void set_sysctls(std::set<std::string> keys) { sysctls_.set(std::move(keys)); }

  std::vector<WatchState> states() const {
    std::vector<WatchState> states{sysctls_.state()};
    for (const auto& source : others_) states.push_back(source->state());
    for (const WatchState& state : folder_states_) states.push_back(state);
    for (WatchState& state : states) {
      const Teller::Counts counts = teller_.counts(state.source);
      state.told = counts.told;
      state.merged = counts.merged;
      state.lost = counts.lost;
    }
    return states;
  }

 private:
  void add_folders(const FolderKind& kind, const std::vector<std::string>& paths) {
    if (paths.empty()) return;
    const bool works = folders_.trouble().empty();
    folder_states_.push_back({kind.source, works, folders_.trouble(), ""});
    for (const std::string& path : paths) {
      folders_.add(path, is_file(path) ? Folders::What::file : kind.what, [this, &kind, path] {
        teller_.tell(kind.source, {kind.kind, path, 0, {}, now_in_microseconds()}, kFolderPace);
      });
    }
  }

  Teller teller_;
  WatchTools tools_;
  Folders folders_;
  SysctlSource sysctls_;
  std::vector<WatchState> folder_states_;
  std::vector<std::unique_ptr<WatchSource>> others_;
};

Watch::Watch(boost::asio::io_context& context, const WatchTargets& targets, OnSighting on_sighting)
    : sources_(std::make_unique<Sources>(context, targets, std::move(on_sighting))) {}

Watch::~Watch() = default;

void Watch::set_sysctls(std::set<std::string> keys) { sources_->set_sysctls(std::move(keys)); }

std::vector<WatchState> Watch::states() const { return sources_->states(); }

}  // namespace harden::daemon
