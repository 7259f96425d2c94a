// SPDX-License-Identifier: Apache-2.0
//
// Who may do what, and which route answers. The routes here are the test's own;
// the shipped ones are asked in the matrix below, whatever they are.
#include <doctest/doctest.h>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <set>

#include "agent/core/text.h"
#include "agent/daemon/operations.h"
#include "agent/daemon/problem.h"
#include "agent/daemon/route.h"

using namespace harden;
using namespace harden::daemon;

namespace {

Peer peer(uid_t uid, gid_t gid, std::vector<gid_t> groups = {}) { return {true, uid, gid, 100, std::move(groups)}; }

const AccessLists kLists{{"1001", ":2001"}, {"1002", ":2002"}, "/etc/hardend/hardend.toml"};

// Routes here never come to their operations.
Services no_services() {
  alignas(Operations) static char nothing[sizeof(Operations)] = {};
  return {*reinterpret_cast<Operations*>(nothing), [] { return std::make_shared<const std::string>("m 1\n"); }};
}

void say(Call call, Reply reply) {
  std::string text = call.request.method + " " + call.request.path;
  for (const auto& parameter : call.parameters) text += " <" + parameter + ">";
  reply(daemon::answer(200, text, "text/plain"));
}

const std::vector<Route> kTable{
    {"GET", "/metrics", Role::read, say},
    {"GET", "/v1/findings", Role::read, say},
    {"GET", "/v1/transactions/{id}", Role::read, say},
    {"POST", "/v1/transactions/{id}/undo", Role::apply, say},
    {"GET", "/v1/waivers", Role::read, say},
    {"POST", "/v1/waivers", Role::apply, say},
};

Response asked(const std::string& method, const std::string& path, const Peer& who, const std::string& type = "",
               const std::string& body = "", bool metrics_only = false) {
  Router router(no_services(), Access(kLists), kTable);
  Request request;
  request.method = method;
  request.path = path;
  request.peer = who;
  request.body = body;
  request.metrics_only = metrics_only;
  if (!type.empty()) request.headers["content-type"] = type;
  Response out;
  int answers = 0;
  router(std::move(request), [&](Response response) {
    out = std::move(response);
    ++answers;
  });
  CHECK(answers == 1);
  return out;
}

std::string header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

struct Caller {
  std::string what;
  Peer peer;
  bool may_read;
  bool may_apply;
};

const std::vector<Caller> kCallers{
    {"root", peer(0, 0), true, true},
    {"a reader by uid", peer(1001, 9), true, false},
    {"a reader by gid", peer(5000, 2001), true, false},
    {"a reader by a supplementary group", peer(5000, 9, {7, 2001, 8}), true, false},
    {"an applier by uid", peer(1002, 9), true, true},
    {"an applier by gid", peer(5000, 2002), true, true},
    {"an applier by a supplementary group", peer(5000, 9, {2002}), true, true},
    {"both groups", peer(5000, 9, {2001, 2002}), true, true},
    {"nobody", peer(5000, 5000), false, false},
    {"a uid that is a reader's gid", peer(2001, 9), false, false},
    {"a gid that is a reader's uid", peer(5000, 1001), false, false},
    {"root's group is not root", peer(5000, 0, {0}), false, false},
    {"not known, all zero", Peer{}, false, false},
};

}  // namespace

TEST_CASE("the matrix of callers and roles") {
  const Access access(kLists);
  for (const auto& caller : kCallers) {
    CAPTURE(caller.what);
    CHECK(access.decide(caller.peer, Role::read).allowed == caller.may_read);
    CHECK(access.decide(caller.peer, Role::apply).allowed == caller.may_apply);
    CHECK(access.decide(caller.peer, Role::read).why.empty() == caller.may_read);
  }
}

