// SPDX-License-Identifier: Apache-2.0
//
// The routes over a daemon that does nothing: who asks what, what reaches the
// daemon, and what comes back. tests/api/contract.py asks all of them over HTTP.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "agent/core/text.h"
#include "agent/daemon/answering.h"
#include "tests/support/fake_operations.h"
#include "tests/support/sample.h"
#include "tests/support/sample_transaction.h"
#include "tests/support/source_dir.h"

using namespace harden;
using namespace harden::daemon;

namespace {

constexpr uid_t kReader = 54'321;

class Api {
 public:
  Api() {
    operations.host = tree_host(test::source_dir().string() + "/tests/hosts/centos-7.5-docker").value();
    auto set = load_policies(*live_host(), test::source_dir().string() + "/policies");
    std::erase_if(set.policies,
                  [](const Policy& one) { return one.id != "CVE-2019-11477" && one.id != "ip6mr-sk-done"; });
    snapshot = test::snapshot_of(operations.host, std::move(set.policies));
    operations.now = snapshot;
    operations.outcome = Outcome{3, TransactionState::confirmed, "", {}};
  }

  Response ask(const std::string& method, const std::string& target, const std::string& body = "", uid_t uid = 0) {
    Request request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (request.path != target) {
      for (const auto part : text::split(std::string_view(target).substr(request.path.size() + 1), '&')) {
        const auto equals = part.find('=');
        request.query.emplace(part.substr(0, equals), part.substr(equals + 1));
      }
    }
    request.headers = fields;
    request.body = body;
    request.peer.known = true;
    request.peer.uid = request.peer.gid = uid;
    int answers = 0;
    Response response;
    router(std::move(request), [&](Response given) {
      response = std::move(given);
      ++answers;
    });
    CHECK(answers == 1);
    return response;
  }

  test::FakeOperations operations;
  std::shared_ptr<Snapshot> snapshot;
  std::map<std::string, std::string, std::less<>> fields;
  Router router{Services{operations, [] { return std::make_shared<const std::string>("up 1\n"); }},
                Access({{std::to_string(kReader)}, {}, "x"})};
};

std::string field(const Response& response, std::string_view name) {
  const auto found = std::ranges::find(response.headers, name, &Headers::value_type::first);
  return found == response.headers.end() ? "" : found->second;
}

bool says(const Response& response, std::string_view part) {
  return response.body != nullptr && response.body->find(part) != std::string::npos;
}

// A stream that keeps what it was sent.
class Kept final : public Stream {
 public:
  bool send(std::string text) override {
    if (!open) return false;
    all += text;
    taken += takes ? text.size() : 0;
    return true;
  }
  std::size_t waiting() const override { return all.size() - taken; }
  void when_drained(std::function<void()> call) override { drained = std::move(call); }
  void close() override { open = false; }
  // The client takes what waits for it.
  void take() {
    taken = all.size();
    if (drained) std::exchange(drained, nullptr)();
  }

  std::string all;
  std::size_t taken = 0;
  std::function<void()> drained;
  bool open = true;
  bool takes = true;  // at once
};

std::string digest_in(const Response& response) {
  const auto at = response.body->find("\"digest\": \"");
  REQUIRE(at != std::string::npos);
  return response.body->substr(at + 11, 64);
}

}  // namespace

TEST_CASE("an answer is made once for a snapshot, and shared") {
  Api api;
  const Response first = api.ask("GET", "/v1/findings");
  const Response second = api.ask("GET", "/v1/findings");
  CHECK(first.status == 200);
  CHECK(first.body == second.body);  // the same, not only equal
  CHECK(field(first, "ETag") == "\"1800000000000-1\"");
  CHECK(field(first, "Hardend-Exit-Status") == "2");
  CHECK(api.ask("GET", "/v1/findings?format=text").body != first.body);
  api.operations.now = std::make_shared<Snapshot>(*api.snapshot);
  const Response other = api.ask("GET", "/v1/findings");
  CHECK(other.body != first.body);
  CHECK(*other.body == *first.body);
}

