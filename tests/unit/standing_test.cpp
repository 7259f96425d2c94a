// SPDX-License-Identifier: Apache-2.0
//
// Judging a part again gives what judging everything would: random changes on
// the machines of tests/hosts, with the shipped policies and made-up ones.
#include "agent/engine/standing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "agent/report/report.h"
#include "agent/report/terminal.h"
#include "harden/host.h"
#include "tests/support/sample.h"
#include "tests/support/source_dir.h"
#include "tests/support/synthetic_policy.h"

using namespace harden;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;
using Random = std::minstd_rand;

std::size_t below(Random& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

std::shared_ptr<const std::vector<Policy>> many_policies() {
  static const auto made = [] {
    auto policies = load_policies(*live_host(), (test::source_dir() / "policies").string()).policies;
    for (int i = 0; i < 30; ++i) {
      policies.push_back(policy_from(synthetic_policy(i), "bench-" + std::to_string(i) + ".toml"));
    }
    return std::make_shared<const std::vector<Policy>>(std::move(policies));
  }();
  return made;
}

const std::vector<Facts>& machines() {
  static const std::vector<Facts> read = [] {
    std::vector<Facts> facts;
    for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / "tests/hosts")) {
      if (!entry.is_directory()) continue;
      const auto host = tree_host(entry.path().string());
      REQUIRE(host.has_value());
      facts.push_back(collect(*host, wanted_by(*many_policies())));
    }
    return facts;
  }();
  return read;
}

// What a collector would state of `world` where this is wanted.
Facts look(const Facts& world, const Wanted& wanted) {
  Facts seen;
  for (const auto& [name, fact] : world.all()) {
    if (!wanted.has(name)) continue;
    if (wanted.all_of(name) || !fact.value.is(Value::Kind::map)) {
      seen.set(fact);
      continue;
    }
    Fact part{name, {}, fact.source, {}};
    std::vector<Map::Entry> entries;
    for (const Map::Entry& entry : fact.value.map().entries()) {
      const bool asked = std::ranges::any_of(
          wanted.keys_of(name), [&](const std::string& key) { return key_matches(key, entry.first.string()); });
      if (!asked) continue;
      entries.push_back(entry);
      part.entry_sources[entry.first.string()] = fact.source_of(entry.first.string());
    }
    part.value = Map(std::move(entries));
    seen.set(std::move(part));
  }
  return seen;
}

Value some_value(Random& random) {
  switch (below(random, 5)) {
    case 0: return 0;
    case 1: return static_cast<std::int64_t>(below(random, 100));
    case 2: return "text";
    case 3: return unreadable("a");
    default: return true;
  }
}

// An entry that comes, goes or becomes another.
void change_entry(Facts& world, const Fact& fact, const Dependents& dependents, Random& random, Changed& changed) {
  std::vector<std::string> keys = dependents.use_of(fact.name).keys;
  for (const auto& [key, value] : fact.value.map().entries()) keys.push_back(key.string());
  if (keys.empty()) return;
  std::string key = keys[below(random, keys.size())];
  if (fact.name == "module") std::ranges::replace(key, '-', '_');
  Fact next = fact;
  std::vector<Map::Entry> entries;
  for (const Map::Entry& entry : fact.value.map().entries()) {
    if (!key_matches(key, entry.first.string())) entries.push_back(entry);
  }
  next.entry_sources.erase(key);
  if (below(random, 4) != 0 && !key.contains('*')) {
    entries.emplace_back(key, fact.name == "module"
                                  ? module_state(below(random, 2) == 0, false, true, below(random, 2) == 0)
                                  : some_value(random));
    next.entry_sources[key] = "/changed/" + key;
  }
  next.value = Map(std::move(entries));
  world.set(std::move(next));
  changed.facts.insert({fact.name, key});
}

void change_something(Facts& world, const Dependents& dependents, Random& random, Changed& changed) {
  auto at = world.all().begin();
  std::advance(at, static_cast<std::ptrdiff_t>(below(random, world.all().size())));
  const Fact fact = at->second;
  if (fact.value.is(Value::Kind::map) && below(random, 10) != 0) {
    return change_entry(world, fact, dependents, random, changed);
  }
  const Fact* other = machines()[below(random, machines().size())].find(fact.name);
  if (other != nullptr && below(random, 5) != 0) {
    world.set(*other);
  } else {
    world.set({fact.name, unreadable(fact.name), "/gone", {}});
  }
  changed.facts.insert({fact.name, {}});
}

std::string shown(const CheckReport& report) {
  const auto found = std::ranges::find(check_formats(), std::string("json"), &CheckFormat::name);
  REQUIRE(found != check_formats().end());
  return found->render(report, {});
}

