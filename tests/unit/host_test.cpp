// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/host/descriptor.h"
#include "agent/host/http.h"
#include "harden/host.h"
#include "tests/support/one_answer.h"
#include "tests/support/temporary_folder.h"

using namespace harden;
using test::OneAnswer;

namespace {

std::shared_ptr<const Host> tree(const TemporaryFolder& folder) { return tree_host(folder.path().string()).value(); }

template <typename T>
Errc code(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK_FALSE(result.error().message.empty());
  return result.error().code;
}

}  // namespace

TEST_CASE("a tree answers with the codes that its files deserve") {
  const TemporaryFolder folder;
  folder.write("etc/hostname", "node\n");
  const auto host = tree(folder);
  CHECK(host->read("/etc/hostname") == "node\n");
  CHECK(code(host->read("/etc/nothing")) == Errc::absent);
  CHECK(code(host->read("/etc/hostname/below")) == Errc::absent);
  CHECK(code(host->read("/etc")) == Errc::malformed);
  CHECK(code(host->list("/etc/hostname")) == Errc::malformed);
  CHECK(code(host->list("/nothing")) == Errc::absent);
  CHECK(code(host->read_link("/etc/hostname")) == Errc::malformed);
  CHECK(host->kind("/etc") == DirEntry::Kind::directory);
  CHECK(host->name() == folder.path().string());
}

TEST_CASE("a listing is sorted and knows what its entries are") {
  const TemporaryFolder folder;
  folder.write("d/b", "");
  folder.write("d/a/x", "");
  folder.link("d/c", "b");
  CHECK(tree(folder)->list("/d") == std::vector<DirEntry>{{"a", DirEntry::Kind::directory},
                                                          {"b", DirEntry::Kind::file},
                                                          {"c", DirEntry::Kind::link}});
}

TEST_CASE("no link leads out of a tree") {
  const TemporaryFolder outside;
  outside.write("secret", "outside");
  const TemporaryFolder folder;
  folder.write("inside/secret", "inside");
  folder.link("absolute", (outside.path() / "secret").string());
  folder.link("up", "../../../../../../../inside/secret");
  folder.link("rooted", "/inside/secret");
  folder.link("through", "rooted_folder/secret");
  folder.link("rooted_folder", "/inside");
  const auto host = tree(folder);
  CHECK(code(host->read("/absolute")) == Errc::absent);
  CHECK(host->read("/up") == "inside");
  CHECK(host->read("/rooted") == "inside");
  CHECK(host->read("/through") == "inside");
  CHECK(host->read("/../../inside/secret") == "inside");
  CHECK(host->read_link("/absolute") == (outside.path() / "secret").string());
}

TEST_CASE("links that turn in a circle end") {
  const TemporaryFolder folder;
  folder.link("a", "b");
  folder.link("b", "a");
  CHECK(code(tree(folder)->read("/a")) == Errc::malformed);
}

TEST_CASE("a dangling link such as those of /proc/PID/fd is still a link") {
  const TemporaryFolder folder;
  folder.link("proc/1/fd/3", "socket:[4711]");
  const auto host = tree(folder);
  CHECK(host->read_link("/proc/1/fd/3") == "socket:[4711]");
  CHECK(code(host->read("/proc/1/fd/3")) == Errc::absent);
}

TEST_CASE("a folder with .error stands for what cannot be read") {
  const TemporaryFolder folder;
  folder.write("proc/modules/.error", "denied\n");
  folder.write("proc/1/fd/.error", "timeout for a reason");
  folder.write("proc/2/.error", "");
  const auto host = tree(folder);
  CHECK(code(host->read("/proc/modules")) == Errc::denied);
  CHECK(code(host->list("/proc/1/fd")) == Errc::timeout);
  CHECK(code(host->read("/proc/1/fd/0")) == Errc::timeout);
  CHECK(code(host->kind("/proc/2")) == Errc::failed);
  CHECK(host->read("/proc/modules").error().place == "/proc/modules");
}

TEST_CASE("reads and listings are bounded in size") {
  const TemporaryFolder folder;
  folder.write("big", std::string(100, 'x'));
  for (int i = 0; i < 50; ++i) folder.write("many/" + std::to_string(i), "");
  const auto host = tree(folder);
  CHECK(host->read("/big", {.bytes = 100}).has_value());
  CHECK(code(host->read("/big", {.bytes = 99})) == Errc::too_large);
  CHECK(code(host->list("/many", {.bytes = 100})) == Errc::too_large);
}

TEST_CASE("a file that never ends is cut off") {
  CHECK(code(live_host()->read("/dev/zero", {.bytes = 1 << 20})) == Errc::too_large);
}