TEST_CASE("a tag that is known is answered with 304") {
  Api api;
  for (const char* tags : {"\"1800000000000-1\"", "W/\"1800000000000-1\"", "\"x\", \"1800000000000-1\"", "*"}) {
    api.fields["if-none-match"] = tags;
    const Response response = api.ask("GET", "/v1/findings");
    CHECK(response.status == 304);
    CHECK(response.body == nullptr);
    CHECK(field(response, "ETag") == "\"1800000000000-1\"");
  }
  for (const char* tags : {"", "\"1800000000000-2\"", "1800000000000-1", "\"1800000000000-11\""}) {
    api.fields["if-none-match"] = tags;
    CHECK(api.ask("GET", "/v1/findings").status == 200);
  }
}

TEST_CASE("however many queries there are, little is kept") {
  Api api;
  const Response first = api.ask("GET", "/v1/findings");
  for (int width = 20; width < 1000; ++width) {
    REQUIRE(api.ask("GET", "/v1/host?width=" + std::to_string(width)).status == 200);
  }
  const Response again = api.ask("GET", "/v1/findings");
  CHECK(*again.body == *first.body);
  CHECK(again.body != first.body);
  AnswerCache cache;
  cache.find(api.snapshot, "");
  cache.keep("large", {200, {}, std::make_shared<const std::string>(AnswerCache::kMostBytes + 1, 'x'), nullptr});
  CHECK(cache.find(api.snapshot, "large") == nullptr);
  cache.keep("small", {200, {}, std::make_shared<const std::string>("x"), nullptr});
  CHECK(cache.find(api.snapshot, "small") != nullptr);
  CHECK(cache.find(nullptr, "small") == nullptr);
}

TEST_CASE("before the first snapshot all but health is 503") {
  Api api;
  api.operations.now = nullptr;
  CHECK(says(api.ask("GET", "/v1/health"), "\"starting\""));
  for (const char* path :
       {"/v1/findings", "/v1/facts", "/v1/host", "/v1/policies", "/v1/waivers", "/v1/crashes", "/v1/drift"}) {
    const Response response = api.ask("GET", path);
    CHECK(response.status == 503);
    CHECK(field(response, "Retry-After") == "1");
  }
  CHECK(api.ask("POST", "/v1/plan").status == 503);
  CHECK(api.ask("POST", "/v1/transactions/last/undo").status == 503);
  CHECK(api.ask("POST", "/v1/apply", R"({"digest": "x"})").status == 503);
  CHECK(api.operations.asked.empty());
}

TEST_CASE("warnings are a field each, escaped and bounded") {
  Api api;
  Transaction stuck = test::sample_transaction();
  stuck.state = TransactionState::stuck;
  stuck.note = "two\nlines \x1b[2J and " + std::string(3000, 'x');
  auto snapshot = std::make_shared<Snapshot>(*api.snapshot);
  snapshot->standing = std::vector<Transaction>(30, stuck);
  snapshot->policy_mistakes = {{"/p/bad.toml", {3, 4}, "is wrong", ""}};
  snapshot->store_trouble = "the store is damaged";
  api.operations.now = snapshot;
  const Response response = api.ask("GET", "/v1/findings");
  std::vector<std::string> warnings;
  for (const auto& [name, value] : response.headers) {
    if (name == "Hardend-Warning") warnings.push_back(value);
  }
  REQUIRE(warnings.size() == 21);
  CHECK(warnings[0] == "/p/bad.toml:3:4: is wrong");
  CHECK(warnings[1].ends_with("the store is damaged"));
  CHECK(warnings.back() == "and 42 more warnings");
  for (const std::string& warning : warnings) {
    CHECK(warning.size() <= 1003);
    CHECK(warning.find_first_of("\x1b\n\r") == std::string::npos);
  }
  CHECK(api.ask("GET", "/v1/drift").status == 500);
  CHECK(api.ask("GET", "/v1/waivers").status == 500);
}

