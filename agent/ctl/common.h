// SPDX-License-Identifier: Apache-2.0
//
// What several verbs share: their options, and how they speak.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/answer/answer.h"
#include "agent/report/report.h"
#include "harden/collector.h"
#include "harden/exit_status.h"
#include "harden/host.h"
#include "harden/policy.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace harden::ctl {

// --root DIR: the machine to look at.
struct HostOption {
  std::string root;
  void add(CLI::App& command);
  Result<std::shared_ptr<const Host>> open() const;
};

// --policies DIR: where policies are read from; may be given again. Of two
// policies with one id that of the later folder counts.
struct PolicyOption {
  std::vector<std::string> directories;
  void add(CLI::App& command);

  // All of them, sorted by id. Diagnostics go to stderr; `complete` says
  // whether there were none. An error where a folder cannot be read at all.
  struct Loaded {
    std::vector<Policy> policies;
    bool complete = true;
  };
  Result<Loaded> load() const;
  bool named() const { return !directories.empty(); }

 private:
  std::vector<std::string> directories_to_read(const Host& host) const;
};

// --color always|never|auto
struct StyleOption {
  std::string color = "auto";
  void add(CLI::App& command);
  // Colours on a terminal unless NO_COLOR is set; its width, or COLUMNS.
  Style style() const;
};

// Writes to stdout. Failed where it could not, such as on a full disk; a
// reader that has gone away is not a failure.
ExitStatus print(std::string_view text, ExitStatus status = ExitStatus::clean);

// "hardenctl: message" on stderr, escaped.
void complain(std::string_view message);

// Prints an answer after its warnings, or says why there is none; gives its status.
ExitStatus print(const answer::Answered& answer);
ExitStatus give_up(const answer::Refusal& refusal);

// Says the error; gives the status that is its kind's.
ExitStatus give_up(const Error& error);

// The policy of that id, or nullptr after a complaint that names the nearest.
const Policy* find_policy(const std::vector<Policy>& policies, const std::string& id);

// The names of the formats, for CLI::IsMember.
template <typename Format>
std::vector<std::string> names_of(const std::vector<Format>& formats) {
  std::vector<std::string> names;
  names.reserve(formats.size());
  for (const Format& format : formats) names.push_back(format.name);
  return names;
}

}  // namespace harden::ctl
