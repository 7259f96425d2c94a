// SPDX-License-Identifier: Apache-2.0
//
// What a container engine answers about itself over the Docker Engine API
// (docs.docker.com/reference/api/engine), which podman speaks too.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harden/result.h"

namespace harden::docker {

// The bodies of the four requests.
struct Answers {
  std::string version;     // GET /version
  std::string info;        // GET /info
  std::string networks;    // GET /networks
  std::string containers;  // GET /containers/json?all=1
};

struct Network {
  std::string id, name, driver, scope;
  std::vector<std::string> subnets;
  bool ipv6 = false;
  bool internal = false;
  bool encrypted = false;   // an overlay network asked to be (IPsec)
  bool predefined = false;  // made by the engine, not by a person
  std::vector<std::pair<std::string, std::string>> options;
  std::int64_t containers = 0;  // attached to it, running or not
};

struct Container {
  std::string id, name, image, state;
  std::vector<std::string> networks;
};

struct Engine {
  std::string engine;  // "docker" or "podman"
  bool rootless = false;
  std::string version, api_version, storage_driver, cgroup_driver;
  std::string runc_version;  // "" where another runtime is used
  bool live_restore = false;
  bool ipv6 = false;   // on the default bridge
  bool swarm = false;  // a member of one, or about to be
  std::int64_t containers_running = 0;
  std::vector<Network> networks;
  std::vector<Container> containers;
};

// Errc::malformed where an answer is not what the API allows; the message
// names the request and the field, the place is the socket. What is left out
// is empty or false. A network has no subnets where its IPAM.Config is null,
// [] or without a subnet: normal for host, none and configuration-only ones.
Result<Engine> parse_engine(const Answers& answers, const std::string& socket);

}  // namespace harden::docker
