// SPDX-License-Identifier: Apache-2.0
//
// The server through real sockets.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <vector>

#include "agent/daemon/problem.h"
#include "tests/support/http_bed.h"

using namespace harden;
using namespace harden::daemon;

namespace {

// Says what it was asked.
void echo(const Request& request, const Reply& reply) {
  std::string text = request.method + " " + request.path;
  for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
  reply(answer(200, text + "|" + request.body, "text/plain"));
}

}  // namespace

TEST_CASE("a request is answered, and the connection kept") {
  HttpBed bed(echo);
  TestClient client(bed.path());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.get("/v1/findings?after=3&x=a+b%2F");
    CHECK(answer.status == 200);
    CHECK(answer.body == "GET /v1/findings after=3 x=a b/|");
    CHECK(answer.headers.at("content-type") == "text/plain");
    CHECK(answer.headers.at("server").starts_with("hardend/"));
    CHECK(answer.headers.at("date").ends_with(" GMT"));
    CHECK_FALSE(answer.headers.contains("connection"));
  }
  const auto counters = bed.counters();
  CHECK(counters.accepted == 1);
  CHECK(counters.connections == 1);
  CHECK(counters.answers[2] == 3);
}

TEST_CASE("a body comes whole, however it is cut") {
  HttpBed bed(echo);
  TestClient client(bed.path());
  CHECK(client.post("/p", "one two").body == "POST /p|one two");
  const std::string big(300'000, 'b');
  CHECK(client.post("/p", big).body == "POST /p|" + big);
  client.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab");
  client.send("c\r");
  client.send("\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n");
  CHECK(client.answer().body == "POST /c|abcde");
  CHECK(client.get("/after").body == "GET /after|");
}

TEST_CASE("a request may come a byte at a time") {
  HttpBed bed(echo);
  TestClient client(bed.path());
  for (const char c : std::string_view("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"))
    client.send({&c, 1});
  CHECK(client.answer().body == "POST /slow|ok");
}

TEST_CASE("pipelined requests are answered in their order") {
  HttpBed bed(echo);
  TestClient client(bed.path());
  std::string requests;
  for (int i = 0; i < 500; ++i) {
    requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n.";
  }
  std::thread sender([&] { client.send(requests); });
  for (int i = 0; i < 500; ++i) CHECK(client.answer().body == "POST /" + std::to_string(i) + "|.");
  sender.join();
}

TEST_CASE("an answer may come later, and requests behind it wait") {
  std::vector<Reply> waiting;
  HttpBed bed([&](const Request& request, Reply reply) {
    if (request.path == "/now") return reply(answer(200, "now"));
    waiting.push_back(std::move(reply));
  });
  TestClient client(bed.path());
  TestClient other(bed.path());
  client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /now HTTP/1.1\r\nHost: x\r\n\r\n");
  while (bed.on_thread([&] { return waiting.empty(); })) std::this_thread::yield();
  CHECK(other.get("/now").body == "now");
  bed.on_thread([&] {
    waiting[0](answer(200, "later"));
    waiting[0](answer(200, "a second answer is dropped"));
  });
  CHECK(client.answer().body == "later");
  CHECK(client.answer().body == "now");
}

TEST_CASE("a request that is lost inside is a 500, and so is one that throws") {
  HttpBed bed([](const Request& request, const Reply&) {
    if (request.path == "/throw") throw std::runtime_error("no");
  });
  TestClient client(bed.path());
  CHECK(client.get("/lost").status == 500);
  CHECK(client.get("/throw").status == 500);
  CHECK(client.get("/lost").headers.at("content-type") == "application/problem+json");
}

TEST_CASE("HEAD has the head of GET alone") {
  HttpBed bed(echo);
  TestClient client(bed.path());
  client.send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto head = client.answer(true);
  CHECK(head.status == 200);
  CHECK(head.headers.at("content-length") == "8");
  CHECK(client.get("/y").body == "GET /y|");
}

TEST_CASE("a client that asks whether to go on is told") {
  HttpBed bed(echo);
  TestClient client(bed.path());
  client.send("POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  CHECK(client.answer().status == 100);
  client.send("yes");
  CHECK(client.answer().body == "POST /e|yes");
  client.send("POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n");
  CHECK(client.answer().status == 413);
}

TEST_CASE("HTTP/1.0 and Connection: close end the connection") {
  HttpBed bed(echo);
  TestClient old(bed.path());
  old.send("GET /o HTTP/1.0\r\n\r\n");
  CHECK(old.answer().body == "GET /o|");
  CHECK(old.is_closed());
  TestClient client(bed.path());
  const auto answer = client.get("/c", "Connection: close\r\n");
  CHECK(answer.headers.at("connection") == "close");
  CHECK(client.is_closed());
}

TEST_CASE("a client that has said all still gets its answer") {
  HttpBed bed(echo);
  TestClient client(bed.path());
  client.send("GET /half HTTP/1.1\r\nHost: x\r\n\r\n");
  client.finish_sending();
  CHECK(client.answer().body == "GET /half|");
  CHECK(client.is_closed());
}

TEST_CASE("who asks is known by the socket") {
  Peer seen;
  HttpBed bed([&](const Request& request, const Reply& reply) {
    seen = request.peer;
    reply(answer(200, "ok"));
  });
  CHECK(TestClient(bed.path()).get("/").status == 200);
  CHECK(seen.known);
  CHECK(seen.uid == ::getuid());
  CHECK(seen.gid == ::getgid());
  CHECK(seen.pid == ::getpid());
  std::vector<gid_t> mine(static_cast<std::size_t>(::getgroups(0, nullptr)));
  mine.resize(static_cast<std::size_t>(::getgroups(static_cast<int>(mine.size()), mine.data())));
  CHECK(seen.groups == mine);
}

TEST_CASE("the metrics' listener is of loopback addresses, and says what it is") {
  bool metrics_only = false;
  bool known = true;
  HttpBed bed([&](const Request& request, const Reply& reply) {
    metrics_only = request.metrics_only;
    known = request.peer.known;
    reply(answer(200, "m"));
  });
  for (const char* address :
       {"0.0.0.0:0", "192.0.2.1:80", "[::]:0", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", ""}) {
    const auto result = bed.on_thread([&] { return bed.server().listen_metrics(address); });
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::invalid);
  }
  REQUIRE(bed.on_thread([&] { return bed.server().listen_metrics("127.0.0.1:0"); }));
  CHECK(TestClient(bed.on_thread([&] { return bed.server().metrics_port(); })).get("/metrics").body == "m");
  CHECK(metrics_only);
  CHECK_FALSE(known);
}

TEST_CASE("the socket's file: its mode, and what may be in its place") {
  TemporaryFolder folder;
  const std::string path = (folder.path() / "s").string();
  boost::asio::io_context io;
  {
    HttpServer server(io, {}, echo);
    REQUIRE(server.listen_unix(path, ""));
    struct stat status = {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    CHECK(S_ISSOCK(status.st_mode));
    CHECK((status.st_mode & 07777) == 0660);
    HttpServer second(io, {}, echo);
    const auto taken = second.listen_unix(path, "");
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == Errc::unavailable);
    const auto nowhere = second.listen_unix((folder.path() / "no" / "s").string(), "");
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().code == Errc::absent);
    CHECK_FALSE(second.listen_unix(std::string(200, 'x'), ""));
    CHECK_FALSE(second.listen_unix((folder.path() / "g").string(), "no-such-group-here"));
  }
  CHECK_FALSE(std::filesystem::exists(path));
  folder.write("s", "a file of somebody");
  HttpServer server(io, {}, echo);
  const auto file = server.listen_unix(path, "");
  REQUIRE_FALSE(file);
  CHECK(file.error().code == Errc::invalid);
  CHECK(std::filesystem::file_size(path) == 18);
}
