// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <thread>

#include "agent/collect/registry.h"
#include "tests/support/fault_host.h"
#include "tests/support/memory_host.h"

using namespace harden;
using namespace harden::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatient = 60s;

void read_a(const Host& host, const Wanted&, FactSink& sink) { sink.set("a.text", host.read("/a"), "/a"); }
void read_b(const Host& host, const Wanted&, FactSink& sink) { sink.set("b.text", host.read("/b"), "/b"); }
void say_nothing(const Host&, const Wanted&, FactSink&) {}

Collector make(std::string name, std::vector<std::string> facts, decltype(Collector::collect) function) {
  Collector collector{std::move(name), {}, function};
  for (std::string& fact : facts) collector.facts.push_back({std::move(fact), Type::Kind::string, "", "A fact"});
  return collector;
}

std::shared_ptr<const Host> two_files() {
  return std::make_shared<MemoryHost>(
      std::initializer_list<std::pair<std::string, std::string>>{{"/a", "A"}, {"/b", "B"}});
}

Wanted only(std::initializer_list<std::string_view> facts) {
  Wanted wanted;
  for (const auto fact : facts) wanted.add(fact);
  return wanted;
}

std::atomic<bool> slow_has_begun = false;

void begin_slowly(const Host&, const Wanted&, FactSink&) {
  slow_has_begun = true;
  slow_has_begun.notify_all();
}

void wait_for_the_slow(const Host&, const Wanted&, FactSink&) { slow_has_begun.wait(false); }

Errc code_of(const Facts& facts, std::string_view fact) {
  REQUIRE(facts.value(fact) != nullptr);
  REQUIRE(facts.value(fact)->is(Value::Kind::unknown));
  return facts.value(fact)->missing().front().error.code;
}

}  // namespace

TEST_CASE("collectors are told of by their names and their facts are kept with their sources") {
  const Facts facts = probe::run({make("a", {"a.text"}, read_a), make("b", {"b.text"}, read_b)}, two_files(),
                                 Wanted::everything(), kPatient);
  CHECK(*facts.value("a.text") == Value("A"));
  CHECK(facts.source("b.text") == "/b");
  REQUIRE(facts.runs().size() == 2);
  CHECK(facts.runs()[0].collector == "a");
  CHECK_FALSE(facts.runs()[0].timed_out);
}

TEST_CASE("a slow collector is begun first and reported in its place") {
  std::vector<Collector> collectors;
  for (char name = 'a'; name <= 'z'; ++name) {
    collectors.push_back(
        make({name}, {std::string(1, name) + ".text"}, name == 'z' ? begin_slowly : wait_for_the_slow));
  }
  collectors.back().slow = true;
  const Facts facts = probe::run(collectors, std::make_shared<MemoryHost>(), Wanted::everything(), 5s);
  REQUIRE(facts.runs().size() == collectors.size());
  CHECK(std::ranges::none_of(facts.runs(), &CollectorRun::timed_out));
  CHECK(facts.runs().back().collector == "z");
}

TEST_CASE("a collector of which nothing is wanted is not run") {
  const auto host = std::make_shared<MemoryHost>();
  const Facts facts =
      probe::run({make("a", {"a.text"}, read_a), make("b", {"b.text"}, read_b)}, host, only({"b.text"}), kPatient);
  CHECK(facts.find("a.text") == nullptr);
  CHECK(host->asked() == std::vector<std::string>{"read /b"});
}

TEST_CASE("wanting one entry of a map runs its collector") {
  Wanted wanted;
  wanted.add("a.text", "key");
  CHECK(probe::run({make("a", {"a.text"}, read_a)}, two_files(), wanted, kPatient).find("a.text") != nullptr);
}

TEST_CASE("an error is kept as the fact's value, with its place as the source") {
  const Facts facts =
      probe::run({make("a", {"a.text"}, read_a)}, std::make_shared<MemoryHost>(), only({"a.text"}), kPatient);
  CHECK(code_of(facts, "a.text") == Errc::absent);
  CHECK(facts.source("a.text") == "/a");
  CHECK(facts.value("a.text")->missing().front().fact == "a.text");
}

TEST_CASE("a wanted fact that a collector says nothing about is unknown, not missing") {
  const Facts facts =
      probe::run({make("quiet", {"q.one", "q.two"}, say_nothing)}, two_files(), only({"q.two"}), kPatient);
  CHECK(code_of(facts, "q.two") == Errc::failed);
  CHECK(facts.find("q.one") == nullptr);
}

TEST_CASE("facts that were not declared or are not wanted are dropped") {
  const auto talkative = +[](const Host&, const Wanted&, FactSink& sink) {
    sink.set("t.mine", 1, "x");
    sink.set("t.mine", 2, "y");
    sink.set("t.other", 3, "x");
    sink.set("b.text", "stolen", "x");
  };
  const Facts facts =
      probe::run({make("t", {"t.mine", "t.other"}, talkative)}, two_files(), only({"t.mine", "b.text"}), kPatient);
  CHECK(*facts.value("t.mine") == Value(2));
  CHECK(facts.all().size() == 1);
}

