// SPDX-License-Identifier: Apache-2.0
//
// Greedy, slow and broken clients, and those that are served meanwhile.
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <list>
#include <vector>

#include "agent/daemon/problem.h"
#include "agent/daemon/quota.h"
#include "agent/daemon/wire.h"
#include "tests/support/http_bed.h"

using namespace harden;
using namespace harden::daemon;
using std::chrono::milliseconds;

namespace {

void ok(const Request&, const Reply& reply) { reply(answer(200, "ok", "text/plain")); }

// Nothing here runs out of time by itself.
HttpLimits patient() {
  HttpLimits limits;
  limits.head_time = limits.body_time = limits.idle_time = limits.write_time = std::chrono::hours(1);
  return limits;
}

// Waits for what the other thread does.
template <typename Condition>
void await(Condition condition) {
  while (!condition()) std::this_thread::yield();
}

}  // namespace

TEST_CASE("one user's connections are that user's") {
  Quota quota({4, 2, 4, 2});
  CHECK(quota.room_for_connection(1) == Room::yes);
  quota.connected(1);
  quota.connected(1);
  CHECK(quota.room_for_connection(1) == Room::user_full);
  CHECK(quota.room_for_connection(2) == Room::yes);
  quota.connected(2);
  CHECK(quota.greediest() == std::vector<uid_t>{1, 2});
  quota.connected(3);
  CHECK(quota.room_for_connection(4) == Room::all_full);
  CHECK(quota.room_for_connection(1) == Room::user_full);  // told of one's own limit first
  quota.disconnected(1);
  CHECK(quota.room_for_connection(4) == Room::yes);
  CHECK(quota.connections_of(1) == 1);
  quota.disconnected(1);
  CHECK(quota.greediest() == std::vector<uid_t>{2, 3});
}

TEST_CASE("one user's requests are that user's") {
  Quota quota({4, 4, 3, 2});
  quota.begun(1);
  quota.begun(1);
  CHECK(quota.room_for_request(1) == Room::user_full);
  CHECK(quota.room_for_request(2) == Room::yes);
  quota.begun(2);
  CHECK(quota.room_for_request(3) == Room::all_full);
  quota.ended(1);
  CHECK(quota.room_for_request(3) == Room::yes);
  CHECK(quota.requests() == 2);
}

// The bug of an earlier attempt: connections that were refused stayed counted,
// and after a burst everybody was refused.
TEST_CASE("refused connections take nobody's place") {
  auto limits = patient();
  limits.connections = 4;
  limits.user_connections = 3;
  std::vector<Reply> waiting;
  HttpBed bed(
      [&](const Request& request, Reply reply) {
        if (request.path == "/wait") return waiting.push_back(std::move(reply));
        ok(request, reply);
      },
      limits);
  std::list<TestClient> busy;
  for (int i = 0; i < 3; ++i) busy.emplace_back(bed.path()).send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  await([&] { return bed.on_thread([&] { return waiting.size(); }) == 3; });
  for (int i = 0; i < 50; ++i) {
    const auto refused = TestClient(bed.path()).answer();
    CHECK(refused.status == 429);
    CHECK(refused.headers.at("content-type") == "application/problem+json");
    CHECK(refused.headers.at("retry-after") == "1");
  }
  CHECK(bed.counters().refused_user == 50);
  CHECK(bed.counters().refused_total == 0);
  CHECK(bed.counters().connections == 3);
  CHECK(bed.counters().accepted == 3);
  bed.on_thread([&] {
    for (const auto& reply : waiting) reply(answer(200, "done"));
  });
  for (auto& client : busy) CHECK(client.answer().body == "done");
  busy.clear();
  await([&] { return bed.counters().connections == 0; });
  CHECK(TestClient(bed.path()).get("/").status == 200);
}

TEST_CASE("when all is full and nobody idle, 503") {
  auto limits = patient();
  limits.connections = 2;
  limits.user_connections = 5;
  std::vector<Reply> waiting;
  HttpBed bed([&](const Request&, Reply reply) { waiting.push_back(std::move(reply)); }, limits);
  TestClient one(bed.path());
  TestClient two(bed.path());
  one.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  two.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await([&] { return bed.on_thread([&] { return waiting.size(); }) == 2; });
  CHECK(TestClient(bed.path()).answer().status == 503);
  CHECK(bed.counters().refused_total == 1);
}

