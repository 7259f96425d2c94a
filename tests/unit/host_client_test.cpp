// SPDX-License-Identifier: Apache-2.0
#include "agent/host/client.h"

#include <doctest/doctest.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/support/one_answer.h"
#include "tests/support/temporary_folder.h"

using namespace harden;
using std::chrono::milliseconds;
using test::OneAnswer;

namespace {

constexpr milliseconds kPatience{10'000};

UnixClient client_of(const std::string& socket) {
  auto client = UnixClient::connect(socket, kPatience);
  REQUIRE(client.has_value());
  return std::move(*client);
}

}  // namespace

TEST_CASE("a request and its answer") {
  const TemporaryFolder folder;
  OneAnswer server(folder.path() / "s", "HTTP/1.1 409 Conflict\r\nServer: hardend/1\r\nContent-Length: 2\r\n\r\n{}",
                   OneAnswer::Then::hold);
  auto client = client_of(server.path());
  const auto answer =
      client.ask({"POST", "/v1/apply?format=json", {{"X-Odd", "yes"}}, "{\"a\":1}"}, {.time = kPatience});
  REQUIRE(answer.has_value());
  CHECK(answer->status == 409);
  CHECK(answer->body == "{}");
  CHECK(field_of(answer->fields, "server") == "hardend/1");
  CHECK(server.asked() ==
        "POST /v1/apply?format=json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Odd: yes\r\n"
        "Content-Length: 7\r\n\r\n{\"a\":1}");
}

TEST_CASE("a POST without a body says so, and a GET has none") {
  for (const char* method : {"POST", "GET"}) {
    const TemporaryFolder folder;
    OneAnswer server(folder.path() / "s", "HTTP/1.1 204 \r\n\r\n", OneAnswer::Then::close);
    auto client = client_of(server.path());
    REQUIRE(client.ask({method, "/", {}, ""}, {.time = kPatience}).has_value());
    CHECK(server.asked().ends_with(method == std::string("POST") ? "Content-Length: 0\r\n\r\n" : "close\r\n\r\n"));
  }
}

TEST_CASE("answers that are too long, too late or broken off") {
  const TemporaryFolder folder;
  struct Row {
    const char* name;
    std::string answer;
    OneAnswer::Then then;
    Limit limit;
    Errc code;
  };
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const Row rows[] = {
      {"silent", "", OneAnswer::Then::hold, {.time = milliseconds(30)}, Errc::timeout},
      {"half a head", "HTTP/1.1 200 OK\r\n", OneAnswer::Then::hold, {.time = milliseconds(30)}, Errc::timeout},
      {"half a body", chunked + "5\r\nhe", OneAnswer::Then::hold, {.time = milliseconds(30)}, Errc::timeout},
      {"hung up", "", OneAnswer::Then::close, {.time = kPatience}, Errc::malformed},
      {"broken off", chunked + "5\r\nhe", OneAnswer::Then::close, {.time = kPatience}, Errc::malformed},
      {"long",
       "HTTP/1.1 200 OK\r\n\r\n" + std::string(1 << 20, 'x'),
       OneAnswer::Then::hold,
       {.bytes = 1 << 16, .time = kPatience},
       Errc::too_large},
      {"long chunk",
       chunked + "100000\r\n" + std::string(1 << 20, 'x'),
       OneAnswer::Then::hold,
       {.bytes = 1 << 16, .time = kPatience},
       Errc::too_large},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const OneAnswer server(folder.path() / row.name, row.answer, row.then);
    auto client = client_of(server.path());
    const auto answer = client.ask({"GET", "/", {}, ""}, row.limit);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == row.code);
    CHECK(answer.error().place == server.path());
  }
}

TEST_CASE("an answer is followed as it comes") {
  const TemporaryFolder folder;
  const OneAnswer server(folder.path() / "s",
                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n",
                         OneAnswer::Then::hold);
  auto client = client_of(server.path());
  const auto head = client.follow({"GET", "/v1/events", {}, ""}, kPatience);
  REQUIRE(head.has_value());
  CHECK(head->status == 200);
  std::string body;
  while (body.size() < 6) {
    const auto came = client.next(kPatience);
    REQUIRE(came.has_value());
    REQUIRE(came->has_value());
    REQUIRE_FALSE((*came)->empty());
    body += **came;
  }
  CHECK(body == "onetwo");
  const auto nothing = client.next(milliseconds(10));
  REQUIRE(nothing.has_value());
  CHECK(*nothing == "");
}

TEST_CASE("the end of what is followed is told") {
  const TemporaryFolder folder;
  const OneAnswer server(folder.path() / "s", "HTTP/1.1 200 OK\r\n\r\nall", OneAnswer::Then::close);
  auto client = client_of(server.path());
  REQUIRE(client.follow({"GET", "/v1/events", {}, ""}, kPatience).has_value());
  std::string body;
  for (;;) {
    const auto came = client.next(kPatience);
    REQUIRE(came.has_value());
    if (!*came) break;
    body += **came;
  }
  CHECK(body == "all");
}

TEST_CASE("who cannot be connected to, and why") {
  const TemporaryFolder folder;
  const auto code_of = [&](const std::string& path) { return UnixClient::connect(path, kPatience).error().code; };
  const std::string path = (folder.path() / "s").string();
  CHECK(code_of(path) == Errc::absent);
  { const OneAnswer bound(path, "", OneAnswer::Then::close); }
  CHECK(code_of(path) == Errc::unavailable);
  CHECK(code_of(std::string(200, 'x')) == Errc::invalid);
}

TEST_CASE("the group of a file") {
  const TemporaryFolder folder;
  folder.write("file", "");
  const std::string path = (folder.path() / "file").string();
  struct stat status = {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  const group* own = ::getgrgid(status.st_gid);
  CHECK(group_of_file(path) == (own == nullptr ? std::to_string(status.st_gid) : std::string(own->gr_name)));
  if (::geteuid() == 0) {
    REQUIRE(::chown(path.c_str(), 0, 54'321) == 0);
    CHECK(group_of_file(path) == "54321");
  }
  CHECK_FALSE(group_of_file(path + "x"));
}