TEST_CASE("the matrix of callers and routes, the shipped ones too") {
  std::vector<Route> table = kTable;
  for (Route route : routes()) {
    route.run = say;
    table.push_back(route);
  }
  for (const auto& route : table) {
    for (const auto& caller : kCallers) {
      CAPTURE(caller.what);
      CAPTURE(route.pattern);
      Router router(no_services(), Access(kLists), table);
      Request request;
      request.method = std::string(route.method);
      for (const auto part : text::split(route.pattern.substr(1), '/')) {
        request.path += "/" + (part.starts_with('{') ? std::string("7") : std::string(part));
      }
      request.peer = caller.peer;
      int status = 0;
      router(std::move(request), [&](const Response& response) { status = response.status; });
      CHECK(status == ((route.role == Role::read ? caller.may_read : caller.may_apply) ? 200 : 403));
    }
  }
}

TEST_CASE("a refusal says who it was, and what an administrator can do") {
  const auto why = [](const AccessLists& lists, const Peer& who, Role role) {
    return Access(lists).decide(who, role).why;
  };
  CHECK(why({{":2001"}, {}, "/etc/h.toml"}, peer(1000, 9), Role::read) ==
        "the caller (uid 1000) is in neither role: an administrator can add it to [access] read in /etc/h.toml; "
        "group 2001 has it");
  CHECK(why(kLists, peer(1001, 9), Role::apply) ==
        "the caller (uid 1001) may read and not apply: an administrator can add it to [access] apply in "
        "/etc/hardend/hardend.toml; user 1002 and group 2002 have it");
  CHECK(why({}, peer(1000, 9), Role::apply).ends_with("; nobody but root has it"));
  CHECK(why({{"1", "2", ":3"}, {}, "f"}, peer(1000, 9), Role::read).ends_with("; user 1, user 2 and group 3 have it"));
}

TEST_CASE("names are looked up, and told where there are none") {
  const passwd* user = ::getpwuid(1);
  const group* some_group = ::getgrgid(1);
  REQUIRE(user != nullptr);
  const std::string user_name = user->pw_name;
  REQUIRE(some_group != nullptr);
  const std::string group_name = some_group->gr_name;
  const Access access({{user_name, ":" + group_name}, {}, "f"});
  CHECK(access.mistakes().empty());
  CHECK(access.decide(peer(1, 9), Role::read).allowed);
  CHECK(access.decide(peer(9, 1), Role::read).allowed);
  const Access wrong(
      {{"no-such-user", ":no-such-group", "4294967295", "-1", "", ":"}, {"99999999999"}, "hardend.toml"});
  REQUIRE(wrong.mistakes().size() == 7);
  CHECK(wrong.mistakes()[0].file == "hardend.toml");
  CHECK(wrong.mistakes()[0].message == "[access] read: there is no user \"no-such-user\"");
  CHECK(wrong.mistakes()[0].hint == "a group is written with a colon before it: \":no-such-user\"");
  CHECK(wrong.mistakes()[1].message == "[access] read: there is no group \"no-such-group\"");
  CHECK_FALSE(wrong.decide(peer(static_cast<uid_t>(-1), 9), Role::read).allowed);
}

TEST_CASE("routes are found by method and pattern") {
  const Peer root = peer(0, 0);
  CHECK(*asked("GET", "/v1/findings", root).body == "GET /v1/findings");
  CHECK(*asked("GET", "/v1/transactions/12", root).body == "GET /v1/transactions/12 <12>");
  CHECK(*asked("POST", "/v1/transactions/a b/undo", root).body == "POST /v1/transactions/a b/undo <a b>");
  CHECK(*asked("HEAD", "/v1/findings", root).body == "HEAD /v1/findings");
  for (const char* path : {"/", "/v1", "/v1/", "/v1/findings/", "/v1/transactions/", "/v1/transactions//undo",
                           "/V1/findings", "/v1/transactions/1/undo/2", "//v1/findings", ""}) {
    CAPTURE(path);
    CHECK(asked("GET", path, root).status == 404);
  }
  const auto near = asked("GET", "/v1/finding", root);
  CHECK(near.status == 404);
  CHECK(near.body->find("did you mean /v1/findings?") != std::string::npos);
}

