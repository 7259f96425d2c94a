// SPDX-License-Identifier: Apache-2.0
//
// The running dockerd processes and the files they are configured by
// (dockerd(8)). Only what cannot be asked over the API is taken from here:
// where the sockets are, and the userland proxy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harden/host.h"

namespace harden::docker {

struct Daemon {
  std::int64_t pid = 0;
  std::int64_t uid = 0;            // as seen from our user namespace
  std::vector<std::string> hosts;  // -H, as given: "unix:///run/docker.sock", "fd://"
  std::string config_file;         // --config-file; "" for the default one
  std::optional<bool> userland_proxy;
};

// The dockerd processes that can be seen. Other users' command lines are
// believed, so `uid` matters to whoever acts on them.
std::vector<Daemon> running_daemons(const Host& host);

// What a command line, its words ended by NULs, says. Go's flag syntax: one
// or two dashes, the value behind '=' or in the next word.
Daemon parse_command_line(std::string_view words);

struct DaemonConfig {
  std::vector<std::string> hosts;
  std::optional<bool> userland_proxy;
};

// daemon.json; an absent file is an empty one, as it is for dockerd.
Result<DaemonConfig> read_config(const Host& host, const std::string& path);

// Where a dockerd of this user looks for daemon.json unless it is told:
// /etc/docker for root, ~/.config/docker else. Errc::absent for a user that
// /etc/passwd does not name.
Result<std::string> default_config_file(const Host& host, std::int64_t uid);

// The path of a "unix://" host; "unix://" alone is the default socket.
std::optional<std::string> unix_path(std::string_view host_option);

}  // namespace harden::docker
