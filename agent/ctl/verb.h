// SPDX-License-Identifier: Apache-2.0
//
// The verbs of hardenctl. Each is one file of this folder that registers
// itself: its options, and what it does with them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harden/exit_status.h"

namespace CLI {
class App;
}

namespace harden::ctl {

using Action = std::function<ExitStatus()>;

struct Verb {
  std::string name;
  std::string summary;  // one line for --help; "": not for people, and not shown
  // Adds the verb's options to its command, and gives what to do once they
  // are parsed.
  Action (*add)(CLI::App& command) = nullptr;
};

// At namespace scope in the verb's file.
struct RegisterVerb {
  explicit RegisterVerb(Verb verb);
};

// In the order of their names.
const std::vector<Verb>& verbs();

}  // namespace harden::ctl
