// SPDX-License-Identifier: Apache-2.0
//
// `status` and `metrics`: what only the daemon can tell.
#include <CLI/App.hpp>

#include "agent/ctl/backend.h"
#include "agent/ctl/verb.h"

namespace harden::ctl {
namespace {

struct Options {
  DaemonOption daemon;
  StyleOption style;
  std::string format = "text";
};

// There is nothing to fall back to: the socket is as good as named.
ExitStatus ask(const Options& options, const Question& question) {
  DaemonOption daemon = options.daemon;
  daemon.socket = daemon.path();
  const auto asked = daemon.answer(question, false);
  return asked ? *asked : ExitStatus::unreachable;
}

Action add_status(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->daemon.add_socket(command);
  options->style.add(command);
  command.add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  return [options] {
    return ask(*options, Question{"GET", "/v1/health", {}, "", false}.shown(options->format, options->style));
  };
}

Action add_metrics(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->daemon.add_socket(command);
  return [options] { return ask(*options, {"GET", "/metrics", {}, "", false}); };
}

const RegisterVerb status({"status", "Show how the daemon fares, and what to do", add_status});
const RegisterVerb metrics({"metrics", "Print the daemon's metrics, as Prometheus reads them", add_metrics});

}  // namespace
}  // namespace harden::ctl
