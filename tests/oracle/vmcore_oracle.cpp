// SPDX-License-Identifier: Apache-2.0
//
// vmcore_oracle [--callers] FILE: the kernel's log out of a dump, to compare
// with `makedumpfile --dump-dmesg`. Exit status 1, and the error, where it
// cannot be read.
#include <cstdio>
#include <string>

#include "agent/crash/vmcore.h"

namespace {

int failed(const harden::Error& error) {
  std::fprintf(stderr, "%s: %s\n", std::string(harden::to_string(error.code)).c_str(), harden::describe(error).c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool callers = argc > 2 && std::string(argv[1]) == "--callers";
  const auto host = harden::live_host();
  auto file = host->open(argv[argc - 1]);
  if (!file) return failed(file.error());
  const auto dump = harden::Vmcore::open(std::move(*file), argv[argc - 1]);
  if (!dump) return failed(dump.error());
  const auto print = [](std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  };
  const auto done = dump->read(print, {}, {callers});
  return done ? 0 : failed(done.error());
}