TEST_CASE("a reader reads, and changes nothing") {
  Api api;
  for (const char* path : {"/v1/health", "/v1/findings", "/v1/transactions", "/metrics", "/v1/openapi.json"}) {
    CHECK(api.ask("GET", path, "", kReader).status == 200);
    CHECK(api.ask("GET", path, "", kReader + 1).status == 403);
  }
  CHECK(api.ask("POST", "/v1/plan", "", kReader).status == 200);
  CHECK(api.ask("POST", "/v1/evaluate", "", kReader).status == 200);
  api.operations.asked.clear();
  for (const Route& route : routes()) {
    if (route.role != Role::apply) continue;
    std::string path(route.pattern);
    if (const auto open = path.find('{'); open != std::string::npos) path.replace(open, path.find('}') + 1 - open, "3");
    CAPTURE(path);
    CHECK(api.ask(std::string(route.method), path, "{}", kReader).status == 403);
  }
  CHECK(api.operations.asked.empty());
}

TEST_CASE("what reaches the daemon, and by whom") {
  Api api;
  struct Row {
    const char* method;
    const char* target;
    const char* body;
    const char* asked;
  };
  const Row rows[] = {
      {"POST", "/v1/transactions/3/confirm", "", "confirm 3 by 0"},
      {"POST", "/v1/transactions/3/undo", "{}", "undo 3 by 0"},
      {"POST", "/v1/transactions/3/undo", R"({"force": true})", "force undo 3 by 0"},
      {"POST", "/v1/transactions/3/resolve", R"({"note": "seen"})", "resolve 3 (seen) by 0"},
      {"POST", "/v1/waivers", R"({"policy": "ip6mr-sk-done", "reason": "r", "for": "1d"})", "waive ip6mr-sk-done by 0"},
      {"DELETE", "/v1/waivers/ip6mr-sk-done", "", "unwaive ip6mr-sk-done by 0"},
      {"POST", "/v1/crashes/0123456789abcdef/acknowledge", "{}", "acknowledge 0123456789abcdef by 0"},
      {"GET", "/v1/transactions", "", "history 50"},
      {"GET", "/v1/transactions?most=7", "", "history 7"},
      {"POST", "/v1/evaluate", "", "evaluate"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    api.operations.asked.clear();
    const int status = api.ask(row.method, row.target, row.body).status;
    CHECK((status == 200 || status == 201));
    REQUIRE(api.operations.asked.size() == 1);
    CHECK(api.operations.asked.front() == row.asked);
  }
}

TEST_CASE("requests that reach nobody") {
  Api api;
  struct Row {
    const char* method;
    const char* target;
    const char* body;
    int status;
  };
  const Row rows[] = {
      {"POST", "/v1/transactions/0/confirm", "", 404},
      {"POST", "/v1/transactions/99999999999999999999/undo", "", 404},
      {"POST", "/v1/transactions/last/confirm", "", 404},
      {"POST", "/v1/transactions/last/undo", "", 404},
      {"POST", "/v1/transactions/3/undo", R"({"force": 1})", 422},
      {"POST", "/v1/transactions/3/undo?format=sarif", "", 400},
      {"POST", "/v1/transactions/3/resolve", "", 422},
      {"POST", "/v1/waivers", R"({"policy": "ip6mr-sk-don", "reason": "r", "for": "1d"})", 404},
      {"POST", "/v1/apply", "{}", 422},
      {"POST", "/v1/apply", R"({"digest": "x", "policies": ["nothing"]})", 404},
      {"POST", "/v1/apply", R"({"digest": "x", "dry_run": true})", 422},
      {"POST", "/v1/plan", R"({"polices": []})", 422},
      {"GET", "/v1/transactions?most=many", "", 400},
      {"GET", "/v1/events?after=-1", "", 400},
      {"DELETE", "/v1/waivers/x", R"({"why": 1})", 422},
      {"POST", "/v1/crashes/0123456789abcdef/acknowledge", R"({"why": 1})", 422},
      {"POST", "/v1/crashes/0123456789abcdef/acknowledge?format=html", "", 400},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    CAPTURE(row.body);
    const Response response = api.ask(row.method, row.target, row.body);
    CHECK(response.status == row.status);
    CHECK(field(response, "Content-Type") == "application/problem+json");
    CHECK_FALSE(field(response, "Hardend-Exit-Status").empty());
  }
  CHECK(api.operations.asked.empty());
}

TEST_CASE("apply takes the digest of the plan as it is") {
  Api api;
  const std::string policies = R"("policies": ["CVE-2019-11477"])";
  const std::string digest = digest_in(api.ask("POST", "/v1/plan", "{" + policies + "}"));
  const std::string order = "{" + policies + ", \"digest\": \"" + digest + "\"";
  const Response consent = api.ask("POST", "/v1/apply", order + "}");
  CHECK(consent.status == 422);
  CHECK(says(consent, "has a price on this host"));
  const Response done = api.ask("POST", "/v1/apply", order + ", \"accept_impact\": true, \"confirm_within\": 60}");
  CHECK(done.status == 200);
  CHECK(field(done, "Hardend-Exit-Status") == "0");
  CHECK(api.operations.order.confirm_within == 60);
  CHECK(api.operations.order.accept_impact);
  const Response gone = api.ask("POST", "/v1/apply", "{" + policies + R"(, "digest": "old"})");
  CHECK(gone.status == 409);
  CHECK(says(gone, "\"digest\":\"" + digest + "\""));
  CHECK(says(gone, "\"code\":\"refused\""));
}

TEST_CASE("a remedy that is named brings its policy along") {
  Api api;
  const std::string remedies = R"("remedies": {"ip6mr-sk-done": "disable-ipv6-addresses"})";
  const Response plan = api.ask("POST", "/v1/plan", "{" + remedies + "}");
  CHECK(says(plan, "disable-ipv6-addresses"));
  CHECK_FALSE(says(plan, "CVE-2019-11477"));
  const Response dry = api.ask("POST", "/v1/plan", "{" + remedies + R"(, "dry_run": true, "digest": "old"})");
  CHECK(dry.status == 200);
  CHECK(field(dry, "Hardend-Exit-Status") == "1");
  CHECK(field(dry, "Hardend-Warning").starts_with("it would not be applied so: the host has moved on"));
}

TEST_CASE("errors of the daemon have their statuses") {
  Api api;
  const std::pair<Errc, int> rows[] = {{Errc::absent, 404},    {Errc::denied, 500},      {Errc::timeout, 503},
                                       {Errc::malformed, 500}, {Errc::too_large, 422},   {Errc::unavailable, 503},
                                       {Errc::invalid, 409},   {Errc::unsupported, 404}, {Errc::failed, 500}};
  for (const auto& [code, status] : rows) {
    api.operations.outcome = fail(code, "that is why", "/place");
    const Response response = api.ask("POST", "/v1/transactions/3/confirm");
    CHECK(response.status == status);
    CHECK(says(response, "/place: that is why"));
    CHECK(says(response, "\"code\":\"" + std::string(to_string(code)) + "\""));
    CHECK(field(response, "Hardend-Exit-Status") == (code == Errc::denied ? "77" : "1"));
  }
}

TEST_CASE("the newest transaction that stands is the last") {
  Api api;
  auto snapshot = std::make_shared<Snapshot>(*api.snapshot);
  snapshot->standing = {test::sample_transaction(), test::sample_transaction()};
  snapshot->standing[0].id = 4;
  snapshot->standing[1].id = 9;
  api.operations.now = snapshot;
  CHECK(api.ask("POST", "/v1/transactions/last/undo").status == 200);
  CHECK(api.operations.asked == std::vector<std::string>{"undo 9 by 0"});
}

TEST_CASE("facts are parted at commas, but not within quotes") {
  CHECK(list_of("").empty());
  CHECK(list_of("a,b") == std::vector<std::string>{"a", "b"});
  CHECK(list_of(",a,,b,") == std::vector<std::string>{"a", "b"});
  CHECK(list_of("module[\"a,b\"],c") == std::vector<std::string>{"module[\"a,b\"]", "c"});
  Api api;
  const Response facts = api.ask("GET", "/v1/facts?name=kernel.release,cpu.possible&format=text");
  CHECK(says(facts, "kernel.release"));
  CHECK(says(facts, "cpu.possible"));
  CHECK_FALSE(says(facts, "os.pretty_name"));
}

TEST_CASE("facts that no policy looks at are read when they are asked for") {
  Api api;
  const Response known = api.ask("GET", "/v1/facts?name=kernel.release");
  CHECK_FALSE(field(known, "ETag").empty());
  CHECK(api.operations.asked.empty());
  const Response read = api.ask("GET", "/v1/facts?name=kernel.release,sysctl");
  CHECK(read.status == 200);
  CHECK(says(read, "net.ipv4.tcp_sack"));
  CHECK(says(read, "3.10.0-862"));
  // It is of no snapshot, so nobody may take it for the next one's.
  CHECK(field(read, "ETag").empty());
  CHECK(api.operations.asked == std::vector<std::string>{"facts"});
  CHECK(api.ask("GET", "/v1/facts?name=os.prety_name").status == 404);
}

TEST_CASE("events that are kept come first, then those that happen") {
  Api api;
  for (std::uint64_t id = 1; id <= 3; ++id) api.operations.publish({id, 1'800'000'000'500, "drift", "{\"n\":1}"});
  const auto follow = [&](const std::string& target) {
    const Response response = api.ask("GET", target);
    REQUIRE(response.stream);
    auto stream = std::make_shared<Kept>();
    response.stream(stream);
    return stream;
  };
  const auto all = follow("/v1/events?after=0");
  const auto later = follow("/v1/events?after=2");
  const auto live = follow("/v1/events");
  api.fields["last-event-id"] = "3";
  const auto resumed = follow("/v1/events?after=0");
  const std::string third =
      "id: 3\nevent: drift\ndata: "
      "{\"id\":3,\"time\":\"2027-01-15T08:00:00Z\",\"type\":\"drift\",\"data\":{\"n\":1}}\n\n";
  CHECK(all->all.ends_with(third));
  CHECK(later->all == third);
  CHECK(live->all.empty());
  CHECK(resumed->all.empty());
  api.operations.publish({4, 0, "crash", "{}"});
  for (const auto& one : {all, later, live, resumed})
    CHECK(one->all.find("id: 4\nevent: crash\n") != std::string::npos);
  live->close();
  api.operations.publish({5, 0, "odd\ntype", "{\"a\":\n1}"});
  CHECK(api.operations.listeners.size() == 3);
  CHECK(all->all.ends_with(
      "id: 5\nevent: odd\\ntype\ndata: "
      "{\"id\":5,\"time\":\"1970-01-01T00:00:00Z\",\"type\":\"odd\\\\ntype\",\"data\":{\"a\":1}}\n\n"));
}

TEST_CASE("who comes from another life of the host hears everything of this one") {
  Api api;
  api.operations.publish({1, 0, "drift", "{}"});
  const Response response = api.ask("GET", "/v1/events?after=5");
  auto stream = std::make_shared<Kept>();
  response.stream(stream);
  CHECK(stream->all.starts_with("id: 1\n"));
  api.operations.publish({2, 0, "drift", "{}"});
  CHECK(stream->all.find("id: 2\n") != std::string::npos);
}

TEST_CASE("a client is sent what is kept as fast as it takes it, and each event once") {
  Api api;
  const std::string data = "{\"text\":\"" + std::string(1000, 'x') + "\"}";
  std::uint64_t id = 0;
  const auto happen = [&](int times) {
    for (int i = 0; i < times; ++i) api.operations.publish({++id, 0, "drift", data});
  };
  happen(2000);
  auto stream = std::make_shared<Kept>();
  stream->takes = false;
  api.ask("GET", "/v1/events?after=0").stream(stream);
  std::size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    most = std::max(most, stream->waiting());
    if (i % 10 == 0) happen(1);  // meanwhile
    stream->take();
  }
  happen(1);
  CHECK(most < 80'000);
  // Now it is told at once, until it falls behind again.
  CHECK(stream->all.ends_with(data + "}\n\n"));
  happen(1000);
  CHECK(stream->waiting() < 80'000);
  for (int i = 0; i < 100; ++i) stream->take();
  std::uint64_t next = 1;
  for (std::size_t at = stream->all.find("id: "); at != std::string::npos; at = stream->all.find("id: ", at + 1)) {
    REQUIRE(std::stoull(stream->all.substr(at + 4, 8)) == next++);
  }
  CHECK(next == id + 1);
  // One that goes while it is behind is not told any more.
  stream->takes = false;
  happen(100);
  stream->close();
  happen(1);
  CHECK(api.operations.listeners.empty());
}
