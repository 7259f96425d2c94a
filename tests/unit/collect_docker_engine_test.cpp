// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/collect/docker_engine.h"
#include "tests/support/engine_answers.h"

using namespace harden;
using docker::Answers;
using docker::Engine;
using docker::Network;
using test::docker_answers;

namespace {

const std::string kSocket = "/run/docker.sock";

Engine parsed(const Answers& answers) {
  auto engine = docker::parse_engine(answers, kSocket);
  REQUIRE_MESSAGE(engine, (engine ? "" : engine.error().message));
  return *engine;
}

Error refused(const Answers& answers) {
  const auto engine = docker::parse_engine(answers, kSocket);
  REQUIRE_FALSE(engine);
  CHECK(engine.error().place == kSocket);
  return engine.error();
}

// The least that is an answer, with one of the four put in its place.
Answers bare(std::string Answers::*answer, std::string body) {
  Answers answers{"{}", "{}", "[]", "[]"};
  answers.*answer = std::move(body);
  return answers;
}

Network network(const std::string& json) { return parsed(bare(&Answers::networks, "[" + json + "]")).networks.at(0); }

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("docker about itself") {
  const Engine engine = parsed(docker_answers());
  CHECK(engine.engine == "docker");
  CHECK(engine.version == "20.10.24+dfsg1");
  CHECK(engine.api_version == "1.41");
  CHECK(engine.runc_version == "1.1.5+ds1");
  CHECK(engine.storage_driver == "overlay2");
  CHECK(engine.cgroup_driver == "systemd");
  CHECK(engine.live_restore);
  CHECK(engine.swarm);
  CHECK(engine.ipv6);
  CHECK_FALSE(engine.rootless);
  CHECK(engine.containers_running == 1);
}

TEST_CASE("docker's networks") {
  const Engine engine = parsed(docker_answers());
  REQUIRE(engine.networks.size() == 7);
  const auto& [none, host, bridge, t6, tov, ingress, cfg] =
      std::tie(engine.networks[0], engine.networks[1], engine.networks[2], engine.networks[3], engine.networks[4],
               engine.networks[5], engine.networks[6]);
  CHECK(none.predefined);
  CHECK(none.driver == "null");
  CHECK(host.predefined);
  CHECK(host.containers == 1);
  CHECK(bridge.predefined);
  CHECK(bridge.options.front().second == "docker0");
  CHECK(t6.subnets == Texts{"172.18.0.0/16", "fd00:1::/64"});
  CHECK(t6.ipv6);
  CHECK(t6.internal);
  CHECK(t6.containers == 1);
  CHECK_FALSE(t6.predefined);
  CHECK_FALSE(t6.encrypted);
  CHECK(tov.encrypted);
  CHECK(tov.scope == "swarm");
  CHECK(ingress.predefined);
  CHECK_FALSE(cfg.predefined);
  CHECK(cfg.subnets.empty());
}

TEST_CASE("host and none have no subnets whatever way an engine says that") {
  for (const char* ipam :
       {R"({"Config":null})", R"({"Config":[]})", R"({"Config":[{}]})", R"({"Config":[{"Subnet":"","Gateway":""}]})",
        R"({"Config":[{"Subnet":null}]})", "{}", "null"}) {
    CAPTURE(ipam);
    const Network host = network(R"({"Name":"host","Id":"1","Driver":"host","IPAM":)" + std::string(ipam) + "}");
    CHECK(host.subnets.empty());
    CHECK(host.predefined);
  }
  CHECK(network(R"({"Name":"none","Id":"1"})").subnets.empty());
}

TEST_CASE("predefined is a matter of the name, or of being the ingress network") {
  for (const std::string name : {"bridge", "host", "none", "ingress", "docker_gwbridge"}) {
    CHECK(network(R"({"Id":"1","Name":")" + name + "\"}").predefined);
  }
  for (const std::string name : {"Host", "host ", "podman", "hosts", "host\\u0000"}) {
    CHECK_FALSE(network(R"({"Id":"1","Name":")" + name + "\"}").predefined);
  }
}

