// SPDX-License-Identifier: Apache-2.0
//
// Where the container engines of a host listen. Looked for are
//  - /run/docker.sock and /var/run/docker.sock (dockerd(8); the snap's too);
//  - /run/podman/podman.sock (podman-system-service(1));
//  - /run/user/UID/{docker.sock,podman/podman.sock} of rootless engines;
//  - the unix:// hosts of root's running dockerd and of its daemon.json.
// DOCKER_HOST is a client's setting and is not looked at.
//
// Not found are engines in a container of their own whose socket has the path
// of one of the host's, and those that listen on a container's path alone
// without saying so on their command line.
#pragma once

#include <string>
#include <vector>

#include "agent/collect/docker_daemon.h"
#include "harden/host.h"

namespace harden::docker {

struct EngineSocket {
  std::string path;
  // The daemon behind it, where one can be told; for podman there is none.
  std::optional<Daemon> daemon;
};

// The sockets that are there, each once whatever links lead to it. Links that
// a user put below /run/user are passed over: engines make none there, and
// root must not be led to ask something else. An error is a place where there
// may be a socket and nobody can tell (denied), a dockerd that runs and has no
// unix socket (unsupported) or one that cannot be found (unavailable).
Result<std::vector<EngineSocket>> find_sockets(const Host& host, const std::vector<Daemon>& daemons);

// Whether asking would start an engine that is not running: on the live
// machine, systemd listens for a dockerd that is not there (docker.socket).
// podman's service is not spared: it starts for each request and ends again.
bool would_start_engine(const Host& host, const EngineSocket& socket);

}  // namespace harden::docker
