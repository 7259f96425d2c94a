// SPDX-License-Identifier: Apache-2.0
//
// What the resolver says of many trees: the driver, sysctl.py, compares it
// with what systemd-sysctl and procps do.
//
//   sysctl_oracle KEY... < a folder a line
//
// For each folder, applier and key it prints "APPLIER KEY VALUE", or
// "APPLIER KEY" where no line wins; then an empty line.
#include <cstdio>
#include <iostream>
#include <string>

#include "agent/sysctl/key.h"
#include "agent/sysctl/resolver.h"

namespace {

using namespace harden;

bool print_answers(const std::string& folder, int count, char** keys) {
  const auto host = tree_host(folder);
  if (!host) return false;
  const auto files = sysctl::resolve(**host);
  for (const Error& problem : files.problems()) std::fprintf(stderr, "%s\n", describe(problem).c_str());
  for (const sysctl::Applier applier : sysctl::kAppliers) {
    for (int i = 0; i < count; ++i) {
      const auto path = sysctl::key_path(keys[i]);
      if (!path) return false;
      const auto answer = sysctl::answer(files, applier, *path);
      std::cout << sysctl::to_string(applier) << ' ' << keys[i];
      if (answer.winner) std::cout << ' ' << answer.winning()->value.value_or("");
      std::cout << '\n';
    }
  }
  std::cout << "\n" << std::flush;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  while (std::getline(std::cin, folder)) {
    if (!print_answers(folder, argc - 1, argv + 1)) return 1;
  }
  return 0;
}
