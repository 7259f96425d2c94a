// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "harden/collector.h"
#include "tests/support/engine_answers.h"
#include "tests/support/fault_host.h"
#include "tests/support/memory_host.h"
#include "tests/support/temporary_folder.h"

using namespace harden;
using test::docker_answers;
using test::FaultHost;
using test::MemoryHost;
using test::podman_answers;
using test::serve_engine;

namespace {

const std::string kDocker = "/run/docker.sock";
const std::string kPodman = "/run/podman/podman.sock";
const std::vector<std::string> kFacts{"docker.containers", "docker.engines", "docker.networks"};

MemoryHost docker_host() {
  MemoryHost host;
  serve_engine(host, kDocker, docker_answers());
  return host;
}

Facts facts_of(std::shared_ptr<const Host> host) {
  Wanted wanted;
  for (const std::string& fact : kFacts) wanted.add(fact);
  return collect(std::move(host), wanted, std::chrono::minutes(1));
}

Facts facts_of(const MemoryHost& host) { return facts_of(std::make_shared<const MemoryHost>(host)); }

List list(const Facts& facts, const char* fact) {
  const Value* value = facts.value(fact);
  REQUIRE(value != nullptr);
  REQUIRE_MESSAGE(value->is(Value::Kind::list), to_text(*value));
  return value->list();
}

// All three are unknown for the same reason.
Error unknown(const Facts& facts) {
  Error error;
  for (const std::string& fact : kFacts) {
    const Value* value = facts.value(fact);
    REQUIRE(value != nullptr);
    REQUIRE_MESSAGE(value->is(Value::Kind::unknown), to_text(*value));
    error = value->missing().front().error;
    CHECK(value->missing().front().fact == fact);
    CHECK(error == facts.value(kFacts.front())->missing().front().error);
    CHECK(facts.source(fact) == error.place);
  }
  return error;
}

const Value& field(const Value& record, const char* name) { return *record.map().find(name); }

Value userland_proxy(const MemoryHost& host) {
  return field(list(facts_of(host), "docker.engines").front(), "userland_proxy");
}

}  // namespace

TEST_CASE("a host without an engine has none, and that is known") {
  const Facts facts = facts_of(MemoryHost());
  for (const std::string& fact : kFacts) CHECK(list(facts, fact.c_str()).empty());
}

TEST_CASE("docker as facts") {
  const Facts facts = facts_of(docker_host());
  CHECK(facts.source("docker.networks") == kDocker);
  CHECK(list(facts, "docker.engines") == List{Map({{"engine", "docker"},
                                                   {"socket", kDocker},
                                                   {"rootless", false},
                                                   {"version", "20.10.24+dfsg1"},
                                                   {"api_version", "1.41"},
                                                   {"userland_proxy", true},
                                                   {"live_restore", true},
                                                   {"ipv6", true},
                                                   {"swarm", true},
                                                   {"storage_driver", "overlay2"},
                                                   {"cgroup_driver", "systemd"},
                                                   {"runc_version", "1.1.5+ds1"},
                                                   {"containers_running", 1}})});
  CHECK(list(facts, "docker.networks").size() == 7);
  CHECK(list(facts, "docker.networks")[3] == Value(Map({{"engine", "docker"},
                                                        {"id", "834d"},
                                                        {"name", "t6"},
                                                        {"driver", "bridge"},
                                                        {"scope", "local"},
                                                        {"subnets", List{"172.18.0.0/16", "fd00:1::/64"}},
                                                        {"ipv6", true},
                                                        {"internal", true},
                                                        {"encrypted", false},
                                                        {"predefined", false},
                                                        {"options", Map()},
                                                        {"containers", 1}})));
  CHECK(list(facts, "docker.containers")[1] == Value(Map({{"engine", "docker"},
                                                          {"id", "986c"},
                                                          {"name", "c1"},
                                                          {"image", "tiny"},
                                                          {"state", "running"},
                                                          {"networks", List{"t6", "bridge"}}})));
}

