// SPDX-License-Identifier: Apache-2.0
//
// journal_oracle ROOT: the boots of a tree's journal as sources of crash text,
// newest first: a line "boot ID TIME" of each, then its text.
#include <cstdio>
#include <string>

#include "harden/crash_source.h"

int main(int, char** argv) {
  const auto host = harden::tree_host(argv[1]);
  if (!host) return 1;
  const harden::CrashSources sources = harden::find_crash_sources(**host);
  for (const harden::Error& one : sources.unread) std::printf("unread %s\n", harden::describe(one).c_str());
  for (const harden::CrashSource& one : sources.found) {
    std::printf("boot %s %lld\n", one.boot_id.c_str(), static_cast<long long>(one.time));
    const auto done =
        one.read([](std::string_view text) { return std::fwrite(text.data(), 1, text.size(), stdout) == text.size(); });
    if (!done) std::printf("failed %s\n", harden::describe(done.error()).c_str());
  }
  return 0;
}
