// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>

#include "agent/answer/policies.h"
#include "agent/ctl/common.h"
#include "agent/ctl/verb.h"
#include "agent/engine/example.h"
#include "agent/engine/sample.h"
#include "agent/report/terminal.h"

namespace harden::ctl {
namespace {

struct Options {
  PolicyOption policies;
  StyleOption style;
  std::string id;
  std::string hosts = "tests/hosts";
  std::string samples = "tests/crash/samples";
  std::vector<std::string> paths;
  std::string format = "text";
};

ExitStatus data_status(bool complete) { return complete ? ExitStatus::clean : ExitStatus::bad_data; }

ExitStatus list(const Options& options) {
  const auto loaded = options.policies.load();
  if (!loaded) return give_up(loaded.error());
  return print(answer::policies_answer(loaded->policies, loaded->complete, {options.format, options.style.style()}));
}

// The file as it was written: that is the source of truth, and readable.
ExitStatus show(const Options& options) {
  const auto loaded = options.policies.load();
  if (!loaded) return give_up(loaded.error());
  const Policy* policy = find_policy(loaded->policies, options.id);
  if (policy == nullptr) return ExitStatus::usage;
  const auto text = live_host()->read(policy->file);
  if (!text) return give_up(text.error());
  return print("# " + policy->file + "\n" + *text);
}

ExitStatus lint(const Options& options) {
  PolicyOption named = options.policies;
  if (!options.paths.empty()) named.directories = options.paths;
  const auto loaded = named.load();
  if (!loaded) return give_up(loaded.error());
  return print(std::to_string(loaded->policies.size()) + " policies without mistakes\n", data_status(loaded->complete));
}

struct Tally {
  int passed = 0;
  int failed = 0;
};

std::string one_example(const Policy& policy, const Example& example, const std::string& hosts, Tally& tally) {
  const auto finding = run_example(policy, example, hosts);
  const std::string place = policy.file + ":" + std::to_string(example.at.line) + ": ";
  if (!finding) {
    ++tally.failed;
    return plain(place + describe(finding.error())) + "\n";
  }
  if (finding->verdict == example.verdict) {
    ++tally.passed;
    return {};
  }
  ++tally.failed;
  return plain(place + policy.id + " on " + example.host + ": wanted " + std::string(to_string(example.verdict)) +
               ", got " + std::string(to_string(finding->verdict)) + ": " + finding->reason) +
         "\n";
}

std::string one_sample(const Policy& policy, const CrashSample& sample, const std::string& folder,
                       const std::vector<Policy>& policies, Tally& tally) {
  const auto wrong = run_sample(policy, sample, folder, policies);
  if (wrong && wrong->empty()) {
    ++tally.passed;
    return {};
  }
  ++tally.failed;
  return plain(policy.file + ":" + std::to_string(sample.at.line) + ": " + (wrong ? *wrong : describe(wrong.error()))) +
         "\n";
}

ExitStatus test(const Options& options) {
  const auto loaded = options.policies.load();
  if (!loaded) return give_up(loaded.error());
  Tally tally;
  std::string out;
  for (const Policy& policy : loaded->policies) {
    for (const Example& example : policy.examples) out += one_example(policy, example, options.hosts, tally);
    if (!policy.crash) continue;
    for (const CrashSample& sample : policy.crash->samples) {
      out += one_sample(policy, sample, options.samples, loaded->policies, tally);
    }
  }
  out += std::to_string(tally.passed) + " passed, " + std::to_string(tally.failed) + " failed\n";
  const bool good = loaded->complete && tally.failed == 0;
  return print(out, data_status(good));
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  const auto action = std::make_shared<ExitStatus (*)(const Options&)>(nullptr);
  command.require_subcommand(1);
  const auto sub = [&](const char* name, const char* summary, ExitStatus (*run)(const Options&)) {
    CLI::App* verb = command.add_subcommand(name, summary);
    options->policies.add(*verb);
    options->style.add(*verb);
    verb->callback([action, run] { *action = run; });
    return verb;
  };
  sub("list", "Name every policy", list)
      ->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  sub("show", "Print a policy's file", show)->add_option("ID", options->id, "A policy")->required();
  sub("lint", "Check policy files", lint)->add_option("DIR", options->paths, "Folders of policies");
  CLI::App* testing = sub("test", "Run the examples and samples that policies carry", test);
  testing->add_option("--hosts", options->hosts, "The folder with the machines that examples name")
      ->type_name("DIR")
      ->capture_default_str();
  testing->add_option("--samples", options->samples, "The folder with the kernel texts that samples name")
      ->type_name("DIR")
      ->capture_default_str();
  return [options, action] { return (*action)(*options); };
}

const RegisterVerb registered({"policy", "List, show, check and test policies", add});

}  // namespace
}  // namespace harden::ctl