TEST_CASE("the values have the fields that the declarations promise") {
  const Facts facts = facts_of(docker_host());
  for (const FactDecl& declaration : fact_declarations()) {
    if (!declaration.name.starts_with("docker.")) continue;
    for (const Value& record : list(facts, declaration.name.c_str())) {
      CHECK(record.map().size() == declaration.type.element().fields().size());
      for (const Type::Field& promised : declaration.type.element().fields()) {
        CAPTURE(promised.name);
        CHECK(record.map().find(promised.name.c_str()) != nullptr);
      }
    }
  }
}

TEST_CASE("docker and podman next to each other") {
  MemoryHost host = docker_host();
  serve_engine(host, kPodman, podman_answers());
  const Facts facts = facts_of(host);
  CHECK(facts.source("docker.engines") == kDocker + ", " + kPodman);
  CHECK(list(facts, "docker.engines").size() == 2);
  const List networks = list(facts, "docker.networks");
  CHECK(networks.size() == 10);
  CHECK(field(networks.back(), "engine") == Value("podman"));
  CHECK(field(networks.back(), "name") == Value("pmac"));
  CHECK(list(facts, "docker.containers").size() == 5);
}

TEST_CASE("each way an engine fails makes the three facts unknown") {
  for (const Errc code : {Errc::denied, Errc::timeout, Errc::unavailable, Errc::too_large, Errc::malformed}) {
    auto host = std::make_shared<FaultHost>(std::make_shared<const MemoryHost>(docker_host()));
    host->fail(kDocker, code);
    CHECK(unknown(facts_of(host)).code == code);
    CHECK(unknown(facts_of(host)).place == kDocker);
  }
}

TEST_CASE("a socket that nobody listens on") {
  const Error error = unknown(facts_of(MemoryHost().socket(kDocker)));
  CHECK(error.code == Errc::unavailable);
  CHECK(error.message == "GET /version: connection refused");
  CHECK(error.place == kDocker);
}

TEST_CASE("garbage and endless answers") {
  auto host = std::make_shared<FaultHost>(std::make_shared<const MemoryHost>(docker_host()));
  host->garbage(kDocker);
  CHECK(unknown(facts_of(host)).code == Errc::malformed);
  auto endless = std::make_shared<FaultHost>(std::make_shared<const MemoryHost>(docker_host()));
  endless->endless(kDocker);
  CHECK(unknown(facts_of(endless)).code == Errc::too_large);
}

TEST_CASE("one of two engines fails: the facts are unknown and say which") {
  MemoryHost host = docker_host();
  serve_engine(host, kPodman, podman_answers());
  host.serve(kPodman, "/networks", "<html>");
  const Error error = unknown(facts_of(host));
  CHECK(error.code == Errc::malformed);
  CHECK(error.place == kPodman);
  CHECK(error.message.starts_with("GET /networks: not JSON"));
}

TEST_CASE("a status that is no success") {
  struct Case {
    int status;
    Errc code;
  };
  for (const auto& [status, code] :
       {Case{401, Errc::denied}, Case{403, Errc::denied}, Case{404, Errc::unsupported}, Case{500, Errc::unavailable},
        Case{503, Errc::unavailable}, Case{400, Errc::malformed}, Case{204, Errc::malformed},
        Case{301, Errc::malformed}}) {
    CAPTURE(status);
    for (const char* target : {"/version", "/info", "/networks", "/containers/json?all=1"}) {
      MemoryHost host = docker_host();
      host.serve(kDocker, target, "{}", status);
      const Error error = unknown(facts_of(host));
      CHECK(error.code == code);
      CHECK(error.message == "GET " + std::string(target) + " is answered with status " + std::to_string(status));
    }
  }
}

