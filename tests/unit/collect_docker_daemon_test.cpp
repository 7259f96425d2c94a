// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/collect/docker_daemon.h"
#include "tests/support/memory_host.h"

using namespace harden;
using docker::parse_command_line;
using docker::read_config;
using test::MemoryHost;

namespace {

using Texts = std::vector<std::string>;

// The words as /proc/PID/cmdline has them.
std::string command_line(const Texts& words) {
  std::string text;
  for (const std::string& word : words) text += word + '\0';
  return text;
}

const std::string kConfig = "/etc/docker/daemon.json";

Result<docker::DaemonConfig> config_of(const std::string& content) {
  return read_config(MemoryHost{{kConfig, content}}, kConfig);
}

}  // namespace

TEST_CASE("the sockets on a command line, in every way Go takes them") {
  struct Case {
    Texts words;
    Texts hosts;
  };
  const std::vector<Case> cases{
      {{"dockerd"}, {}},
      {{}, {}},
      {{"dockerd", "-H", "fd://", "--containerd=/run/containerd/containerd.sock"}, {"fd://"}},
      {{"dockerd", "-H=unix:///a", "--host", "unix:///b", "--host=tcp://c"}, {"unix:///a", "unix:///b", "tcp://c"}},
      {{"dockerd", "-Hunix:///a"}, {"unix:///a"}},
      {{"dockerd", "--debug", "-H", "unix:///a b"}, {"unix:///a b"}},
      {{"dockerd", "-H"}, {""}},
      {{"dockerd", "--hosts=unix:///a", "--hostx", "y"}, {}},
      {{"-H", "fd://"}, {}},
  };
  for (const Case& expected : cases) {
    const std::string text = command_line(expected.words);
    CAPTURE(text);
    CHECK(parse_command_line(text).hosts == expected.hosts);
  }
}

TEST_CASE("the userland proxy and the file of the configuration on a command line") {
  const auto proxy = [](const std::string& word) {
    return parse_command_line(command_line({"dockerd", word})).userland_proxy;
  };
  CHECK(proxy("--userland-proxy") == true);
  CHECK(proxy("--userland-proxy=true") == true);
  CHECK(proxy("--userland-proxy=T") == true);
  CHECK(proxy("--userland-proxy=false") == false);
  CHECK(proxy("--userland-proxy=0") == false);
  CHECK_FALSE(proxy("--userland-proxy=no"));
  CHECK_FALSE(proxy("--userland-proxy="));
  CHECK_FALSE(proxy("--userland-proxy-path=/usr/libexec/docker/docker-proxy-current"));
  CHECK(parse_command_line(command_line({"dockerd", "--config-file", "/a.json"})).config_file == "/a.json");
  CHECK(parse_command_line(command_line({"dockerd", "--config-file=/b.json"})).config_file == "/b.json");
  CHECK(parse_command_line(command_line({"dockerd"})).config_file.empty());
}

TEST_CASE("the daemons that run, and whose they are") {
  const MemoryHost host{{"/proc/1/comm", "systemd\n"},
                        {"/proc/20/comm", "dockerd\n"},
                        {"/proc/20/cmdline", command_line({"/usr/bin/dockerd", "-H", "fd://"})},
                        {"/proc/20/status", "Name:\tdockerd\nUid:\t0\t0\t0\t0\n"},
                        {"/proc/30/comm", "dockerd\n"},
                        {"/proc/30/status", "Uid:\t1000\t1000\t1000\t1000\n"},
                        {"/proc/40/comm", "dockerd-current\n"},
                        {"/proc/50/comm", "dockerd-rootles\n"},
                        {"/proc/60/comm", "docker\n"}};
  const auto daemons = docker::running_daemons(host);
  REQUIRE(daemons.size() == 3);
  CHECK(daemons[0].pid == 20);
  CHECK(daemons[0].uid == 0);
  CHECK(daemons[0].hosts == Texts{"fd://"});
  CHECK(daemons[1].uid == 1000);
  CHECK(daemons[1].hosts.empty());
  CHECK(daemons[2].pid == 40);
}

TEST_CASE("without /proc no daemon can be seen") {
  CHECK(docker::running_daemons(MemoryHost()).empty());
  CHECK(docker::running_daemons(MemoryHost().error("/proc", Errc::denied)).empty());
}

TEST_CASE("a command line of any bytes, however long") {
  CHECK(parse_command_line(std::string(1'000'000, '\0')).hosts.empty());
  CHECK(parse_command_line(std::string("\xff\0-H\0\x1b[2J", 9)).hosts == Texts{"\x1b[2J"});
  CHECK(parse_command_line(std::string(1'000'000, 'x')).hosts.empty());
}

TEST_CASE("daemon.json") {
  const auto config = config_of(R"({"hosts": ["unix:///a", "fd://"], "userland-proxy": false, "other": {"x": 1}})");
  REQUIRE(config);
  CHECK(config->hosts == Texts{"unix:///a", "fd://"});
  CHECK(config->userland_proxy == false);
  CHECK_FALSE(config_of("{}")->userland_proxy);
  CHECK(config_of(R"({"userland-proxy": true})")->userland_proxy == true);
}

TEST_CASE("a daemon.json that is not there is an empty one") {
  const auto config = read_config(MemoryHost(), kConfig);
  REQUIRE(config);
  CHECK(config->hosts.empty());
  CHECK_FALSE(config->userland_proxy);
}

TEST_CASE("a daemon.json that cannot be used") {
  for (const char* content :
       {"", "[]", "{", R"({"hosts": "fd://"})", R"({"hosts": [1]})", R"({"userland-proxy": "false"})", "# {}"}) {
    CAPTURE(content);
    const auto config = config_of(content);
    REQUIRE_FALSE(config);
    CHECK(config.error().code == Errc::malformed);
    CHECK(config.error().place == kConfig);
  }
  CHECK(read_config(MemoryHost().error(kConfig, Errc::denied), kConfig).error().code == Errc::denied);
  CHECK(config_of(std::string(2'000'000, ' ')).error().code == Errc::too_large);
}

TEST_CASE("where a dockerd looks for its daemon.json") {
  const MemoryHost host{{"/etc/passwd",
                         "root:x:0:0:root:/root:/bin/bash\nbroken\n"
                         "ann:x:1000:1000:Ann,,,:/home/ann:/bin/bash\n"}};
  CHECK(*docker::default_config_file(host, 0) == kConfig);
  CHECK(*docker::default_config_file(MemoryHost(), 0) == kConfig);
  CHECK(*docker::default_config_file(host, 1000) == "/home/ann/.config/docker/daemon.json");
  CHECK(docker::default_config_file(host, 1001).error().code == Errc::absent);
  CHECK(docker::default_config_file(MemoryHost(), 1000).error().code == Errc::absent);
}

TEST_CASE("which hosts are paths") {
  CHECK(docker::unix_path("unix:///run/a.sock") == "/run/a.sock");
  CHECK(docker::unix_path("unix://") == "/run/docker.sock");
  for (const char* option : {"fd://", "tcp://127.0.0.1:2375", "/run/a.sock", "unix://relative", "unix:/a", ""}) {
    CAPTURE(option);
    CHECK_FALSE(docker::unix_path(option));
  }
}
