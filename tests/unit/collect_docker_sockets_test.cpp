// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/collect/docker_sockets.h"
#include "tests/support/memory_host.h"

using namespace harden;
using docker::Daemon;
using docker::EngineSocket;
using test::MemoryHost;

namespace {

using Texts = std::vector<std::string>;

std::vector<EngineSocket> found(const MemoryHost& host, const std::vector<Daemon>& daemons = {}) {
  auto sockets = docker::find_sockets(host, daemons);
  REQUIRE_MESSAGE(sockets, (sockets ? "" : describe(sockets.error())));
  return *sockets;
}

Texts paths(const MemoryHost& host, const std::vector<Daemon>& daemons = {}) {
  Texts paths;
  for (const EngineSocket& socket : found(host, daemons)) paths.push_back(socket.path);
  return paths;
}

Error refused(const MemoryHost& host, const std::vector<Daemon>& daemons = {}) {
  const auto sockets = docker::find_sockets(host, daemons);
  REQUIRE_FALSE(sockets);
  return sockets.error();
}

Daemon roots(std::int64_t pid, Texts hosts) { return {pid, 0, std::move(hosts), "", {}}; }
Daemon users(std::int64_t pid, std::int64_t uid, Texts hosts = {}) { return {pid, uid, std::move(hosts), "", {}}; }

// The running machine, as far as its name says.
class LiveLike : public MemoryHost {
 public:
  using MemoryHost::MemoryHost;
  std::string name() const override { return "/"; }
};

}  // namespace

TEST_CASE("a host without engines has no sockets") { CHECK(paths(MemoryHost()).empty()); }

TEST_CASE("every place where an engine puts its socket") {
  for (const char* path : {"/run/docker.sock", "/var/run/docker.sock", "/run/podman/podman.sock",
                           "/run/user/1000/docker.sock", "/run/user/1000/podman/podman.sock"}) {
    CAPTURE(path);
    CHECK(paths(MemoryHost().socket(path)) == Texts{path});
  }
}

TEST_CASE("one socket by two names is one") {
  MemoryHost host;
  host.socket("/run/docker.sock").link("/var/run", "/run");
  CHECK(paths(host) == Texts{"/run/docker.sock"});
  CHECK(paths(host, {roots(7, {"unix:///var/run/docker.sock"})}) == Texts{"/run/docker.sock"});
}

TEST_CASE("a link to podman's socket in docker's place is podman's socket") {
  for (const char* target : {"/run/podman/podman.sock", "podman/podman.sock", "../run/podman/podman.sock"}) {
    CAPTURE(target);
    MemoryHost host;
    host.socket("/run/podman/podman.sock").link("/run/docker.sock", target).link("/var/run", "../run");
    CHECK(paths(host) == Texts{"/run/podman/podman.sock"});
    host.remove("/run/podman/podman.sock");
    CHECK(paths(host).empty());
  }
}

TEST_CASE("links in a circle are an error, not a way to hang") {
  MemoryHost host;
  host.link("/run/docker.sock", "/run/docker.sock");
  CHECK(refused(host).code == Errc::malformed);
}

TEST_CASE("sockets of several users and engines") {
  MemoryHost host;
  host.socket("/run/docker.sock").socket("/run/podman/podman.sock");
  host.socket("/run/user/1000/docker.sock").socket("/run/user/1001/podman/podman.sock");
  host.socket("/run/user/someone/docker.sock").file("/run/user/1002", "no folder");
  CHECK(paths(host) == Texts{"/run/docker.sock", "/run/podman/podman.sock", "/run/user/1000/docker.sock",
                             "/run/user/1001/podman/podman.sock"});
}

TEST_CASE("a link that a user made is not followed") {
  MemoryHost host;
  host.socket("/run/systemd/private").link("/run/user/1000/docker.sock", "/run/systemd/private");
  host.socket("/run/podman/podman.sock").link("/run/user/1000/podman", "/run/podman");
  CHECK(paths(host) == Texts{"/run/podman/podman.sock"});
}

TEST_CASE("where there may be a socket and nobody can tell") {
  for (const char* path : {"/run/docker.sock", "/run/podman", "/run/user", "/run/user/1000/docker.sock"}) {
    CAPTURE(path);
    MemoryHost host;
    host.error(path, Errc::denied);
    CHECK(refused(host).code == Errc::denied);
    CHECK(refused(host).place.starts_with(path));
  }
}

