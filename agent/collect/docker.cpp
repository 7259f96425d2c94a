// SPDX-License-Identifier: Apache-2.0
//
// The container engines of the host, their networks and their containers. The
// three facts stand or fall together, and for all engines: "there is no such
// network" can be said only by one who saw them all.
#include <algorithm>
#include <array>

#include "agent/collect/docker_engine.h"
#include "agent/collect/docker_sockets.h"
#include "harden/collector.h"

namespace harden {
namespace {

using docker::Engine;
using docker::EngineSocket;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::array<const char*, 3> kFacts{"docker.engines", "docker.networks", "docker.containers"};

// Two seconds for each request and less than a collector's patience for all.
constexpr milliseconds kPatience{4000};

struct Asked {
  EngineSocket socket;
  Engine engine;
  Value userland_proxy;
};

// What a status other than 200 means (docs.docker.com/reference/api/engine,
// "Errors"): 401 and 403 come from authorisation plugins.
Error refused(int status, const std::string& target, const std::string& socket) {
  Errc code = Errc::malformed;
  if (status == 401 || status == 403) code = Errc::denied;
  if (status == 404) code = Errc::unsupported;
  if (status >= 500) code = Errc::unavailable;
  return {code, "GET " + target + " is answered with status " + std::to_string(status), socket};
}

Result<std::string> ask(const Host& host, const std::string& socket, const std::string& target,
                        steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  if (left <= milliseconds(0)) return fail(Errc::timeout, "the engines together took too long", socket);
  Limit limit;
  limit.time = std::min(limit.time, left);
  auto response = host.get(socket, target, limit);
  if (!response) return std::unexpected(with_context(response.error(), "GET " + target));
  if (response->status != 200) return std::unexpected(refused(response->status, target, socket));
  return std::move(response->body);
}

Result<docker::Answers> ask_all(const Host& host, const std::string& socket, steady_clock::time_point deadline) {
  docker::Answers answers;
  const std::array<std::pair<const char*, std::string*>, 4> requests{{{"/version", &answers.version},
                                                                      {"/info", &answers.info},
                                                                      {"/networks", &answers.networks},
                                                                      {"/containers/json?all=1", &answers.containers}}};
  for (const auto& [target, body] : requests) {
    auto answer = ask(host, socket, target, deadline);
    if (!answer) return std::unexpected(answer.error());
    *body = std::move(*answer);
  }
  return answers;
}

// dockerd's documented default is true; podman has no such proxy. The API does
// not tell, so an unreadable daemon.json leaves this one field unknown.
Value userland_proxy(const Host& host, const EngineSocket& socket, const Engine& engine) {
  if (engine.engine == "podman") return false;
  const docker::Daemon daemon = socket.daemon.value_or(docker::Daemon{});
  if (daemon.userland_proxy) return *daemon.userland_proxy;
  Result<std::string> path = daemon.config_file;
  if (path->empty()) path = docker::default_config_file(host, daemon.uid);
  if (!path) return Value::unknown("docker.engines", path.error());
  const auto config = docker::read_config(host, *path);
  if (!config) return Value::unknown("docker.engines", config.error());
  return config->userland_proxy.value_or(true);
}

Result<Asked> ask_engine(const Host& host, EngineSocket socket, steady_clock::time_point deadline) {
  if (docker::would_start_engine(host, socket)) {
    return fail(Errc::unavailable, "no dockerd runs; asking would make systemd start it", socket.path);
  }
  const auto answers = ask_all(host, socket.path, deadline);
  if (!answers) return std::unexpected(answers.error());
  auto engine = docker::parse_engine(*answers, socket.path);
  if (!engine) return std::unexpected(engine.error());
  Value proxy = userland_proxy(host, socket, *engine);
  return Asked{std::move(socket), std::move(*engine), std::move(proxy)};
}

Result<std::vector<Asked>> ask_engines(const Host& host) {
  const auto deadline = steady_clock::now() + kPatience;
  auto sockets = docker::find_sockets(host, docker::running_daemons(host));
  if (!sockets) return std::unexpected(sockets.error());
  std::vector<Asked> engines;
  for (EngineSocket& socket : *sockets) {
    auto asked = ask_engine(host, std::move(socket), deadline);
    if (!asked) return std::unexpected(asked.error());
    engines.push_back(std::move(*asked));
  }
  return engines;
}

Value list_of(const std::vector<std::string>& texts) { return List(texts.begin(), texts.end()); }

Value to_value(const Asked& asked) {
  const Engine& engine = asked.engine;
  return Map({{"engine", engine.engine},
              {"socket", asked.socket.path},
              {"rootless", engine.rootless},
              {"version", engine.version},
              {"api_version", engine.api_version},
              {"userland_proxy", asked.userland_proxy},
              {"live_restore", engine.live_restore},
              {"ipv6", engine.ipv6},
              {"swarm", engine.swarm},
              {"storage_driver", engine.storage_driver},
              {"cgroup_driver", engine.cgroup_driver},
              {"runc_version", engine.runc_version},
              {"containers_running", engine.containers_running}});
}

Value to_value(const docker::Network& network, const std::string& engine) {
  std::vector<Map::Entry> options;
  for (const auto& [key, value] : network.options) options.emplace_back(key, value);
  return Map({{"engine", engine},
              {"id", network.id},
              {"name", network.name},
              {"driver", network.driver},
              {"scope", network.scope},
              {"subnets", list_of(network.subnets)},
              {"ipv6", network.ipv6},
              {"internal", network.internal},
              {"encrypted", network.encrypted},
              {"predefined", network.predefined},
              {"options", Map(std::move(options))},
              {"containers", network.containers}});
}

Value to_value(const docker::Container& container, const std::string& engine) {
  return Map({{"engine", engine},
              {"id", container.id},
              {"name", container.name},
              {"image", container.image},
              {"state", container.state},
              {"networks", list_of(container.networks)}});
}

void collect_engines(const Host& host, const Wanted&, FactSink& sink) {
  const auto asked = ask_engines(host);
  if (!asked) {
    for (const char* fact : kFacts) sink.fail(fact, asked.error());
    return;
  }
  List engines;
  List networks;
  List containers;
  std::string source;
  for (const Asked& one : *asked) {
    const Engine& engine = one.engine;
    engines.push_back(to_value(one));
    for (const docker::Network& network : engine.networks) networks.push_back(to_value(network, engine.engine));
    for (const docker::Container& container : engine.containers) {
      containers.push_back(to_value(container, engine.engine));
    }
    source += (source.empty() ? "" : ", ") + one.socket.path;
  }
  if (source.empty()) source = "no engine's socket in /run, /var/run and /run/user";
  sink.set(kFacts[0], std::move(engines), source);
  sink.set(kFacts[1], std::move(networks), source);
  sink.set(kFacts[2], std::move(containers), source);
}

constexpr auto kText = Type::Kind::string;
constexpr auto kFlag = Type::Kind::boolean;
constexpr auto kNumber = Type::Kind::integer;

Type engine_type() {
  return Type::record({{"engine", kText, "docker or podman"},
                       {"socket", kText, "where it listens"},
                       {"rootless", kFlag, "run by a user in a user namespace"},
                       {"version", kText, ""},
                       {"api_version", kText, "of the Docker Engine API"},
                       {"userland_proxy", kFlag, "published ports go through docker-proxy too (dockerd(8))"},
                       {"live_restore", kFlag, "containers outlive the daemon"},
                       {"ipv6", kFlag, "on the default bridge network"},
                       {"swarm", kFlag, "a member of a swarm"},
                       {"storage_driver", kText, ""},
                       {"cgroup_driver", kText, ""},
                       {"runc_version", kText, "empty where the runtime is another"},
                       {"containers_running", kNumber, ""}});
}

Type network_type() {
  return Type::record({{"engine", kText, "docker or podman"},
                       {"id", kText, ""},
                       {"name", kText, "chosen by a person; several networks may share one"},
                       {"driver", kText, "bridge, overlay, macvlan, ipvlan, host, null or a plug-in's"},
                       {"scope", kText, "local, swarm or global"},
                       {"subnets", Type::list_of(kText), "empty for host, none and networks without IPAM"},
                       {"ipv6", kFlag, "EnableIPv6"},
                       {"internal", kFlag, "cut off from other networks"},
                       {"encrypted", kFlag, "an overlay over IPsec"},
                       {"predefined", kFlag, "made by the engine itself"},
                       {"options", Type::map_of(kText, kText), "of the driver"},
                       {"containers", kNumber, "attached, running or not"}});
}

Type container_type() {
  return Type::record({{"engine", kText, "docker or podman"},
                       {"id", kText, ""},
                       {"name", kText, "chosen by a person"},
                       {"image", kText, ""},
                       {"state", kText, "created, running, paused, restarting, removing, exited or dead"},
                       {"networks", Type::list_of(kText), "names"}});
}

const RegisterCollector registration({
    "docker",
    {{kFacts[0], Type::list_of(engine_type()), "", "container engines (docs.docker.com/reference/api/engine)"},
     {kFacts[1], Type::list_of(network_type()), "", "their networks, GET /networks"},
     {kFacts[2], Type::list_of(container_type()), "", "their containers in every state, GET /containers/json?all=1"}},
    collect_engines,
});

}  // namespace
}  // namespace harden
