// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <thread>

#include "tests/support/fault_host.h"
#include "tests/support/memory_host.h"

using namespace harden;
using namespace harden::test;

namespace {

template <typename T>
Errc code(const Result<T>& result) {
  REQUIRE_FALSE(result);
  CHECK_FALSE(result.error().message.empty());
  return result.error().code;
}

std::vector<std::string> names(const Result<std::vector<DirEntry>>& entries) {
  REQUIRE(entries);
  std::vector<std::string> out;
  for (const DirEntry& entry : *entries) out.push_back(entry.name);
  return out;
}

MemoryHost machine() {
  MemoryHost host{{"/proc/sys/kernel/osrelease", "6.1.0\n"}, {"/lib/real", "R"}, {"/proc/1/comm", "init"}};
  host.link("/usr/lib", "/lib").link("/lib/rel", "real").link("/lib/up", "../proc/1").link("/loop", "/loop");
  host.folder("/empty").error("/secret", Errc::denied);
  return host;
}

}  // namespace

TEST_CASE("files are read whole, folders and what is not there are errors") {
  const MemoryHost host = machine();
  CHECK(host.read("/proc/sys/kernel/osrelease") == "6.1.0\n");
  CHECK(code(host.read("/proc/sys")) == Errc::malformed);
  CHECK(code(host.read("/nothing")) == Errc::absent);
  CHECK(code(host.read("/lib/real/below")) == Errc::absent);
  CHECK(code(host.read("/lib/real", {0, {}})) == Errc::too_large);
  CHECK(code(host.read("relative")) == Errc::invalid);
}

TEST_CASE("folders are listed in order and only one level deep") {
  const MemoryHost host = machine();
  CHECK(names(host.list("/")) == std::vector<std::string>{"empty", "lib", "loop", "proc", "secret", "usr"});
  CHECK(names(host.list("/lib")) == std::vector<std::string>{"real", "rel", "up"});
  CHECK(names(host.list("/usr/lib")) == names(host.list("/lib")));
  CHECK(names(host.list("/empty")).empty());
  CHECK(code(host.list("/lib/real")) == Errc::malformed);
  CHECK(code(host.list("/nothing")) == Errc::absent);
  CHECK(code(host.list("/lib", {3, {}})) == Errc::too_large);
}

TEST_CASE("links are followed in every component, and told as they stand") {
  const MemoryHost host = machine();
  CHECK(host.read("/usr/lib/rel") == "R");
  CHECK(host.read("/usr/lib/up/comm") == "init");
  CHECK(host.read_link("/usr/lib/rel") == "real");
  CHECK(code(host.read_link("/lib/real")) == Errc::malformed);
  CHECK(code(host.read_link("/lib/none")) == Errc::absent);
  CHECK(code(host.read("/loop")) == Errc::malformed);
  CHECK(host.kind("/usr/lib") == DirEntry::Kind::directory);
  CHECK(host.kind("/lib/rel") == DirEntry::Kind::file);
  CHECK(host.list("/usr")->front() == DirEntry{"lib", DirEntry::Kind::link});
}

TEST_CASE("an error holds for the path and what is below it") {
  const MemoryHost host = machine();
  CHECK(code(host.read("/secret")) == Errc::denied);
  CHECK(code(host.list("/secret")) == Errc::denied);
  CHECK(code(host.read("/secret/deep/file")) == Errc::denied);
  CHECK(code(host.kind("/secret")) == Errc::denied);
  CHECK(code(host.read_link("/secret")) == Errc::denied);
}

TEST_CASE("a socket answers what it was given, 404 else, and nobody where nothing was") {
  MemoryHost host;
  host.serve("/run/d.sock", "/info", "{}").serve("/run/d.sock", "/bad", "no", 500).socket("/run/dead.sock");
  CHECK(host.get("/run/d.sock", "/info")->body == "{}");
  CHECK(host.get("/run/d.sock", "/bad")->status == 500);
  CHECK(host.get("/run/d.sock", "/x")->status == 404);
  CHECK(code(host.get("/run/dead.sock", "/")) == Errc::unavailable);
  CHECK(code(host.get("/run/none.sock", "/")) == Errc::absent);
  CHECK(code(host.get("/run/d.sock", "/info", {1, {}})) == Errc::too_large);
  CHECK(host.kind("/run/d.sock") == DirEntry::Kind::other);
  CHECK(host.was_asked("get /run/d.sock /info"));
  CHECK_FALSE(host.was_asked("get /run/d.sock /other"));
}

TEST_CASE("what is removed is gone with all below it, and can be put back") {
  MemoryHost host =
      MemoryHost(std::initializer_list<std::pair<std::string, std::string>>{{"/a/b/c", "1"}, {"/ab", "2"}});
  host.remove("/a");
  CHECK(code(host.read("/a/b/c")) == Errc::absent);
  CHECK(host.read("/ab") == "2");
  host.file("/a", "now a file");
  CHECK(host.read("/a") == "now a file");
}

TEST_CASE("faults stand in front of the host they are put before") {
  FaultHost host(std::make_shared<MemoryHost>(
      std::initializer_list<std::pair<std::string, std::string>>{{"/a", "A"}, {"/b", "B"}, {"/d/x", "X"}}));
  host.fail("/a", Errc::denied).garbage("/b").endless("/d/*");
  CHECK(code(host.read("/a")) == Errc::denied);
  CHECK(code(host.kind("/a")) == Errc::denied);
  CHECK(host.read("/b")->size() > 1000);
  CHECK(host.read("/b", {10, {}})->size() == 10);
  CHECK(code(host.read("/d/x")) == Errc::too_large);
  CHECK(names(host.list("/d")) == std::vector<std::string>{"x"});
  CHECK(code(host.read_link("/d/x")) == Errc::too_large);
  CHECK(code(host.get("/a", "/")) == Errc::denied);
  CHECK(host.name() == "memory");
}

TEST_CASE("who is held is answered after the release") {
  FaultHost host(std::make_shared<MemoryHost>(std::initializer_list<std::pair<std::string, std::string>>{{"/a", "A"}}));
  host.block("/a");
  Result<std::string> answer = fail(Errc::failed, "not asked yet");
  std::thread asker([&] { answer = host.read("/a"); });
  host.wait_until_blocked();
  CHECK_FALSE(answer);
  host.release();
  asker.join();
  CHECK(answer == "A");
}
