// SPDX-License-Identifier: Apache-2.0
//
// parse_bench [POLICIES [ROUNDS]]: how long reading policies takes.
//
// Method: POLICIES texts of about 40 lines are made up front, no two alike.
// Each round parses all of them on one thread, TOML, checks and CEL with its
// types included, and throws the result away; of ROUNDS the median and the
// fastest are shown, in processor time, so that other work on the machine
// counts less. The TOML library alone, and reading without conditions, are
// measured the same way, so that the shares can be seen.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "agent/policy/document.h"
#include "harden/policy.h"
#include "tests/support/synthetic_policy.h"
#include "tests/support/variables.h"

namespace {

std::string without_conditions(std::string text) {
  for (auto at = text.find("when"); at != std::string::npos; at = text.find("when", at)) {
    const auto quotes = text.compare(text.find('\'', at), 3, "'''") == 0 ? 3U : 1U;
    const auto open = text.find('\'', at) + quotes;
    const auto close = text.find('\'', open);
    text.replace(open, close - open, "true");
    at = open;
  }
  return text;
}

void measure(const char* what, const std::vector<std::string>& texts, int rounds,
             const std::function<bool(const std::string&)>& work) {
  std::vector<double> seconds;
  for (int round = 0; round < rounds; ++round) {
    const std::clock_t start = std::clock();
    for (const std::string& text : texts) {
      if (work(text)) continue;
      std::printf("%s: a text that should be good is refused\n", what);
      std::exit(EXIT_FAILURE);
    }
    seconds.push_back(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  std::ranges::sort(seconds);
  const double median = seconds[seconds.size() / 2];
  const double each = 1e6 / static_cast<double>(texts.size());
  std::printf("%-28s median %7.3f s (%6.1f us each), fastest %7.3f s (%6.1f us each)\n", what, median, median * each,
              seconds.front(), seconds.front() * each);
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::max(1, std::atoi(argv[1])) : 10'000;
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  std::vector<std::string> texts;
  std::vector<std::string> plain;
  for (int i = 0; i < count; ++i) {
    texts.push_back(harden::synthetic_policy(i));
    plain.push_back(without_conditions(texts.back()));
  }
  std::printf("%d policies of %zu lines, %zu bytes; %d rounds\n", count,
              static_cast<std::size_t>(std::ranges::count(texts[0], '\n')), texts[0].size(), rounds);
  const auto& variables = harden::test::some_variables();
  measure("TOML to a tree", texts, rounds,
          [](const std::string& text) { return harden::parse_document(text, "x").has_value(); });
  measure("policies, conditions 'true'", plain, rounds,
          [&](const std::string& text) { return harden::parse_policy(text, "x", variables).has_value(); });
  measure("policies", texts, rounds,
          [&](const std::string& text) { return harden::parse_policy(text, "x", variables).has_value(); });
  return EXIT_SUCCESS;
}
