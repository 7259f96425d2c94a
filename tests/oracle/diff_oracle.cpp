// SPDX-License-Identifier: Apache-2.0
//
// diff_oracle < pairs: unified_diff of many pairs; diff.py, the driver,
// compares it with what diff(1) and patch(1) say. A pair is two texts, each a
// line with its length in bytes and then those bytes; the answer is one such.
#include <iostream>
#include <string>

#include "agent/report/diff.h"

namespace {

bool next(std::string& out) {
  std::string line;
  if (!std::getline(std::cin, line)) return false;
  out.assign(std::stoul(line), '\0');
  return std::cin.read(out.data(), static_cast<std::streamsize>(out.size())).good() || out.empty();
}

}  // namespace

int main() {
  std::string before;
  std::string after;
  while (next(before) && next(after)) {
    const std::string diff = harden::unified_diff("file", before, after);
    std::cout << diff.size() << '\n' << diff;
  }
  return 0;
}
