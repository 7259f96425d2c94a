// SPDX-License-Identifier: Apache-2.0
//
// evaluate_bench [POLICIES [ROUNDS]]: what judging a host by many policies
// costs once they are parsed.
//
// Method: POLICIES synthetic policies are parsed, ordered by their ids as the
// loader does, and the facts that they want are read, once, from this host and
// from a machine of tests/hosts whose kernel has many of their faults. Each round
// makes a whole report: verdicts with reasons and evidence, remedies with their
// impacts, sorted. Of ROUNDS the median and the fastest are shown, and apart from
// them the median of letting go of a report. check() uses the processors there
// are; how many is printed.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "harden/finding.h"
#include "harden/host.h"
#include "tests/support/synthetic_policy.h"

using namespace harden;

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

void measure(const char* what, const std::vector<Policy>& policies, const Facts& facts, int rounds) {
  std::vector<double> milliseconds;
  std::vector<double> freeing;
  Summary summary;
  for (int round = 0; round < rounds; ++round) {
    const auto start = Clock::now();
    auto report = std::make_unique<const CheckReport>(check(policies, facts, "/"));
    const auto made = Clock::now();
    summary = report->summary;
    report.reset();
    milliseconds.push_back(Milliseconds(made - start).count());
    freeing.push_back(Milliseconds(Clock::now() - made).count());
  }
  std::ranges::sort(milliseconds);
  std::ranges::sort(freeing);
  std::printf("%-16s %zu policies, %d rounds: median %.1f ms, fastest %.1f ms (%.2f us a policy), %.1f ms to free\n",
              what, policies.size(), rounds, milliseconds[milliseconds.size() / 2], milliseconds.front(),
              milliseconds.front() * 1000 / static_cast<double>(policies.size()), freeing[freeing.size() / 2]);
  std::printf("%-16s %d exposed, %d unknown, %d mitigated, %d not affected\n", "", summary.exposed, summary.unknown,
              summary.mitigated, summary.not_affected);
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::max(1, std::atoi(argv[1])) : 10'000;
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 11;
  const auto variables = policy_variables();
  std::vector<Policy> policies;
  for (int i = 0; i < count; ++i) {
    auto policy = parse_policy(synthetic_policy(i), "bench-" + std::to_string(i) + ".toml", variables);
    if (!policy) {
      std::printf("%s", render(policy.error().front()).c_str());
      return EXIT_FAILURE;
    }
    policies.push_back(std::move(*policy));
  }
  std::ranges::sort(policies, {}, &Policy::id);
  std::printf("%u processors\n", std::thread::hardware_concurrency());
  measure("this host", policies, collect(live_host(), wanted_by(policies)), rounds);
  const auto exposed = tree_host(EXPOSED_HOST);
  if (!exposed) {
    std::printf("%s\n", describe(exposed.error()).c_str());
    return EXIT_FAILURE;
  }
  measure("an exposed host", policies, collect(*exposed, wanted_by(policies)), rounds);
  return EXIT_SUCCESS;
}