TEST_CASE("methods that a path does not take") {
  const Peer root = peer(0, 0);
  const auto wrong = asked("DELETE", "/v1/waivers", root);
  CHECK(wrong.status == 405);
  CHECK(header(wrong, "Allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(header(wrong, "Content-Type") == "application/problem+json");
  CHECK(header(asked("GET", "/v1/transactions/1/undo", root), "Allow") == "POST, OPTIONS");
  CHECK(asked("HEAD", "/v1/transactions/1/undo", root).status == 405);
  const auto options = asked("OPTIONS", "/v1/findings", root);
  CHECK(options.status == 204);
  CHECK(header(options, "Allow") == "GET, HEAD, OPTIONS");
  CHECK(asked("OPTIONS", "*", root).status == 204);
  CHECK(asked("OPTIONS", "/nothing", root).status == 404);
}

TEST_CASE("a body that is not JSON") {
  const Peer root = peer(0, 0);
  const std::string path = "/v1/waivers";
  CHECK(asked("POST", path, root, "application/x-www-form-urlencoded", "{}").status == 415);
  CHECK(asked("POST", path, root, "text/json", "{}").status == 415);
  CHECK(asked("POST", path, root, "application/json", "{}").status == 200);
  CHECK(asked("POST", path, root, "Application/JSON; charset=utf-8", "{}").status == 200);
  CHECK(asked("POST", path, root, "", "{}").status == 200);
  CHECK(asked("POST", path, root, "text/plain", "").status == 200);
}

TEST_CASE("the metrics' listener has nothing else, and asks nobody who they are") {
  CHECK(asked("GET", "/metrics", {}, "", "", true).status == 200);
  CHECK(asked("HEAD", "/metrics", {}, "", "", true).status == 200);
  CHECK(asked("POST", "/metrics", {}, "", "", true).status == 405);
  CHECK(asked("GET", "/v1/findings", {}, "", "", true).status == 404);
  CHECK(asked("POST", "/v1/waivers", {}, "", "{}", true).status == 404);
  CHECK(asked("GET", "/metrics", {}).status == 403);
}

TEST_CASE("access can be exchanged") {
  Router router(no_services(), Access({}), kTable);
  const auto status = [&] {
    Request request;
    request.method = "GET";
    request.path = "/v1/findings";
    request.peer = peer(1001, 9);
    int out = 0;
    router(std::move(request), [&](const Response& response) { out = response.status; });
    return out;
  };
  CHECK(status() == 403);
  router.set_access(Access(kLists));
  CHECK(status() == 200);
}

TEST_CASE("a problem is RFC 9457's, whatever is in it") {
  const auto response = problem(409, "a \"quote\" and \x1b[31m\xff", "look again", "\"plan\":{}");
  CHECK(response.status == 409);
  CHECK(*response.body ==
        R"({"type":"about:blank","title":"Conflict","status":409,"detail":"a \"quote\" and \\x1b[31m\\xff",)"
        R"("hint":"look again","plan":{}})"
        "\n");
  CHECK(problem(403, "no", "").body->find("hint") == std::string::npos);
  for (const int status :
       {200, 204, 304, 400, 403, 404, 405, 408, 409, 411, 413, 414, 415, 417, 429, 431, 500, 501, 503, 505}) {
    CHECK_FALSE(reason_of(status).empty());
  }
  CHECK(reason_of(299).empty());
}

TEST_CASE("registered routes are sorted, and no two the same") {
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& route : routes()) {
    CAPTURE(route.pattern);
    CHECK((route.run != nullptr));
    CHECK(route.pattern.starts_with('/'));
    CHECK((route.method == "GET" || route.method == "POST" || route.method == "DELETE"));
    CHECK(seen.emplace(route.pattern, route.method).second);
    // What changes something is never to be had by reading alone.
    if (route.method == "DELETE") CHECK(route.role == Role::apply);
  }
}