std::vector<Waiver> some_waivers() {
  return {{"ip6mr-sk-done", "r", "o", kNow + 50, 0, ""},
          {"bench-3", "r", "o", kNow + 100, 0, ""},
          {"bench-3", "r", "o", kNow + 20, 0, ""},
          {"bench-4", "r", "o", kNow - 1, 0, ""}};
}

}  // namespace

TEST_CASE("after any change the report is that of judging everything") {
  const auto policies = many_policies();
  std::size_t judged = 0;
  for (std::size_t machine = 0; machine < machines().size(); ++machine) {
    CAPTURE(machine);
    Random random(static_cast<unsigned>(machine + 1));
    Facts world = machines()[machine];
    Standing standing(policies, std::make_shared<const Facts>(world), "/", some_waivers(), kNow);
    for (std::int64_t step = 0; step < 60; ++step) {
      CAPTURE(step);
      Changed changed;
      for (std::size_t i = 0; i <= below(random, 3); ++i) {
        change_something(world, standing.dependents(), random, changed);
      }
      const Facts part = look(world, standing.wanted_for(changed));
      judged += standing.refresh(changed, part, kNow + step).size();
      CheckReport whole = check(*policies, world, "/");
      apply_waivers(whole, some_waivers(), kNow + step);
      REQUIRE(shown(standing.report()) == shown(whole));
    }
  }
  CHECK(judged > 1000);
}

TEST_CASE("what was judged again is told with what it was") {
  const auto policies = std::make_shared<const std::vector<Policy>>(
      std::vector<Policy>{policy_from(synthetic_policy(1), "bench-1.toml")});
  Facts facts = facts_with({{"net.ipv6.enabled", true},
                            {"cpu.possible", 4},
                            {"kernel.vendor", "upstream"},
                            {"kernel.upstream", "4.4.50"},
                            {"kernel.release", "4.4.50"},
                            {"kernel.config", map_with({{"IPV6_MROUTE_MULTIPLE_TABLES", "y"}})},
                            {"sysctl", map_with({{"net.ipv4.tcp_sack", 1}})},
                            {"net.listeners", List{}},
                            {"net.namespaces", 1}});
  Standing standing(policies, std::make_shared<const Facts>(facts), "/", {}, kNow);
  REQUIRE(standing.report().findings.front().verdict == Verdict::exposed);
  CHECK(standing.report().summary.exposed == 1);
  const auto kept = standing.report().findings.shared().front();

  const auto rejudged = standing.refresh(Changed{{{"sysctl", "net.ipv4.tcp_sack"}}},
                                         facts_with({{"sysctl", map_with({{"net.ipv4.tcp_sack", 0}})}}), kNow);
  REQUIRE(rejudged.size() == 1);
  CHECK(rejudged.front().before == kept);
  CHECK(rejudged.front().before->verdict == Verdict::exposed);
  CHECK(rejudged.front().after->verdict == Verdict::mitigated);
  CHECK(standing.report().summary.exposed == 0);
  CHECK(standing.report().summary.mitigated == 1);

  CHECK(standing.refresh(Changed{{{"sysctl", "vm.swappiness"}}}, {}, kNow).empty());
}

TEST_CASE("other waivers change the findings they are for and no others") {
  const auto policies = many_policies();
  Standing standing(policies, std::make_shared<const Facts>(machines().front()), "/", {}, kNow);
  CHECK(standing.report().summary.waived == 0);
  const auto before = standing.report().findings.shared();
  const auto waived = standing.waive({{"bench-3", "r", "o", kNow + 100, 0, ""}}, kNow);
  REQUIRE(waived.size() == 1);
  CHECK(waived.front().after->policy == "bench-3");
  CHECK(standing.report().summary.waived == 1);
  std::size_t other = 0;
  for (std::size_t i = 0; i < before.size(); ++i)
    other += before[i] != standing.report().findings.shared()[i] ? 1U : 0U;
  CHECK(other == 1);

  // Its time is over, and nothing else happened.
  const auto over = standing.refresh({}, {}, kNow + 100);
  REQUIRE(over.size() == 1);
  CHECK_FALSE(over.front().after->waiver);
  CHECK(standing.report().summary.waived == 0);
  REQUIRE(standing.report().expired.size() == 1);

  CHECK(standing.waive({}, kNow).empty());
  CHECK(standing.report().expired.empty());
}

TEST_CASE("a report that was published stays as it was") {
  const auto policies = many_policies();
  Standing standing(policies, std::make_shared<const Facts>(machines().front()), "/", {}, kNow);
  const CheckReport first = standing.report();
  const std::string text = shown(first);
  Facts part;
  part.set({"cpu.possible", 1, "/test", {}});
  CHECK_FALSE(standing.refresh(Changed{{{"cpu.possible", {}}}}, part, kNow).empty());
  CHECK(shown(first) == text);
}
