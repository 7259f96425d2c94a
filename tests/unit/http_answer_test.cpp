// SPDX-License-Identifier: Apache-2.0
#include "agent/host/http_answer.h"

#include <doctest/doctest.h>

#include <string>

using namespace harden;

namespace {

const std::string kHead = "HTTP/1.1 200 OK\r\n";
const std::string kChunked = kHead + "Transfer-Encoding: chunked\r\n\r\n";

struct Read {
  bool good = false;
  Errc code = Errc::failed;
  int status = 0;
  std::string body;
  bool whole = false;  // before the server has closed
};

// The stream in pieces of that size, and then its end.
Read read(std::string_view stream, std::size_t piece) {
  HttpReader reader("/s");
  Read got;
  for (std::size_t i = 0; i < stream.size(); i += piece) {
    const auto fed = reader.feed(stream.substr(i, piece));
    if (!fed) return {false, fed.error().code, reader.status(), "", false};
    got.body += reader.take_body();
  }
  got.whole = reader.is_whole();
  const auto ended = reader.end();
  got.good = ended.has_value();
  if (!ended) got.code = ended.error().code;
  got.status = reader.status();
  return got;
}

}  // namespace

TEST_CASE("answers, in pieces of every size") {
  struct Row {
    std::string stream;
    int status;
    std::string body;
    bool whole;
  };
  const Row rows[] = {
      {kHead + "Content-Length: 4\r\n\r\nbody", 200, "body", true},
      {kHead + "Content-Length: 4\r\n\r\nbody and what nobody asked for", 200, "body", true},
      {kHead + "Content-Length: 0\r\n\r\n", 200, "", true},
      {kHead + "CONTENT-LENGTH:4\r\n\r\nbody", 200, "body", true},
      {kHead + "\r\nto the end", 200, "to the end", false},
      {"HTTP/1.0 404 Not Found\r\n\r\n", 404, "", false},
      {"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n", 304, "", true},
      {"HTTP/1.1 204 \r\n\r\n", 204, "", true},
      {kChunked + "4\r\nbody\r\n0\r\n\r\n", 200, "body", true},
      {kChunked + "1\r\nb\r\n3\r\nody\r\n0\r\n\r\n", 200, "body", true},
      {kChunked + "4;name=\"value\"\r\nbody\r\n0;x\r\nTrailer: y\r\nAnother: z\r\n\r\n", 200, "body", true},
      {kChunked + "00004\r\nbo\r\n\r\n0\r\n\r\n", 200, "bo\r\n", true},
      {kChunked + "A\r\n0123456789\r\n0\r\n\r\n", 200, "0123456789", true},
      {kHead + "transfer-encoding: Chunked\r\n\r\n0\r\n\r\n", 200, "", true},
  };
  for (const Row& row : rows) {
    for (std::size_t piece = 1; piece <= row.stream.size(); ++piece) {
      CAPTURE(row.stream);
      CAPTURE(piece);
      const Read got = read(row.stream, piece);
      REQUIRE(got.good);
      REQUIRE(got.status == row.status);
      REQUIRE(got.body == row.body);
      REQUIRE(got.whole == row.whole);
    }
  }
}

TEST_CASE("what is not HTTP, in pieces of every size") {
  const std::string rows[] = {
      "",
      "\r\n\r\n",
      "HTTP/1.1 200 OK\r\n",
      "HTTP/2 200\r\n\r\n",
      "HTTP/1.1 999 Odd\r\n\r\n",
      "HTTP/1.1 2x0 OK\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2\r\n\r\n",
      kHead + "no colon\r\n\r\n",
      kHead + ": no name\r\n\r\n",
      kHead + "Content-Length: 5\r\n\r\nfour",
      kHead + "Content-Length: -1\r\n\r\n",
      kHead + "Content-Length: 4x\r\n\r\nbody",
      kHead + "Content-Length: 99999999999999999999\r\n\r\n",
      kHead + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
      kHead + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
      kHead + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      kChunked,
      kChunked + "4\r\nbody\r\n",
      kChunked + "4\r\nbody\r\n0\r\n",
      kChunked + "4\r\nbody and more\r\n0\r\n\r\n",
      kChunked + "\r\nbody\r\n0\r\n\r\n",
      kChunked + "-4\r\nbody\r\n0\r\n\r\n",
      kChunked + "x\r\nbody\r\n0\r\n\r\n",
      kChunked + "ffffffffffffffff\r\nbody",
      kChunked + "fffffffffffffff\r\nbody",
  };
  for (const std::string& stream : rows) {
    for (std::size_t piece = 1; piece <= stream.size() + 1; ++piece) {
      CAPTURE(stream);
      CAPTURE(piece);
      const Read got = read(stream, piece);
      REQUIRE_FALSE(got.good);
      REQUIRE(got.code == Errc::malformed);
    }
  }
}

TEST_CASE("what never ends is given up, and nothing grows") {
  HttpReader head("/s");
  bool bad = false;
  for (int i = 0; i < 100 && !bad; ++i) bad = !head.feed(std::string(1024, 'x'));
  CHECK(bad);
  HttpReader size("/s");
  REQUIRE(size.feed(kChunked));
  bad = false;
  for (int i = 0; i < 10 && !bad; ++i) bad = !size.feed(std::string(1024, '0'));
  CHECK(bad);
  HttpReader trailers("/s");
  REQUIRE(trailers.feed(kChunked + "0\r\n"));
  bad = false;
  for (int i = 0; i < 1000 && !bad; ++i) bad = !trailers.feed("a: b\r\n");
  CHECK(bad);
}

TEST_CASE("fields are found by their names in lower case") {
  HttpReader reader("/s");
  REQUIRE(reader.feed(kHead + "Server:  hardend/1 \r\nX: 1\r\nx: 2\r\nContent-Length: 0\r\n\r\n"));
  CHECK(field_of(reader.fields(), "server") == "hardend/1");
  CHECK(field_of(reader.fields(), "x") == "1");
  CHECK(field_of(reader.fields(), "y").empty());
  CHECK(reader.fields().size() == 4);
  CHECK(reader.is_whole());
  CHECK_FALSE(reader.is_chunked());
}
