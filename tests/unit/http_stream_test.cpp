// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <sys/socket.h>

#include <vector>

#include "agent/daemon/problem.h"
#include "tests/support/http_bed.h"

using namespace harden;
using namespace harden::daemon;
using std::chrono::milliseconds;

namespace {

// Subscribes everybody who asks for /events.
struct Events {
  std::vector<std::shared_ptr<Stream>> streams;

  Handler handler() {
    return [this](const Request& request, const Reply& reply) {
      if (request.path != "/events") return reply(answer(200, "ok", "text/plain"));
      Response response = answer(200, "", "text/event-stream");
      response.stream = [this](std::shared_ptr<Stream> stream) { streams.push_back(std::move(stream)); };
      reply(std::move(response));
    };
  }
};

template <typename Condition>
void await(Condition condition) {
  while (!condition()) std::this_thread::yield();
}

const std::string kAsk = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace

TEST_CASE("a stream has its head, then what is sent, then an end") {
  Events events;
  HttpBed bed(events.handler());
  TestClient client(bed.path());
  client.send(kAsk);
  const std::string head = client.read_until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.find("Content-Type: text/event-stream\r\n") != std::string::npos);
  CHECK(head.find("Content-Length") == std::string::npos);
  CHECK(head.find("Connection: close") != std::string::npos);
  await([&] { return bed.on_thread([&] { return events.streams.size(); }) == 1; });
  bed.on_thread([&] {
    CHECK(events.streams[0]->send("id: 1\ndata: a\n\n"));
    CHECK(events.streams[0]->send("id: 2\ndata: b\n\n"));
  });
  CHECK(client.read_until("data: b\n\n") == "id: 1\ndata: a\n\nid: 2\ndata: b\n\n");
  CHECK(bed.counters().streams == 1);
  bed.on_thread([&] {
    events.streams[0]->send("id: 3\n\n");
    events.streams[0]->close();
    CHECK_FALSE(events.streams[0]->send("after the end"));
  });
  CHECK(client.read_until("never") == "id: 3\n\n");
  await([&] { return bed.counters().streams == 0; });
}

TEST_CASE("what is sent before the head is out comes after it") {
  Events events;
  HttpBed bed([](const Request&, const Reply& reply) {
    Response response = answer(200, "", "text/event-stream");
    response.stream = [](const std::shared_ptr<Stream>& stream) {
      stream->send("data: at once\n\n");
      stream->close();
    };
    reply(std::move(response));
  });
  TestClient client(bed.path());
  client.send(kAsk);
  client.read_until("\r\n\r\n");
  CHECK(client.read_until("never") == "data: at once\n\n");
}

TEST_CASE("HEAD of a stream is its head") {
  Events events;
  HttpBed bed(events.handler());
  TestClient client(bed.path());
  client.send("HEAD /events HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.answer(true).status == 200);
  CHECK(client.is_closed());
  CHECK(bed.on_thread([&] { return events.streams.empty(); }));
}

TEST_CASE("a subscriber that goes away is noticed at once") {
  Events events;
  HttpBed bed(events.handler());
  {
    TestClient client(bed.path());
    client.send(kAsk);
    client.read_until("\r\n\r\n");
    await([&] { return bed.counters().streams == 1; });
  }
  await([&] { return bed.counters().streams == 0; });
  bed.on_thread([&] { CHECK_FALSE(events.streams[0]->send("data: x\n\n")); });
}

TEST_CASE("a subscriber that only says that it will send no more goes on listening") {
  Events events;
  HttpBed bed(events.handler());
  TestClient client(bed.path());
  client.send(kAsk);
  client.finish_sending();
  client.read_until("\r\n\r\n");
  await([&] { return bed.counters().streams == 1; });
  bed.on_thread([&] { CHECK(events.streams[0]->send("data: x\n\n")); });
  CHECK(client.read_until("\n\n") == "data: x\n\n");
}

TEST_CASE("a slow subscriber loses the stream and is told; others have everything") {
  Events events;
  HttpLimits limits;
  limits.stream_queue = 10'000;
  HttpBed bed(events.handler(), limits);
  TestClient slow(bed.path());
  TestClient good(bed.path());
  slow.send(kAsk);
  good.send(kAsk);
  slow.read_until("\r\n\r\n");
  good.read_until("\r\n\r\n");
  await([&] { return bed.counters().streams == 2; });
  const std::string event = "data: " + std::string(1000, 'e') + "\n\n";
  int sent = 0;
  bool lost = false;
  while (!lost) {
    bed.on_thread([&] {
      for (const auto& stream : events.streams) lost = !stream->send(event) || lost;
    });
    ++sent;
    CHECK(good.read_until("\n\n") == event);
    REQUIRE(sent < 100'000);
  }
  CHECK(bed.counters().streams_lost == 1);
  std::string text = slow.read_until("never");
  CHECK(text.ends_with(": events.lost: too slow to be sent everything; connect again with Last-Event-ID\n\n"));
  // Whole events up to there.
  const auto whole = text.substr(0, text.find(": events.lost"));
  CHECK(whole.size() % event.size() == 0);
  CHECK(bed.counters().streams == 1);
}

TEST_CASE("a silent stream has comments") {
  Events events;
  HttpLimits limits;
  limits.heartbeat = milliseconds(1);
  HttpBed bed(events.handler(), limits);
  TestClient client(bed.path());
  client.send(kAsk);
  client.read_until("\r\n\r\n");
  for (int i = 0; i < 3; ++i) CHECK(client.read_until("\n\n") == ":\n\n");
}

TEST_CASE("stopping ends streams, with what was queued") {
  Events events;
  HttpBed bed(events.handler());
  TestClient client(bed.path());
  client.send(kAsk);
  client.read_until("\r\n\r\n");
  await([&] { return bed.counters().streams == 1; });
  std::promise<void> stopped;
  bed.on_thread([&] {
    events.streams[0]->send("data: last\n\n");
    bed.server().stop(std::chrono::hours(1), [&] { stopped.set_value(); });
  });
  CHECK(client.read_until("never") == "data: last\n\n");
  ::shutdown(client.socket(), SHUT_RDWR);
  stopped.get_future().wait();
}