TEST_CASE("a pipe in the place of a file does not hold anybody up") {
  const TemporaryFolder folder;
  const std::string pipe = (folder.path() / "pipe").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(code(tree(folder)->read("/pipe")) == Errc::malformed);
  // Somebody holds the other end and stays silent.
  const Descriptor writer(::open(pipe.c_str(), O_RDWR));
  CHECK(code(live_host()->read(pipe, {.time = std::chrono::milliseconds(20)})) == Errc::timeout);
}

TEST_CASE("the live host reads /proc and says what is not there") {
  const auto host = live_host();
  CHECK(host->read("/proc/self/comm").has_value());
  CHECK(code(host->read("/proc/self/nothing")) == Errc::absent);
  CHECK(code(host->list("/proc/self/comm")) == Errc::malformed);
  CHECK(code(host->read("/proc")) == Errc::malformed);
  CHECK(host->read_link("/proc/self/ns/net").value().starts_with("net:["));
}

TEST_CASE("in a tree a socket is a folder") {
  const TemporaryFolder folder;
  folder.write("run/docker.sock/networks", "[]");
  folder.write("run/docker.sock/containers/json", "[1]");
  folder.write("run/podman.sock", "");
  folder.write("run/silent.sock/.error", "timeout");
  const auto host = tree(folder);
  CHECK(host->get("/run/docker.sock", "/networks").value().body == "[]");
  CHECK(host->get("/run/docker.sock", "/containers/json?all=1").value().body == "[1]");
  CHECK(host->get("/run/docker.sock", "/info").value().status == 404);
  CHECK(code(host->get("/run/podman.sock", "/info")) == Errc::unavailable);
  CHECK(code(host->get("/run/silent.sock", "/info")) == Errc::timeout);
  CHECK(code(host->get("/run/none.sock", "/info")) == Errc::absent);
}

TEST_CASE("a real socket that nobody listens on is unavailable, one that is not there absent") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "dead.sock").string();
  { const OneAnswer bound(path, "", OneAnswer::Then::close); }
  CHECK(code(live_host()->get(path, "/")) == Errc::unavailable);
  CHECK(code(live_host()->get(path + "x", "/")) == Errc::absent);
  CHECK(code(live_host()->get(std::string(200, 'x'), "/")) == Errc::invalid);
}

TEST_CASE("an answer of a real socket") {
  const TemporaryFolder folder;
  const OneAnswer server(folder.path() / "s", "HTTP/1.0 200 OK\r\nContent-Type: x\r\n\r\n{}", OneAnswer::Then::close);
  const auto answer = live_host()->get(server.path(), "/version");
  REQUIRE(answer.has_value());
  CHECK(answer->status == 200);
  CHECK(answer->body == "{}");
}

TEST_CASE("a server that accepts and stays silent, and one that never stops") {
  const TemporaryFolder folder;
  const OneAnswer silent(folder.path() / "silent", "", OneAnswer::Then::hold);
  CHECK(code(live_host()->get(silent.path(), "/", {.time = std::chrono::milliseconds(30)})) == Errc::timeout);
  const OneAnswer endless(folder.path() / "endless", "HTTP/1.0 200 OK\r\n\r\n" + std::string(1 << 20, 'x'),
                          OneAnswer::Then::hold);
  CHECK(code(live_host()->get(endless.path(), "/", {.bytes = 1 << 16})) == Errc::too_large);
}

TEST_CASE("HTTP responses, good and bad") {
  struct Row {
    std::string_view stream;
    int status;  // 0: malformed
    std::string_view body;
  };
  const Row rows[] = {
      {"HTTP/1.1 200 OK\r\n\r\nbody", 200, "body"},
      {"HTTP/1.0 404 Not Found\r\nContent-Length: 2\r\n\r\nno trailing", 404, "no"},
      {"HTTP/1.0 204 \r\nX: y\r\n\r\n", 204, ""},
      {"HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nfour", 0, ""},
      {"HTTP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", 0, ""},
      {"HTTP/1.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", 0, ""},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, ""},
      {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", 0, ""},
      {"HTTP/2 200\r\n\r\n", 0, ""},
      {"HTTP/1.1 999 Odd\r\n\r\n", 0, ""},
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", 0, ""},
      {"\r\n\r\n", 0, ""},
      {"HTTP/1.1 200 OK\r\n", 0, ""},
      {"", 0, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.stream);
    const auto answer = parse_http_response(row.stream, "/s");
    REQUIRE(answer.has_value() == (row.status != 0));
    if (answer) {
      CHECK(answer->status == row.status);
      CHECK(answer->body == row.body);
    } else {
      CHECK(answer.error().code == Errc::malformed);
    }
  }
}

TEST_CASE("a header that never ends is no HTTP") {
  const std::string stream = "HTTP/1.1 200 OK\r\n" + std::string(1 << 20, 'x');
  CHECK(code(parse_http_response(stream, "/s")) == Errc::malformed);
}
