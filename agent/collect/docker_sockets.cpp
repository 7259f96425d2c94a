// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/docker_sockets.h"

#include <algorithm>
#include <filesystem>

#include "agent/collect/processes.h"
#include "agent/core/text.h"

namespace harden::docker {
namespace {

constexpr std::string_view kUsers = "/run/user/";
constexpr const char* kDefaultSocket = "/run/docker.sock";

bool is_users(std::string_view path) { return path.starts_with(kUsers); }
bool is_podman(std::string_view path) { return path.ends_with("/podman.sock"); }
bool names_a_path(const std::string& option) { return unix_path(option).has_value(); }

// A place to look at, and the root dockerd that says it listens there.
struct Candidate {
  std::string path;
  const Daemon* said_by = nullptr;
};

Result<std::vector<std::string>> users_sockets(const Host& host) {
  std::vector<std::string> paths;
  const auto users = host.list("/run/user");
  if (!users && users.error().code == Errc::absent) return paths;
  if (!users) return std::unexpected(users.error());
  for (const DirEntry& user : *users) {
    if (user.kind != DirEntry::Kind::directory || !text::to_int(user.name)) continue;
    const std::string folder = std::string(kUsers) + user.name;
    paths.push_back(folder + "/docker.sock");
    paths.push_back(folder + "/podman/podman.sock");
  }
  return paths;
}

Result<std::vector<Candidate>> candidates(const Host& host, const std::vector<Daemon>& daemons) {
  std::vector<Candidate> found{{kDefaultSocket}, {"/var/run/docker.sock"}, {"/run/podman/podman.sock"}};
  auto users = users_sockets(host);
  if (!users) return std::unexpected(users.error());
  for (std::string& path : *users) found.push_back({std::move(path)});
  for (const Daemon& daemon : daemons) {
    if (daemon.uid != 0) continue;
    for (const std::string& option : daemon.hosts) {
      if (auto path = unix_path(option)) found.push_back({std::move(*path), &daemon});
    }
  }
  // Unreadable, it shows in the userland proxy; a socket it alone names is
  // then missed only if root's dockerd has none of those above either.
  if (const auto config = read_config(host, "/etc/docker/daemon.json")) {
    for (const std::string& option : config->hosts) {
      if (auto path = unix_path(option)) found.push_back({std::move(*path)});
    }
  }
  return found;
}

// Where links lead, one level at a time; /var/run is /run wherever both are.
std::string resolve(const Host& host, std::string path) {
  constexpr std::string_view kOldRun = "/var/run/";
  for (int links = 0; links < 8; ++links) {
    if (path.starts_with(kOldRun)) {
      std::string modern = "/run/" + path.substr(kOldRun.size());
      if (host.kind(modern)) path = std::move(modern);
    }
    const auto target = host.read_link(path);
    if (!target) break;
    path = (std::filesystem::path(path).parent_path() / *target).lexically_normal().string();
  }
  return path;
}

// The dockerd behind a socket: the one that names it, else that of the user
// in its path, else root's that names no path.
std::optional<Daemon> daemon_of(const std::string& path, const std::vector<Daemon>& daemons, const Candidate& from) {
  if (from.said_by != nullptr) return *from.said_by;
  const auto serves = [&](const Daemon& daemon) {
    if (is_users(path))
      return daemon.uid != 0 && path == std::string(kUsers) + std::to_string(daemon.uid) + "/docker.sock";
    return daemon.uid == 0 && std::ranges::none_of(daemon.hosts, names_a_path);
  };
  const auto found = is_podman(path) ? daemons.end() : std::ranges::find_if(daemons, serves);
  if (found == daemons.end()) return std::nullopt;
  return *found;
}

bool leads_elsewhere(const Host& host, const std::string& path) {
  return host.read_link(path) || host.read_link(path.substr(0, path.rfind('/')));
}

// Adds the socket of a candidate, if there is one and it is not there yet.
Result<> add(const Host& host, const Candidate& candidate, const std::vector<Daemon>& daemons,
             std::vector<EngineSocket>& sockets) {
  if (is_users(candidate.path) && leads_elsewhere(host, candidate.path)) return {};
  const auto kind = host.kind(candidate.path);
  if (!kind && kind.error().code == Errc::absent) {
    if (candidate.said_by == nullptr) return {};
    const std::string who = "dockerd (pid " + std::to_string(candidate.said_by->pid) + ")";
    return fail(Errc::unavailable, who + " says it listens here, and there is nothing", candidate.path);
  }
  std::string path = resolve(host, candidate.path);
  if (!kind) return std::unexpected(Error{kind.error().code, kind.error().message, path});
  const auto same = std::ranges::find(sockets, path, &EngineSocket::path);
  auto daemon = daemon_of(path, daemons, candidate);
  if (same == sockets.end()) {
    sockets.push_back({std::move(path), std::move(daemon)});
  } else if (candidate.said_by != nullptr) {
    same->daemon = std::move(daemon);
  }
  return {};
}

// A dockerd runs, so an empty list of networks would be a guess.
Result<> every_daemon_was_found(const std::vector<Daemon>& daemons, const std::vector<EngineSocket>& sockets) {
  for (const Daemon& daemon : daemons) {
    const auto is_its = [&](const EngineSocket& socket) { return socket.daemon && socket.daemon->pid == daemon.pid; };
    if (std::ranges::any_of(sockets, is_its)) continue;
    const std::string who = "dockerd (pid " + std::to_string(daemon.pid) + ")";
    const bool elsewhere = !daemon.hosts.empty() && std::ranges::none_of(daemon.hosts, [](const auto& option) {
      return option.starts_with("unix://") || option.starts_with("fd://");
    });
    if (elsewhere) return fail(Errc::unsupported, who + " listens on no unix socket", daemon.hosts.front());
    if (sockets.empty()) return fail(Errc::unavailable, who + " runs and no socket of it was found", kDefaultSocket);
  }
  return {};
}

}  // namespace

Result<std::vector<EngineSocket>> find_sockets(const Host& host, const std::vector<Daemon>& daemons) {
  const auto places = candidates(host, daemons);
  if (!places) return std::unexpected(places.error());
  std::vector<EngineSocket> sockets;
  for (const Candidate& place : *places) {
    if (auto added = add(host, place, daemons, sockets); !added) return std::unexpected(added.error());
  }
  if (auto all = every_daemon_was_found(daemons, sockets); !all) return std::unexpected(all.error());
  return sockets;
}

bool would_start_engine(const Host& host, const EngineSocket& socket) {
  if (host.name() != "/" || is_podman(socket.path) || socket.daemon) return false;
  return process_name(host, 1) == "systemd";
}

}  // namespace harden::docker
