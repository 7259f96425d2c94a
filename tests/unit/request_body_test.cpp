// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>

#include "agent/daemon/body.h"

using namespace harden;
using daemon::Body;

namespace {

std::string text_of(const std::optional<daemon::Response>& response) {
  REQUIRE(response.has_value());
  REQUIRE(response->body != nullptr);
  return *response->body;
}

// What is said about a body of which nothing is asked.
std::pair<int, std::string> complaint(const std::string& text) {
  const auto problem = Body(text).problem();
  return problem ? std::pair(problem->status, text_of(problem)) : std::pair(0, std::string());
}

}  // namespace

TEST_CASE("the members that there may be") {
  Body body(R"({"text": "a", "flag": true, "number": 5, "list": ["x", "y"], "map": {"k": "v"}, "null": null})");
  CHECK(body.text("text") == "a");
  CHECK(body.required("text") == "a");
  CHECK(body.flag("flag"));
  CHECK(body.integer("number", 1, 5) == 5);
  CHECK(body.texts("list") == std::vector<std::string>{"x", "y"});
  CHECK(body.text_map("map") == std::map<std::string, std::string>{{"k", "v"}});
  CHECK(body.text("null").empty());
  CHECK_FALSE(body.problem());
}

TEST_CASE("members that are not there, and no body at all") {
  for (const char* text : {"", " \n", "{}"}) {
    Body body(text);
    CHECK(body.text("text").empty());
    CHECK_FALSE(body.flag("flag"));
    CHECK_FALSE(body.integer("number", 1, 5));
    CHECK(body.texts("list").empty());
    CHECK(body.text_map("map").empty());
    CHECK_FALSE(body.problem());
    CHECK(body.required("note").empty());
    CHECK(text_of(body.problem()).find("note is missing") != std::string::npos);
  }
}

TEST_CASE("what is no JSON object is a 400 that says where") {
  const std::pair<const char*, const char*> rows[] = {
      {"{\"a\":\n  oops}", "line 2, column 3"},
      {"{} {}", "line 1, column 4"},
      {"[]", "it must be an object, and is a list"},
      {"3", "is a number"},
      {"\"x\"", "is a string"},
      {"null", "is null"},
      {"{\"a\": 1", "line 1, column"},
      {"\xff", "line 1, column 1"},
      {"{\"a\": \"\xff\"}", "line 1, column"},
  };
  for (const auto& [text, wanted] : rows) {
    CAPTURE(text);
    const auto [status, said] = complaint(text);
    CHECK(status == 400);
    CHECK(said.find(wanted) != std::string::npos);
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  CHECK(complaint(deep).first == 400);
}

TEST_CASE("members of another type are a 422 that names each") {
  Body body(
      R"({"text": 1, "flag": "yes", "number": 6, "float": 1.5, "list": "x", "items": ["a", 1], "map": {"k": 1}})");
  CHECK(body.text("text").empty());
  CHECK_FALSE(body.flag("flag"));
  CHECK_FALSE(body.integer("number", 1, 5));
  CHECK_FALSE(body.integer("float", 1, 5));
  CHECK(body.texts("list").empty());
  (void)body.texts("items");
  (void)body.text_map("map");
  const auto problem = body.problem();
  REQUIRE(problem.has_value());
  CHECK(problem->status == 422);
  const std::string said = text_of(problem);
  for (const char* wanted : {"text must be a string, and is a number", "flag must be true or false, and is a string",
                             "number must be a whole number from 1 to 5", "float must be", "list must be a list",
                             "items[1] must be a string", "map.k must be a string"}) {
    CAPTURE(wanted);
    CHECK(said.find(wanted) != std::string::npos);
  }
}

TEST_CASE("members that nobody asked for are refused") {
  Body body(R"({"runtime_onyl": true})");
  (void)body.flag("runtime_only");
  const auto problem = body.problem();
  REQUIRE(problem.has_value());
  CHECK(problem->status == 422);
  CHECK(text_of(problem).find("did you mean runtime_only?") != std::string::npos);
  std::string many = "{\"a\": 1";
  for (int i = 0; i < 5000; ++i) many += ", \"m" + std::to_string(i) + "\": 1";
  CHECK(complaint(many + "}").second.size() < 2000);
}

TEST_CASE("texts are bounded, and hostile ones are escaped where they are told") {
  Body body("{\"text\": \"" + std::string(70'000, 'x') + "\", \"\\u001b[2J\": 1}");
  CHECK(body.text("text").empty());
  const std::string said = text_of(body.problem());
  CHECK(said.find("text is longer than 64 KiB") != std::string::npos);
  CHECK(said.find('\x1b') == std::string::npos);
}

TEST_CASE("a mistake says that hardenctl would call it misuse") {
  const auto problem = Body("[]").problem();
  REQUIRE(problem.has_value());
  bool found = false;
  for (const auto& [name, value] : problem->headers) found = found || (name == "Hardend-Exit-Status" && value == "64");
  CHECK(found);
}
