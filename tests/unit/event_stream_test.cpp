// SPDX-License-Identifier: Apache-2.0
#include "agent/host/event_stream.h"

#include <doctest/doctest.h>

#include <string>

using namespace harden;

namespace {

// All of it in pieces of that size.
std::vector<SentEvent> read(std::string_view stream, std::size_t piece) {
  EventReader reader;
  std::vector<SentEvent> all;
  for (std::size_t i = 0; i < stream.size(); i += piece) {
    const auto some = reader.feed(stream.substr(i, piece));
    REQUIRE(some.has_value());
    all.insert(all.end(), some->begin(), some->end());
  }
  return all;
}

}  // namespace

TEST_CASE("events, in pieces of every size") {
  struct Row {
    std::string stream;
    std::vector<SentEvent> events;
  };
  const Row rows[] = {
      {"id: 1\nevent: drift\ndata: {}\n\n", {{"1", "drift", "{}"}}},
      {"id:1\nevent:drift\ndata:{}\n\n", {{"1", "drift", "{}"}}},
      {"id: 1\r\ndata: a\r\n\r\nid: 2\r\ndata: b\r\n\r\n", {{"1", "", "a"}, {"2", "", "b"}}},
      {": comment\n\ndata: x\n\n", {{"", "", "x"}}},
      {"data: one\ndata: two\ndata\n\n", {{"", "", "one\ntwo\n"}}},
      {"data:  x \n\n", {{"", "", " x "}}},
      {"unknown: y\nretry: 3\ndata: x\n\n", {{"", "", "x"}}},
      {"id: 5\n\n", {}},
      {"data: cut off\n", {}},
      {"\n\n\n", {}},
      {"", {}},
  };
  for (const Row& row : rows) {
    for (std::size_t piece = 1; piece <= row.stream.size() + 1; ++piece) {
      CAPTURE(row.stream);
      CAPTURE(piece);
      REQUIRE(read(row.stream, piece) == row.events);
    }
  }
}

TEST_CASE("an event that does not end is given up") {
  EventReader line;
  bool bad = false;
  for (int i = 0; i < 40 && !bad; ++i) bad = !line.feed(std::string(64 << 10, 'x'));
  CHECK(bad);
  EventReader lines;
  bad = false;
  for (int i = 0; i < 40 && !bad; ++i) bad = !lines.feed("data: " + std::string(64 << 10, 'x') + "\n");
  CHECK(bad);
}