TEST_CASE("what a collector throws becomes the reason of what it had still to say") {
  const auto thrower = +[](const Host&, const Wanted&, FactSink& sink) {
    sink.set("t.first", "said", "x");
    throw std::bad_alloc();
  };
  const auto odd = +[](const Host&, const Wanted&, FactSink&) { throw 7; };
  const Facts facts = probe::run({make("odd", {"o.fact"}, odd), make("t", {"t.first", "t.second"}, thrower)},
                                 two_files(), Wanted::everything(), kPatient);
  CHECK(*facts.value("t.first") == Value("said"));
  CHECK(code_of(facts, "t.second") == Errc::failed);
  CHECK(facts.value("t.second")->missing().front().error.message.find("bad_alloc") != std::string::npos);
  CHECK(code_of(facts, "o.fact") == Errc::failed);
}

TEST_CASE("a stuck collector is left behind and the others are heard") {
  const auto host = std::make_shared<FaultHost>(two_files());
  host->block("/a");
  const Facts facts =
      probe::run({make("a", {"a.text"}, read_a), make("b", {"b.text"}, read_b)}, host, Wanted::everything(), 20ms);
  CHECK(code_of(facts, "a.text") == Errc::timeout);
  CHECK(facts.runs()[0].timed_out);
  CHECK(facts.runs()[0].duration >= 20ms);
  CHECK(*facts.value("b.text") == Value("B"));
  CHECK_FALSE(facts.runs()[1].timed_out);
  host->release();
}

TEST_CASE("what a worker that was left behind finds later changes nothing, and it lets go of the host") {
  auto host = std::make_shared<FaultHost>(two_files());
  host->block("/a");
  const Facts facts = probe::run({make("a", {"a.text"}, read_a)}, host, Wanted::everything(), 1ms);
  CHECK(code_of(facts, "a.text") == Errc::timeout);
  const std::weak_ptr<FaultHost> watched = host;
  host->release();
  host.reset();
  while (!watched.expired()) std::this_thread::yield();
  CHECK(code_of(facts, "a.text") == Errc::timeout);
}

TEST_CASE("every collector stuck: each is given up on its own") {
  const auto host = std::make_shared<FaultHost>(two_files());
  host->block("*");
  const Facts facts =
      probe::run({make("a", {"a.text"}, read_a), make("b", {"b.text"}, read_b)}, host, Wanted::everything(), 5ms);
  CHECK(code_of(facts, "a.text") == Errc::timeout);
  CHECK(code_of(facts, "b.text") == Errc::timeout);
  host->release();
}

TEST_CASE("nothing to do is no error") {
  CHECK(probe::run({}, two_files(), Wanted::everything(), kPatient).all().empty());
  CHECK(probe::run({make("a", {"a.text"}, read_a)}, two_files(), Wanted{}, kPatient).runs().empty());
}

TEST_CASE("a registry keeps collectors and facts by name and refuses a fact declared twice") {
  probe::Registry registry;
  CHECK(registry.add(make("z", {"z.one", "a.two"}, read_a)));
  CHECK(registry.add(make("b", {"m.three"}, read_b)));
  const auto twice = registry.add(make("c", {"c.new", "z.one"}, read_b));
  REQUIRE_FALSE(twice);
  CHECK(describe(twice.error()) == "c: declares the fact z.one, which is declared already");
  CHECK_FALSE(registry.add(make("d", {"d.x", "d.x"}, read_b)));
  CHECK_FALSE(registry.add(make("e", {"e.x"}, nullptr)));
  REQUIRE(registry.collectors().size() == 2);
  CHECK(registry.collectors()[0].name == "b");
  std::vector<std::string> names;
  for (const FactDecl& fact : registry.facts()) names.push_back(fact.name);
  CHECK(names == std::vector<std::string>{"a.two", "m.three", "z.one"});
}

TEST_CASE("the program's own registry is whole: sorted, documented, one place for each fact") {
  const auto& facts = fact_declarations();
  CHECK(std::ranges::is_sorted(facts, {}, &FactDecl::name));
  CHECK(std::ranges::is_sorted(collectors(), {}, &Collector::name));
  std::size_t declared = 0;
  for (const Collector& collector : collectors()) declared += collector.facts.size();
  CHECK(declared == facts.size());
  for (const FactDecl& fact : facts) {
    CAPTURE(fact.name);
    CHECK(fact.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._") == std::string::npos);
    CHECK(fact.doc.size() > 10);
    CHECK(fact.doc.find('\n') == std::string::npos);
  }
}

TEST_CASE("what is wanted") {
  Wanted wanted;
  CHECK_FALSE(wanted.has("sysctl"));
  wanted.add("sysctl", "a.b");
  wanted.add("sysctl", "c.d");
  wanted.add("module");
  CHECK(wanted.has("sysctl"));
  CHECK_FALSE(wanted.all_of("sysctl"));
  CHECK(wanted.keys_of("sysctl") == std::set<std::string, std::less<>>{"a.b", "c.d"});
  CHECK(wanted.all_of("module"));
  CHECK(wanted.keys_of("module").empty());
  CHECK(Wanted::everything().has("anything"));
  CHECK(Wanted::everything().all_of("anything"));
}
