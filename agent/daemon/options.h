// SPDX-License-Identifier: Apache-2.0
//
// The command line of hardend.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "agent/daemon/config.h"

namespace harden::daemon {

struct Options {
  enum class What { run, check_config, version, help };
  What what = What::run;
  std::string config = kConfigFile;
  bool config_named = false;               // then it must be there
  std::string state = "/var/lib/hardend";  // the folder of the store and the events
  std::string root;                        // a machine as a tree; "": the running one
};

// What is wrong is one sentence.
std::expected<Options, std::string> parse_options(const std::vector<std::string>& words);

extern const char* const kUsage;

}  // namespace harden::daemon