TEST_CASE("an overlay is encrypted when the option is there, whatever it says") {
  const auto encrypted = [](const std::string& driver, const std::string& options) {
    return network(R"({"Id":"1","Name":"n","Driver":")" + driver + R"(","Options":)" + options + "}").encrypted;
  };
  CHECK(encrypted("overlay", R"({"encrypted":""})"));
  CHECK(encrypted("overlay", R"({"encrypted":"true"})"));
  CHECK(encrypted("overlay", R"({"encrypted":"false"})"));
  CHECK_FALSE(encrypted("overlay", R"({"Encrypted":""})"));
  CHECK_FALSE(encrypted("overlay", "null"));
  CHECK_FALSE(encrypted("bridge", R"({"encrypted":""})"));
}

TEST_CASE("docker's containers") {
  const Engine engine = parsed(docker_answers());
  REQUIRE(engine.containers.size() == 2);
  CHECK(engine.containers[0].name == "c2");
  CHECK(engine.containers[0].networks == Texts{"host"});
  CHECK(engine.containers[1].id == "986c");
  CHECK(engine.containers[1].name == "c1");
  CHECK(engine.containers[1].image == "tiny");
  CHECK(engine.containers[1].state == "running");
  CHECK(engine.containers[1].networks == Texts{"t6", "bridge"});
}

TEST_CASE("a container without a name of its own, or without any") {
  const auto name = [](const std::string& names) {
    return parsed(bare(&Answers::containers, R"([{"Id":"1","Names":)" + names + "}]")).containers.at(0).name;
  };
  CHECK(name(R"(["/a/b"])") == "a/b");
  CHECK(name("[]").empty());
  CHECK(name("null").empty());
  CHECK(name(R"(["plain"])") == "plain");
}

TEST_CASE("swarm states") {
  const auto swarm = [](const std::string& state) {
    return parsed(bare(&Answers::info, R"({"Swarm":{"LocalNodeState":")" + state + "\"}}")).swarm;
  };
  CHECK_FALSE(swarm(""));
  CHECK_FALSE(swarm("inactive"));
  for (const char* state : {"active", "pending", "locked", "error"}) CHECK(swarm(state));
}

TEST_CASE("rootless docker says so among its security options") {
  CHECK(parsed(bare(&Answers::info, R"({"SecurityOptions":["name=seccomp","name=rootless"]})")).rootless);
  CHECK_FALSE(parsed(bare(&Answers::info, R"({"SecurityOptions":["rootless"]})")).rootless);
}

TEST_CASE("what is left out is empty") {
  const Engine engine = parsed({"{}", "{}", "[]", "[]"});
  CHECK(engine.engine == "docker");
  CHECK(engine.version.empty());
  CHECK(engine.networks.empty());
  CHECK(engine.containers.empty());
  const Network network = parsed(bare(&Answers::networks, R"([{"Id":"1","Name":"n"}])")).networks.at(0);
  CHECK(network.driver.empty());
  CHECK(network.options.empty());
}

