// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/docker_engine.h"

#include <algorithm>
#include <array>
#include <map>

#include "agent/collect/docker_json.h"
#include "agent/core/text.h"

namespace harden::docker {
namespace {

// Docker refuses to make or remove these (runconfig.IsPreDefinedNetwork), but
// for the two that swarm mode makes. podman calls its own one "podman", and
// "bridge" when it speaks Docker's API.
bool is_predefined(std::string_view engine, std::string_view name) {
  constexpr std::array<std::string_view, 5> kDocker{"bridge", "host", "none", "ingress", "docker_gwbridge"};
  constexpr std::array<std::string_view, 2> kPodman{"podman", "bridge"};
  if (engine == "podman") return std::ranges::find(kPodman, name) != kPodman.end();
  return std::ranges::find(kDocker, name) != kDocker.end();
}

bool is_default_bridge(std::string_view engine, std::string_view name) {
  return name == "bridge" || (engine == "podman" && name == "podman");
}

// "1.1.5+ds1", or podman's "runc version 1.1.5+ds1\ncommit: …".
std::string runc_version(std::string_view text) {
  const auto words = text::words(text);
  if (words.size() > 2 && words[0] == "runc" && words[1] == "version") return std::string(words[2]);
  return words.size() == 1 ? std::string(words.front()) : std::string();
}

void read_version(const Fields& answer, Engine& engine) {
  engine.engine = "docker";
  engine.version = answer.text("Version");
  engine.api_version = answer.text("ApiVersion");
  for (const Fields& component : answer.objects("Components")) {
    const std::string name = component.text("Name");
    if (name.starts_with("Podman")) engine.engine = "podman";
    if (name == "runc" || name == "OCI Runtime (runc)") engine.runc_version = runc_version(component.text("Version"));
  }
}

void read_info(const Fields& answer, Engine& engine) {
  engine.storage_driver = answer.text("Driver");
  engine.cgroup_driver = answer.text("CgroupDriver");
  engine.live_restore = answer.flag("LiveRestoreEnabled");
  engine.containers_running = answer.integer("ContainersRunning");
  const std::string swarm = answer.object("Swarm").text("LocalNodeState");
  engine.swarm = !swarm.empty() && swarm != "inactive";
  const auto security = answer.texts("SecurityOptions");
  engine.rootless =
      answer.flag("Rootless") ||  // podman's
      std::ranges::any_of(security, [](const auto& option) { return option.starts_with("name=rootless"); });
}

std::vector<std::string> subnets_of(const Fields& network) {
  std::vector<std::string> subnets;
  for (const Fields& pool : network.object("IPAM").objects("Config")) {
    if (auto subnet = pool.text("Subnet"); !subnet.empty()) subnets.push_back(std::move(subnet));
  }
  return subnets;
}

Network read_network(const Fields& answer, std::string_view engine) {
  Network network;
  network.id = answer.required_text("Id");
  network.name = answer.required_text("Name");
  network.driver = answer.text("Driver");
  network.scope = answer.text("Scope");
  network.subnets = subnets_of(answer);
  network.ipv6 = answer.flag("EnableIPv6");
  network.internal = answer.flag("Internal");
  network.predefined = is_predefined(engine, network.name) || answer.flag("Ingress");
  const Fields options = answer.object("Options");
  for (const std::string& key : options.keys()) network.options.emplace_back(key, options.text(key));
  // The overlay driver looks whether the option is there, not what it says.
  network.encrypted = network.driver == "overlay" && std::ranges::any_of(network.options, [](const auto& option) {
                        return option.first == "encrypted";
                      });
  return network;
}

// "/web", and "/other/web" for each --link to it.
std::string container_name(const std::vector<std::string>& names) {
  const auto own = std::ranges::find_if(names, [](std::string_view name) { return name.rfind('/') == 0; });
  std::string_view name = own != names.end() ? *own : (names.empty() ? std::string_view() : names.front());
  if (name.starts_with('/')) name.remove_prefix(1);
  return std::string(name);
}

Container read_container(const Fields& answer) {
  return {answer.required_text("Id"), container_name(answer.texts("Names")), answer.text("Image"), answer.text("State"),
          answer.object("NetworkSettings").object("Networks").keys()};
}

// podman renames its default network for Docker's clients, but not where it
// says what its containers are attached to.
void rename_default_network(Engine& engine) {
  const auto is_listed = [&](std::string_view name) {
    return std::ranges::find(engine.networks, name, &Network::name) != engine.networks.end();
  };
  if (engine.engine != "podman" || is_listed("podman") || !is_listed("bridge")) return;
  for (Container& container : engine.containers) std::ranges::replace(container.networks, "podman", "bridge");
}

void count_containers(Engine& engine) {
  std::map<std::string_view, std::int64_t> counts;
  for (const Container& container : engine.containers) {
    for (const std::string& network : container.networks) ++counts[network];
  }
  for (Network& network : engine.networks) {
    const auto count = counts.find(network.name);
    network.containers = count == counts.end() ? 0 : count->second;
  }
}

// Reads one answer with `read(document, wrong)`.
template <typename Read>
Result<> read_answer(const std::string& body, std::string_view request, const std::string& socket, Read read) {
  const auto document = parse_json(body, socket);
  if (!document) return std::unexpected(with_context(document.error(), request));
  std::optional<std::string> wrong;
  read(*document, wrong);
  if (wrong) return fail(Errc::malformed, std::string(request) + ": " + *wrong, socket);
  return {};
}

}  // namespace

Result<Engine> parse_engine(const Answers& answers, const std::string& socket) {
  using Document = boost::json::value;
  using Wrong = std::optional<std::string>;
  Engine engine;
  auto read = read_answer(answers.version, "GET /version", socket, [&](const Document& document, Wrong& wrong) {
    read_version(fields(document, wrong), engine);
  });
  if (!read) return std::unexpected(read.error());
  read = read_answer(answers.info, "GET /info", socket,
                     [&](const Document& document, Wrong& wrong) { read_info(fields(document, wrong), engine); });
  if (!read) return std::unexpected(read.error());
  read = read_answer(answers.networks, "GET /networks", socket, [&](const Document& document, Wrong& wrong) {
    for (const Fields& row : rows(document, wrong)) engine.networks.push_back(read_network(row, engine.engine));
  });
  if (!read) return std::unexpected(read.error());
  read = read_answer(answers.containers, "GET /containers/json", socket, [&](const Document& document, Wrong& wrong) {
    for (const Fields& row : rows(document, wrong)) engine.containers.push_back(read_container(row));
  });
  if (!read) return std::unexpected(read.error());
  engine.ipv6 = std::ranges::any_of(engine.networks, [&](const Network& network) {
    return network.ipv6 && is_default_bridge(engine.engine, network.name);
  });
  rename_default_network(engine);
  count_containers(engine);
  return engine;
}

}  // namespace harden::docker
