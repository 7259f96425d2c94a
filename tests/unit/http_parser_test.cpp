// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "agent/daemon/parser.h"

using namespace harden::daemon;
using State = RequestParser::State;

namespace {

constexpr std::size_t kHead = 16UL * 1024;
constexpr std::size_t kBody = 1024UL * 1024;

// Feeds everything, and gives the status of the refusal; 0 where there is none.
int status_of(std::string_view bytes, std::size_t step = std::string_view::npos) {
  RequestParser parser(kHead, kBody);
  while (!bytes.empty() && parser.state() != State::refused && parser.state() != State::done) {
    bytes.remove_prefix(parser.feed(bytes.substr(0, step)));
  }
  return parser.state() == State::refused ? parser.refusal().status : 0;
}

Request parsed(std::string_view bytes, std::size_t step = std::string_view::npos) {
  RequestParser parser(kHead, kBody);
  while (!bytes.empty() && parser.state() != State::refused && parser.state() != State::done) {
    bytes.remove_prefix(parser.feed(bytes.substr(0, step)));
  }
  REQUIRE(parser.state() == State::done);
  return parser.take();
}

const std::string kHost = "Host: localhost\r\n";

struct Case {
  std::string what;
  std::string bytes;
  int status;
};

}  // namespace

TEST_CASE("what is refused, and how") {
  const std::vector<Case> cases{
      {"plain", "GET / HTTP/1.1\r\n" + kHost + "\r\n", 0},
      {"empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\n" + kHost + "\r\n", 0},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"no host in 1.0", "GET / HTTP/1.0\r\n\r\n", 0},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"random bytes", std::string("\x16\x03\x01\x02\x00\x01\x00", 7), 400},
      {"bytes with an end", std::string("\x80\xff\x00\r\n\r\n", 7), 400},
      {"words", "hello\r\n\r\n", 400},
      {"bare line feeds", "GET / HTTP/1.1\nHost: x\n\n", 400},
      {"one bare line feed", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\n" + kHost + "\r\n", 505},
      {"a space before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
      {"no colon", "GET / HTTP/1.1\r\n" + kHost + "nonsense\r\n\r\n", 400},
      {"a control character", "GET / HTTP/1.1\r\n" + kHost + "A: b\x01\r\n\r\n", 400},
      {"an unknown method", "BREW / HTTP/1.1\r\n" + kHost + "\r\n", 501},
      {"CONNECT", "CONNECT host:1 HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {"a path without a slash", "GET x HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {"the whole server", "OPTIONS * HTTP/1.1\r\n" + kHost + "\r\n", 0},
      {"the whole server for GET", "GET * HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {"absolute", "GET http://localhost/x?y=1 HTTP/1.1\r\n" + kHost + "\r\n", 0},
      {"bad percent", "GET /%zz HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {"cut percent", "GET /%4 HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {"a null", "GET /%00 HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {"a line break in the path", "GET /%0d%0aX HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {"no UTF-8", "GET /%ff HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {"a parameter twice", "GET /?a=1&a=2 HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {"a long target", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + kHost + "\r\n", 414},
      {"a target without end", "GET /" + std::string(20000, 'a'), 414},
      {"a long head", "GET / HTTP/1.1\r\n" + kHost + "A: " + std::string(17000, 'a') + "\r\n\r\n", 431},
      {"a head without end", "GET / HTTP/1.1\r\n" + kHost + "A: " + std::string(17000, 'a'), 431},
      {"two lengths", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"a negative length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: -1\r\n\r\n", 400},
      {"a length of words", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: ten\r\n\r\n", 400},
      {"a length past all", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {"a large body", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 1048577\r\n\r\n", 413},
      {"the largest body",
       "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 1048576\r\n\r\n" + std::string(1048576, 'b'), 0},
      {"a large chunked body",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n200000\r\n" + std::string(0x200000, 'b'),
       413},
      {"both lengths",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
      {"both lengths, the other way round",
       "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"another coding", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: gzip\r\n\r\n", 501},
      {"two codings", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"a coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
      {"a bad chunk", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"a chunk's line without end",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(40000, 'x'), 400},
      {"no length", "POST / HTTP/1.1\r\n" + kHost + "Content-Type: application/json\r\n\r\n{}", 411},
      {"no body at all", "POST / HTTP/1.1\r\n" + kHost + "\r\n", 0},
      {"an odd expectation", "POST / HTTP/1.1\r\n" + kHost + "Expect: the-worst\r\nContent-Length: 1\r\n\r\nx", 417},
  };
  for (const auto& each : cases) {
    CAPTURE(each.what);
    CHECK(status_of(each.bytes) == each.status);
    if (each.bytes.size() < 30'000) CHECK(status_of(each.bytes, 1) == each.status);
    if (each.bytes.size() < 100'000) CHECK(status_of(each.bytes, 7) == each.status);
  }
}

TEST_CASE("too many fields") {
  std::string head = "GET / HTTP/1.1\r\n" + kHost;
  for (int i = 0; i < 99; ++i) head += "A" + std::to_string(i) + ": b\r\n";
  CHECK(status_of(head + "\r\n") == 0);
  CHECK(status_of(head + "One-More: b\r\n\r\n") == 431);
}

TEST_CASE("a refusal says what was wrong and what to do") {
  RequestParser parser(kHead, kBody);
  parser.feed("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n");
  REQUIRE(parser.state() == State::refused);
  CHECK_FALSE(parser.refusal().detail.empty());
  CHECK_FALSE(parser.refusal().hint.empty());
  CHECK_FALSE(parser.keep_alive());
}

TEST_CASE("a request's parts") {
  for (const std::size_t step : {std::string_view::npos, std::size_t{1}, std::size_t{3}}) {
    CAPTURE(step);
    const auto request = parsed(
        "POST /v1/a%20b/%C3%A9?x=1%262&y=a+b&z&=e HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: "
        "4\r\n\r\nbody",
        step);
    CHECK(request.method == "POST");
    CHECK(request.path == "/v1/a b/\xC3\xA9");
    CHECK(request.query.at("x") == "1&2");
    CHECK(request.query.at("y") == "a b");
    CHECK(request.query.at("z") == "");
    CHECK(request.query.at("") == "e");
    CHECK(request.headers.at("x-one") == "1, 2");
    CHECK(request.headers.at("host") == "h");
    CHECK(request.body == "body");
    CHECK_FALSE(request.peer.known);
  }
}

TEST_CASE("the forms of a target") {
  const std::vector<std::pair<std::string, std::string>> targets{
      {"/x", "/x"},          {"/x?q=1", "/x"},     {"http://h/x", "/x"},   {"http://h", "/"},
      {"http://h?q=1", "/"}, {"/a://b", "/a://b"}, {"/../etc", "/../etc"},  // no path leads to a file
  };
  for (const auto& [target, path] : targets) {
    CAPTURE(target);
    Request request;
    CHECK_FALSE(parse_target(target, request));
    CHECK(request.path == path);
  }
  std::string many = "/?";
  for (int i = 0; i < 100; ++i) many += "a" + std::to_string(i) + "=1&";
  Request request;
  CHECK(parse_target(many, request));
}

TEST_CASE("requests one after another, taken at their ends") {
  RequestParser parser(kHead, kBody);
  const std::string first = "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  const std::string second = "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\n\r\n";
  const std::string third = "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const std::string all = first + second + third;
  CHECK(parser.feed(all) == first.size());
  CHECK(parser.keep_alive());
  CHECK(parser.take().body == "abc");
  CHECK(parser.state() == State::idle);
  CHECK(parser.feed(std::string_view(all).substr(first.size())) == second.size());
  CHECK(parser.held() == 3);
  CHECK(parser.take().body == "def");
  CHECK(parser.held() == 0);
  CHECK(parser.feed(third) == third.size());
  CHECK_FALSE(parser.keep_alive());
  CHECK(parser.take().path == "/3");
}

TEST_CASE("a client that waits before its body is to be told once") {
  RequestParser parser(kHead, kBody);
  parser.feed("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(parser.wants_continue());
  parser.feed("a");
  CHECK_FALSE(parser.wants_continue());
  parser.feed("b");
  CHECK(parser.state() == State::done);
  CHECK(parser.take().body == "ab");
}

TEST_CASE("keep-alive by version") {
  const auto keeps = [](const std::string& version, const std::string& fields) {
    RequestParser parser(kHead, kBody);
    parser.feed("GET / HTTP/" + version + "\r\n" + kHost + fields + "\r\n");
    return parser.keep_alive();
  };
  CHECK(keeps("1.1", ""));
  CHECK_FALSE(keeps("1.1", "Connection: close\r\n"));
  CHECK_FALSE(keeps("1.0", ""));
  CHECK(keeps("1.0", "Connection: keep-alive\r\n"));
}

TEST_CASE("any bytes end somewhere") {
  std::uint32_t seed = 12345;
  const auto next = [&] { return seed = seed * 1664525U + 1013904223U; };
  const std::string good =
      "POST /v1/x?y=1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (int round = 0; round < 5000; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 3; ++i) bytes[(next() >> 8) % bytes.size()] = static_cast<char>(next() >> 16);
    RequestParser parser(kHead, kBody);
    const std::size_t taken = parser.feed(bytes);
    CHECK(taken <= bytes.size());
    CHECK((parser.state() == State::refused || parser.state() == State::done || taken == bytes.size()));
  }
}
