// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "agent/daemon/daemon.h"
#include "agent/daemon/output.h"
#include "harden/exit_status.h"

namespace {

using namespace harden;
using namespace harden::daemon;

#ifdef HARDEN_TEST_STALL
// For the test of the watchdog alone: one of the two threads goes on no more.
void stall(Daemon& daemon) {
  const char* which = std::getenv("HARDEN_TEST_STALL");
  const auto forever = [] {
    for (;;) ::pause();
  };
  if (which == nullptr) return;
  if (std::string_view(which) == "worker") daemon.keeper().on_worker(forever);
  if (std::string_view(which) == "loop") daemon.keeper().ping(forever);
}
#else
void stall(Daemon&) {}
#endif

int end_with(ExitStatus status) { return static_cast<int>(status); }

int serve(const Options& options) {
  auto config = configuration(options);
  if (!config) return end_with(ExitStatus::bad_data);
  if (options.what == Options::What::check_config) return end_with(ExitStatus::clean);
  Output output(config->log_level);
  const auto opened = Daemon::open(options, std::move(*config));
  if (!opened) return output.give_up(opened.error());
  stall(**opened);
  (*opened)->run();
  return end_with(ExitStatus::clean);
}

}  // namespace

int main(int argc, char** argv) {
  // One heap for both threads, which gives back what it does not need.
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  std::signal(SIGPIPE, SIG_IGN);
  const auto options = parse_options({argv + 1, argv + argc});
  if (!options) {
    std::fprintf(stderr, "hardend: %s\n", options.error().c_str());
    return end_with(ExitStatus::usage);
  }
  if (options->what == Options::What::help) return std::fputs(kUsage, stdout) < 0;
  if (options->what == Options::What::version) return std::puts("hardend " HARDEN_VERSION) < 0;
  return serve(*options);
}