TEST_CASE("where the userland proxy is switched") {
  CHECK(userland_proxy(docker_host()) == Value(true));
  const auto with_config = [](const std::string& content) {
    return docker_host().file("/etc/docker/daemon.json", content);
  };
  CHECK(userland_proxy(with_config(R"({"userland-proxy": false})")) == Value(false));
  CHECK(userland_proxy(with_config(R"({"userland-proxy": true})")) == Value(true));
  CHECK(userland_proxy(with_config("{}")) == Value(true));
  CHECK(userland_proxy(with_config("{")).is(Value::Kind::unknown));
  CHECK(userland_proxy(docker_host().error("/etc/docker/daemon.json", Errc::denied)).missing().front().error.code ==
        Errc::denied);
}

TEST_CASE("the command line of dockerd goes before its file, and names the file") {
  MemoryHost host = docker_host();
  host.file("/etc/docker/daemon.json", R"({"userland-proxy": true})").file("/proc/7/comm", "dockerd\n");
  host.file("/proc/7/cmdline", std::string("dockerd\0--userland-proxy=false\0", 31));
  CHECK(userland_proxy(host) == Value(false));
  host.file("/proc/7/cmdline", std::string("dockerd\0--config-file=/c.json\0", 30));
  CHECK(userland_proxy(host) == Value(true));
  host.file("/c.json", R"({"userland-proxy": false})");
  CHECK(userland_proxy(host) == Value(false));
}

TEST_CASE("a rootless docker has its user's configuration") {
  MemoryHost host{{"/proc/7/comm", "dockerd\n"}, {"/proc/7/status", "Uid:\t1000\t1000\t1000\t1000\n"}};
  serve_engine(host, "/run/user/1000/docker.sock", docker_answers());
  CHECK(userland_proxy(host).is(Value::Kind::unknown));
  host.file("/etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n");
  CHECK(userland_proxy(host) == Value(true));
  host.file("/home/ann/.config/docker/daemon.json", R"({"userland-proxy": false})");
  CHECK(userland_proxy(host) == Value(false));
}

TEST_CASE("podman has no userland proxy") {
  MemoryHost host{{"/etc/docker/daemon.json", R"({"userland-proxy": true})"}};
  serve_engine(host, kPodman, podman_answers());
  CHECK(userland_proxy(host) == Value(false));
}

TEST_CASE("a dockerd that only systemd listens for is left asleep") {
  class Live : public MemoryHost {
   public:
    std::string name() const override { return "/"; }
  };
  auto host = std::make_shared<Live>();
  serve_engine(*host, kDocker, docker_answers());
  host->file("/proc/1/comm", "systemd\n");
  const Error error = unknown(facts_of(host));
  CHECK(error.code == Errc::unavailable);
  CHECK(error.message == "no dockerd runs; asking would make systemd start it");
  CHECK_FALSE(host->was_asked("get " + kDocker + " /version"));
  host->file("/proc/7/comm", "dockerd\n");
  CHECK(list(facts_of(host), "docker.engines").size() == 1);
}

TEST_CASE("an engine in a folder tree") {
  const TemporaryFolder tree;
  const auto answers = docker_answers();
  tree.write("run/docker.sock/version", answers.version);
  tree.write("run/docker.sock/info", answers.info);
  tree.write("run/docker.sock/networks", answers.networks);
  tree.write("run/docker.sock/containers/json", answers.containers);
  tree.link("var/run", "/run");
  const auto host = tree_host(tree.path().string());
  REQUIRE(host);
  CHECK(list(facts_of(*host), "docker.networks").size() == 7);
  tree.write("run/podman/podman.sock/.error", "denied");
  CHECK(unknown(facts_of(*host)).code == Errc::denied);
  CHECK(unknown(facts_of(*host)).place == kPodman);
}

TEST_CASE("hostile names reach the facts as they are") {
  MemoryHost host = docker_host();
  host.serve(kDocker, "/networks", R"([{"Id":"1","Name":"\u001b]0;owned\u0007\u202e"}])");
  CHECK(field(list(facts_of(host), "docker.networks").front(), "name") == Value("\x1b]0;owned\x07\xe2\x80\xae"));
}
