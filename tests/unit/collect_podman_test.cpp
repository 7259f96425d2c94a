// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/collect/docker_engine.h"
#include "tests/support/engine_answers.h"

using namespace harden;
using docker::Answers;
using docker::Engine;
using test::podman_answers;

namespace {

Engine parsed(const Answers& answers) {
  auto engine = docker::parse_engine(answers, "/run/podman/podman.sock");
  REQUIRE_MESSAGE(engine, (engine ? "" : engine.error().message));
  return *engine;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("podman is known by its components") {
  const Engine engine = parsed(podman_answers());
  CHECK(engine.engine == "podman");
  CHECK(engine.version == "4.3.1");
  CHECK(engine.api_version == "1.41");
  CHECK(engine.runc_version == "1.1.5+ds1");
  CHECK(engine.storage_driver == "vfs");
  CHECK_FALSE(engine.swarm);
  CHECK_FALSE(engine.rootless);
  CHECK_FALSE(engine.ipv6);
}

TEST_CASE("podman with another runtime has no runc") {
  Answers answers = podman_answers();
  answers.version = R"json({"Components":[{"Name":"Podman Engine","Version":"5.0.0"},
    {"Name":"OCI Runtime (crun)","Version":"crun version 1.14\ncommit: 1"}],"Version":"5.0.0"})json";
  CHECK(parsed(answers).runc_version.empty());
}

TEST_CASE("rootless podman says so in a field of its own") {
  Answers answers = podman_answers();
  answers.info = R"({"Rootless":true})";
  CHECK(parsed(answers).rootless);
}

TEST_CASE("podman's networks: one by DHCP has no subnet and is nobody's default") {
  const Engine engine = parsed(podman_answers());
  REQUIRE(engine.networks.size() == 3);
  CHECK(engine.networks[0].predefined);
  CHECK(engine.networks[1].internal);
  CHECK(engine.networks[1].subnets == Texts{"10.89.0.0/24"});
  CHECK(engine.networks[2].subnets.empty());
  CHECK_FALSE(engine.networks[2].predefined);
}

TEST_CASE("podman's default network has one name, for networks and containers") {
  const Engine engine = parsed(podman_answers());
  CHECK(engine.networks[0].containers == 1);
  CHECK(engine.containers[0].networks == Texts{"bridge"});
}

TEST_CASE("older podman calls its default network podman everywhere") {
  Answers answers = podman_answers();
  answers.networks = R"([{"Name":"podman","Id":"2f25","Driver":"bridge","EnableIPv6":true}])";
  const Engine engine = parsed(answers);
  CHECK(engine.networks[0].predefined);
  CHECK(engine.networks[0].containers == 1);
  CHECK(engine.containers[0].networks == Texts{"podman"});
  CHECK(engine.ipv6);
}

TEST_CASE("a network that a person called podman is not docker's default") {
  Answers answers = podman_answers();
  answers.version = "{}";
  const Engine engine = parsed(answers);
  CHECK(engine.engine == "docker");
  CHECK(engine.containers[0].networks == Texts{"podman"});
  CHECK(engine.networks[0].containers == 0);
}

TEST_CASE("containers of podman's host and none modes have no networks") {
  const Engine engine = parsed(podman_answers());
  REQUIRE(engine.containers.size() == 3);
  CHECK(engine.containers[1].networks.empty());
  CHECK(engine.containers[1].state == "exited");
  CHECK(engine.containers[2].networks.empty());
  CHECK(engine.containers[2].name == "k3");
}