TEST_CASE("sockets that root's dockerd names on its command line") {
  MemoryHost host;
  host.socket("/srv/d.sock").socket("/run/docker.sock");
  const auto sockets = found(host, {roots(7, {"unix:///srv/d.sock"})});
  REQUIRE(sockets.size() == 2);
  CHECK_FALSE(sockets[0].daemon);
  CHECK(sockets[1].path == "/srv/d.sock");
  REQUIRE(sockets[1].daemon);
  CHECK(sockets[1].daemon->pid == 7);
}

TEST_CASE("what a user's dockerd says about its sockets is not believed") {
  MemoryHost host;
  host.socket("/home/ann/trap.sock").socket("/run/user/1000/docker.sock");
  CHECK(paths(host, {users(7, 1000, {"unix:///home/ann/trap.sock"})}) == Texts{"/run/user/1000/docker.sock"});
}

TEST_CASE("sockets that daemon.json names") {
  MemoryHost host{{"/etc/docker/daemon.json", R"({"hosts": ["unix:///srv/d.sock", "fd://", "unix:///not/there"]})"}};
  CHECK(paths(host).empty());
  host.socket("/srv/d.sock");
  CHECK(paths(host) == Texts{"/srv/d.sock"});
  CHECK(found(host, {roots(7, {})}).front().daemon->pid == 7);
}

TEST_CASE("a daemon.json that cannot be read hides no socket in a usual place") {
  MemoryHost host;
  host.error("/etc/docker/daemon.json", Errc::denied).socket("/run/docker.sock");
  CHECK(paths(host) == Texts{"/run/docker.sock"});
}

TEST_CASE("which daemon is behind a socket") {
  MemoryHost host;
  host.socket("/run/docker.sock").socket("/run/user/1000/docker.sock").socket("/run/podman/podman.sock");
  const auto sockets = found(host, {users(5, 1000), roots(6, {"fd://"}), users(7, 1001)});
  REQUIRE(sockets.size() == 3);
  CHECK(sockets[0].daemon->pid == 6);
  CHECK_FALSE(sockets[1].daemon);
  CHECK(sockets[2].daemon->pid == 5);
}

TEST_CASE("a dockerd that runs and whose socket is not to be found") {
  const Error nowhere = refused(MemoryHost(), {roots(7, {})});
  CHECK(nowhere.code == Errc::unavailable);
  CHECK(nowhere.message == "dockerd (pid 7) runs and no socket of it was found");
  const Error gone = refused(MemoryHost(), {roots(7, {"unix:///srv/d.sock"})});
  CHECK(gone.code == Errc::unavailable);
  CHECK(gone.place == "/srv/d.sock");
  const Error tcp = refused(MemoryHost().socket("/run/podman/podman.sock"), {roots(7, {"tcp://127.0.0.1:2375"})});
  CHECK(tcp.code == Errc::unsupported);
  CHECK(tcp.place == "tcp://127.0.0.1:2375");
}

TEST_CASE("a dockerd that systemd would start is not asked") {
  LiveLike host{{"/proc/1/comm", "systemd\n"}};
  CHECK(docker::would_start_engine(host, {"/run/docker.sock", {}}));
  CHECK(docker::would_start_engine(host, {"/run/user/1000/docker.sock", {}}));
  CHECK_FALSE(docker::would_start_engine(host, {"/run/docker.sock", roots(7, {"fd://"})}));
  CHECK_FALSE(docker::would_start_engine(host, {"/run/podman/podman.sock", {}}));
}

TEST_CASE("without systemd, and in a tree, asking starts nothing") {
  CHECK_FALSE(docker::would_start_engine(LiveLike{{"/proc/1/comm", "bash\n"}}, {"/run/docker.sock", {}}));
  CHECK_FALSE(docker::would_start_engine(LiveLike(), {"/run/docker.sock", {}}));
  CHECK_FALSE(docker::would_start_engine(MemoryHost{{"/proc/1/comm", "systemd\n"}}, {"/run/docker.sock", {}}));
}