TEST_CASE("the oldest idle client makes room for a newcomer") {
  auto limits = patient();
  limits.user_connections = 3;
  HttpBed bed(ok, limits);
  std::list<TestClient> idle;
  for (int i = 0; i < 3; ++i) CHECK(idle.emplace_back(bed.path()).get("/").status == 200);
  CHECK(TestClient(bed.path()).get("/").status == 200);
  CHECK(idle.front().is_closed());
  CHECK(idle.back().get("/").status == 200);
  CHECK(bed.counters().evicted == 1);
}

TEST_CASE("slow heads make room, and are told so") {
  auto limits = patient();
  limits.user_connections = 8;
  HttpBed bed(ok, limits);
  std::list<TestClient> slow;
  for (int i = 0; i < 100; ++i) {
    slow.emplace_back(bed.path()).send("GET / HTTP/1.1\r\nX: ");
    if (i % 10 == 0) CHECK(TestClient(bed.path()).get("/").status == 200);
  }
  CHECK(TestClient(bed.path()).get("/").status == 200);
  CHECK(slow.front().answer().status == 429);
  CHECK(bed.counters().connections <= 8);
}

TEST_CASE("bodies that do not end are bounded in all") {
  auto limits = patient();
  limits.held = 1'000'000;
  HttpBed bed(ok, limits);
  std::list<TestClient> senders;
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
  for (int i = 0; i < 10; ++i) senders.emplace_back(bed.path()).send(head + std::string(150'000, 'b'));
  // All was read, or the connection given up: then a request is answered.
  CHECK(TestClient(bed.path()).post("/", "small").status == 200);
  await([&] { return bed.counters().evicted >= 4; });
  CHECK(senders.back().send(std::string(1000, 'b')));
}

TEST_CASE("too many requests of one user under way are 429, and the connection is kept") {
  auto limits = patient();
  limits.user_requests = 2;
  std::vector<Reply> waiting;
  HttpBed bed([&](const Request&, Reply reply) { waiting.push_back(std::move(reply)); }, limits);
  std::list<TestClient> busy;
  for (int i = 0; i < 2; ++i) busy.emplace_back(bed.path()).send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await([&] { return bed.on_thread([&] { return waiting.size(); }) == 2; });
  TestClient client(bed.path());
  CHECK(client.get("/").status == 429);
  CHECK(client.get("/").status == 429);
  bed.on_thread([&] {
    const auto replies = std::exchange(waiting, {});
    for (const auto& reply : replies) reply(answer(200, "done"));
  });
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await([&] { return bed.on_thread([&] { return waiting.size(); }) == 1; });
  bed.on_thread([&] { waiting[0](answer(200, "at last")); });
  CHECK(client.answer().body == "at last");
}

TEST_CASE("an answer for a client that has gone is dropped, and counts no more") {
  std::vector<Reply> waiting;
  HttpBed bed([&](const Request&, Reply reply) { waiting.push_back(std::move(reply)); }, patient());
  {
    TestClient client(bed.path());
    client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    await([&] { return bed.on_thread([&] { return waiting.size(); }) == 1; });
  }
  bed.on_thread([&] { waiting[0](answer(200, std::string(100, 'x'))); });
  await([&] { return bed.counters().connections == 0; });
}

TEST_CASE("what takes too long is 408") {
  auto limits = patient();
  limits.head_time = limits.body_time = milliseconds(1);
  HttpBed bed(ok, limits);
  TestClient head(bed.path());
  head.send("GET / HT");
  const auto answer = head.answer();
  CHECK(answer.status == 408);
  CHECK(answer.headers.at("connection") == "close");
  TestClient body(bed.path());
  body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  CHECK(body.answer().status == 408);
  CHECK(bed.counters().timeouts == 2);
}

TEST_CASE("an idle connection is closed without a word") {
  auto limits = patient();
  limits.idle_time = milliseconds(1);
  HttpBed bed(ok, limits);
  TestClient client(bed.path());
  CHECK(client.answer().status == 0);
}

TEST_CASE("a client that takes no answer is given up") {
  auto limits = patient();
  limits.write_time = milliseconds(1);
  const auto big = std::make_shared<const std::string>(4'000'000, 'x');
  HttpBed bed([&](const Request&, const Reply& reply) { reply(answer(200, big, "text/plain")); }, limits);
  TestClient client(bed.path());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await([&] { return bed.counters().connections == 0 && bed.counters().timeouts == 1; });
  CHECK(client.answer().body.size() < big->size());
}

TEST_CASE("a big body goes out whole, and is not copied") {
  const auto big = std::make_shared<const std::string>(8'000'000, 'x');
  HttpBed bed([&](const Request&, const Reply& reply) { reply(answer(200, big, "text/plain")); }, patient());
  TestClient client(bed.path());
  for (int i = 0; i < 3; ++i) CHECK(client.get("/").body == *big);
  await([&] { return bed.on_thread([&] { return big.use_count(); }) <= 2; });
}

TEST_CASE("refused requests see their answer though they go on sending") {
  HttpBed bed(ok, patient());
  TestClient client(bed.path());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" + std::string(2'000'000, 'x'));
  CHECK(client.answer().status == 413);
  client.finish_sending();
  CHECK(client.is_closed());
}

TEST_CASE("no descriptors: an idle client makes room; where there is none, 503") {
  auto limits = patient();
  std::vector<Reply> waiting;
  HttpBed bed(
      [&](const Request& request, Reply reply) {
        if (request.path == "/wait") return waiting.push_back(std::move(reply));
        ok(request, reply);
      },
      limits);
  TestClient idle(bed.path());
  CHECK(idle.get("/").status == 200);
  TestClient busy(bed.path());
  busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  await([&] { return bed.on_thread([&] { return waiting.size(); }) == 1; });
  // Made before the shortage: the test's own sockets are of this process too.
  const int first = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const int second = ::socket(AF_UNIX, SOCK_STREAM, 0);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int next = ::dup(0);
  ::close(next);
  const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  TestClient newcomer(bed.path(), first);
  CHECK(newcomer.get("/").status == 200);
  CHECK(idle.is_closed());
  newcomer.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  await([&] { return bed.on_thread([&] { return waiting.size(); }) == 2; });
  TestClient refused(bed.path(), second);
  CHECK(refused.answer().status == 503);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(TestClient(bed.path()).get("/").status == 200);
}

TEST_CASE("stopping lets answers go out, and takes nobody new") {
  std::vector<Reply> waiting;
  HttpBed bed(
      [&](const Request& request, Reply reply) {
        if (request.path == "/wait") return waiting.push_back(std::move(reply));
        ok(request, reply);
      },
      patient());
  TestClient idle(bed.path());
  TestClient busy(bed.path());
  CHECK(idle.get("/").status == 200);
  busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  await([&] { return bed.on_thread([&] { return waiting.size(); }) == 1; });
  std::promise<void> stopped;
  bed.on_thread([&] { bed.server().stop(std::chrono::hours(1), [&] { stopped.set_value(); }); });
  CHECK(idle.is_closed());
  CHECK_THROWS(TestClient(bed.path()));
  bed.on_thread([&] { waiting[0](answer(200, "finished")); });
  const auto last = busy.answer();
  CHECK(last.body == "finished");
  CHECK(last.headers.at("connection") == "close");
  busy.finish_sending();
  ::shutdown(busy.socket(), SHUT_RDWR);
  stopped.get_future().wait();
  CHECK(bed.counters().connections == 0);
}

TEST_CASE("stopping does not wait longer than it was told") {
  std::vector<Reply> waiting;
  HttpBed bed([&](const Request&, Reply reply) { waiting.push_back(std::move(reply)); }, patient());
  TestClient busy(bed.path());
  busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await([&] { return bed.on_thread([&] { return waiting.size(); }) == 1; });
  std::promise<void> stopped;
  bed.on_thread([&] { bed.server().stop(milliseconds(1), [&] { stopped.set_value(); }); });
  stopped.get_future().wait();
  CHECK(busy.answer().status == 0);
}

TEST_CASE("the head of an answer") {
  Response response = answer(200, "four");
  response.headers.emplace_back("ETag", "\"7\"");
  response.headers.emplace_back("X-Evil", "a\r\nSet-Cookie: b");
  response.headers.emplace_back("Bad Name", "x");
  response.headers.emplace_back("", "x");
  std::string head;
  append_head(head, response, true);
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(head.find("ETag: \"7\"\r\n") != std::string::npos);
  CHECK(head.find("Content-Length: 4\r\n") != std::string::npos);
  CHECK(head.find("Cookie") == std::string::npos);
  CHECK(head.find("Bad Name") == std::string::npos);
  CHECK(head.find("Connection") == std::string::npos);
  head.clear();
  append_head(head, {304, {}, nullptr, nullptr}, false);
  CHECK(head.find("Content-Length") == std::string::npos);
  CHECK(head.find("Connection: close\r\n") != std::string::npos);
  CHECK(http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(1'790'000'000) == "Mon, 21 Sep 2026 14:13:20 GMT");
}