TEST_CASE("a field of another type than the API's is malformed") {
  struct Case {
    std::string Answers::*answer;
    const char* body;
    const char* message;
  };
  const std::vector<Case> cases{
      {&Answers::version, R"([])", "GET /version: the answer is a list, not an object"},
      {&Answers::version, R"({"Version":4})", "GET /version: field 'Version' is a whole number, not a string"},
      {&Answers::version, R"({"Components":{}})", "GET /version: field 'Components' is an object, not a list"},
      {&Answers::version, R"({"Components":[1]})",
       "GET /version: an element of a list is a whole number, not an object"},
      {&Answers::info, R"("x")", "GET /info: the answer is a string, not an object"},
      {&Answers::info, R"({"ContainersRunning":"1"})",
       "GET /info: field 'ContainersRunning' is a string, not a whole number"},
      {&Answers::info, R"({"ContainersRunning":1.5})",
       "GET /info: field 'ContainersRunning' is a number with a fraction, not a whole number"},
      {&Answers::info, R"({"ContainersRunning":9223372036854775808})",
       "GET /info: field 'ContainersRunning' is too large a number, not a whole number"},
      {&Answers::info, R"({"LiveRestoreEnabled":1})",
       "GET /info: field 'LiveRestoreEnabled' is a whole number, not true or false"},
      {&Answers::info, R"({"Swarm":[]})", "GET /info: field 'Swarm' is a list, not an object"},
      {&Answers::info, R"({"SecurityOptions":[null]})",
       "GET /info: field 'SecurityOptions' holds null among its strings"},
      {&Answers::networks, R"({})", "GET /networks: the answer is an object, not a list"},
      {&Answers::networks, R"([[]])", "GET /networks: an element of a list is a list, not an object"},
      {&Answers::networks, R"([{"Id":"1"}])", "GET /networks: field 'Name' is missing"},
      {&Answers::networks, R"([{"Id":"","Name":"n"}])", "GET /networks: field 'Id' is missing"},
      {&Answers::networks, R"([{"Id":1,"Name":"n"}])", "GET /networks: field 'Id' is a whole number, not a string"},
      {&Answers::networks, R"([{"Id":"1","Name":"n","IPAM":{"Config":{}}}])",
       "GET /networks: field 'Config' is an object, not a list"},
      {&Answers::networks, R"([{"Id":"1","Name":"n","IPAM":{"Config":[{"Subnet":4}]}}])",
       "GET /networks: field 'Subnet' is a whole number, not a string"},
      {&Answers::networks, R"([{"Id":"1","Name":"n","Options":{"encrypted":true}}])",
       "GET /networks: field 'encrypted' is true or false, not a string"},
      {&Answers::containers, R"(null)", "GET /containers/json: the answer is null, not a list"},
      {&Answers::containers, R"([{}])", "GET /containers/json: field 'Id' is missing"},
      {&Answers::containers, R"([{"Id":"1","Names":"/a"}])",
       "GET /containers/json: field 'Names' is a string, not a list"},
      {&Answers::containers, R"([{"Id":"1","NetworkSettings":{"Networks":["a"]}}])",
       "GET /containers/json: field 'Networks' is a list, not an object"},
  };
  for (const Case& expected : cases) {
    CAPTURE(expected.body);
    const Error error = refused(bare(expected.answer, expected.body));
    CHECK(error.code == Errc::malformed);
    CHECK(error.message == expected.message);
  }
}

TEST_CASE("what is no JSON is malformed") {
  const std::vector<std::string> bodies{"",           "<html>",     "[",          "{}{}",
                                        "[1,]",       "{\"a\":1,}", "\xff\xfe",   "nul",
                                        "[\"\xff\"]", "NaN",        "{'a': 'b'}", std::string("[]\0", 3)};
  for (const std::string& body : bodies) {
    for (const auto answer : {&Answers::version, &Answers::info, &Answers::networks, &Answers::containers}) {
      CAPTURE(body);
      CHECK(refused(bare(answer, body)).code == Errc::malformed);
    }
  }
}

TEST_CASE("JSON that is too deep is malformed and ends no stack") {
  const std::string deep(1'000'000, '[');
  CHECK(refused(bare(&Answers::networks, deep)).code == Errc::malformed);
  std::string objects;
  for (int i = 0; i < 100; ++i) objects += "{\"a\":";
  CHECK(refused(bare(&Answers::info, objects + "1" + std::string(100, '}'))).code == Errc::malformed);
}

TEST_CASE("hostile names are kept as they are") {
  const Network network = ::network(R"({"Id":"\u001b[2J","Name":"\u202e\u0007","Driver":"\u0000"})");
  CHECK(network.id == "\x1b[2J");
  CHECK(network.name == "\xe2\x80\xae\x07");
  CHECK(network.driver == std::string("\0", 1));
}

TEST_CASE("ten thousand networks and containers") {
  std::string networks;
  std::string containers;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = std::to_string(i);
    networks += (i == 0 ? "" : ",") + (R"({"Id":")" + id) + R"(","Name":"n)" + id + "\"}";
    containers += (i == 0 ? "" : ",") + (R"({"Id":")" + id) + R"(","NetworkSettings":{"Networks":{"n7":{}}}})";
  }
  const Engine engine = parsed({"{}", "{}", "[" + networks + "]", "[" + containers + "]"});
  CHECK(engine.networks.size() == 10'000);
  CHECK(engine.networks[7].containers == 10'000);
  CHECK(engine.networks[8].containers == 0);
}
