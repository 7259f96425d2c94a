// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/crash_ack.h"

#include <CLI/App.hpp>
#include <memory>

#include "agent/answer/crashes.h"
#include "agent/ctl/backend.h"
#include "agent/ctl/state.h"
#include "agent/store/crashes.h"

namespace harden::ctl {
namespace {

struct Options {
  HostOption host;
  StateOption state;
  ClockOption clock;
  StyleOption style;
  DaemonOption daemon;
  std::string fingerprint;
  std::string format = "text";
};

// A store that is not there has no crash, and none is made.
Result<> acknowledge(const Options& options) {
  const auto host = options.host.open();
  if (!host) return std::unexpected(host.error());
  const auto path = options.state.path(**host, options.host);
  if (!path) return std::unexpected(path.error());
  const auto there = options.state.exists(**host, options.host);
  if (!there) return std::unexpected(there.error());
  if (!*there) {
    return fail(Errc::absent, "there is no crash '" + options.fingerprint + "': none was ever recorded here");
  }
  const auto store = open_store(*path);
  if (!store) return std::unexpected(store.error());
  return StoredCrashes(**store).acknowledge(options.fingerprint, options.clock.now());
}

ExitStatus run(const Options& options) {
  Question question{"POST", "/v1/crashes/" + encoded(options.fingerprint) + "/acknowledge", {}, "", true};
  const bool own = is_own(options.host, options.state, options.clock);
  if (const auto asked = options.daemon.answer(std::move(question).shown(options.format, options.style), own)) {
    return *asked;
  }
  if (auto done = acknowledge(options); !done) return give_up(done.error());
  return print(answer::acknowledged_answer(options.fingerprint, {options.format, options.style.style()}));
}

}  // namespace

CrashAck add_crash_ack(CLI::App& crash) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb =
      crash.add_subcommand("ack", "Say that a kind of crash is dealt with; it is no strike until the next");
  verb->footer("");
  options->host.add(*verb);
  options->state.add(*verb);
  options->clock.add(*verb);
  options->style.add(*verb);
  options->daemon.add(*verb);
  verb->add_option("FINGERPRINT", options->fingerprint, "As 'hardenctl crash' shows it (mark)")->required();
  verb->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  return {verb, [options] { return run(*options); }};
}

}  // namespace harden::ctl
