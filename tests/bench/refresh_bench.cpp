// SPDX-License-Identifier: Apache-2.0
//
// refresh_bench [POLICIES [ROUNDS]]: what one changed fact costs with many
// policies loaded.
//
// Method: POLICIES synthetic policies, each with a sysctl remedy, over a
// thousand sysctls, so that one has POLICIES / 1000 dependents; the facts of a
// machine of tests/hosts whose kernel has many of their faults. Each round
// turns one sysctl over and measures, on one thread, from the value that was
// read to the new report, which is kept as a snapshot keeps it: facts renewed,
// dependents judged, the order kept, the report before it let go. Beside it
// judging everything (on as many threads as it takes). Of the rounds median and
// 99th percentile are shown. Reading the value itself is one read of /proc/sys
// and not in it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "agent/engine/standing.h"
#include "harden/host.h"
#include "tests/support/synthetic_policy.h"

using namespace harden;

namespace {

constexpr int kKeys = 1000;
using Clock = std::chrono::steady_clock;

std::string key_of(int number) { return "net.ipv4.conf.bench" + std::to_string(number % kKeys) + ".rp_filter"; }

Policy policy_of(int number, const std::vector<cel::Variable>& variables) {
  const std::string common = "net.ipv4.tcp_sack";
  std::string text = synthetic_policy(number);
  text.replace(text.find(common), common.size(), key_of(number));
  auto policy = parse_policy(text, "bench-" + std::to_string(number) + ".toml", variables);
  if (!policy) {
    std::printf("%s", render(policy.error().front()).c_str());
    std::exit(EXIT_FAILURE);
  }
  return std::move(*policy);
}

Fact sysctls_with(const std::vector<std::pair<std::string, int>>& values) {
  Fact fact{"sysctl", {}, "/proc/sys", {}};
  std::vector<Map::Entry> entries;
  for (const auto& [key, value] : values) {
    entries.emplace_back(key, value);
    fact.entry_sources[key] = "/proc/sys/" + key;
  }
  fact.value = Map(std::move(entries));
  return fact;
}

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double show(const char* what, std::vector<double> times) {
  std::ranges::sort(times);
  const double median = times[times.size() / 2];
  std::printf("%-28s median %.3f ms, 99th percentile %.3f ms, of %zu\n", what, median, times[times.size() * 99 / 100],
              times.size());
  return median;
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::max(1, std::atoi(argv[1])) : 10'000;
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 2'000;
  const auto variables = policy_variables();
  auto policies = std::make_shared<std::vector<Policy>>();
  for (int i = 0; i < count; ++i) policies->push_back(policy_of(i, variables));
  const auto host = tree_host(EXPOSED_HOST);
  if (!host) return std::printf("%s\n", describe(host.error()).c_str()), EXIT_FAILURE;
  auto facts = std::make_shared<Facts>(collect(*host, wanted_by(*policies)));
  std::vector<std::pair<std::string, int>> values;
  for (int i = 0; i < kKeys; ++i) values.emplace_back(key_of(i), 1);
  facts->set(sysctls_with(values));

  std::vector<double> whole;
  for (int i = 0; i < 11; ++i) {
    const auto start = Clock::now();
    const CheckReport report = check(*policies, *facts, "/");
    whole.push_back(milliseconds_since(start));
  }
  Standing standing(policies, facts, "/", {}, 0);
  std::vector<double> part;
  std::shared_ptr<const CheckReport> published;
  std::minstd_rand random(1);
  std::size_t judged = 0;
  for (int i = 0; i < rounds; ++i) {
    auto& [key, value] = values[random() % values.size()];
    value = 1 - value;
    Facts read;
    read.set(sysctls_with({{key, value}}));
    const auto start = Clock::now();
    judged += standing.refresh(Changed{{{"sysctl", key}}}, read, 0).size();
    published = standing.shared_report();
    part.push_back(milliseconds_since(start));
  }
  std::printf("%d policies over %d sysctls; %.1f judged again a round; %d exposed, %d mitigated\n", count, kKeys,
              static_cast<double>(judged) / rounds, published->summary.exposed, published->summary.mitigated);
  const double all = show("judging everything", whole);
  const double one = show("one changed fact", part);
  std::printf("ratio %.0f\n", all / one);
  return EXIT_SUCCESS;
}
