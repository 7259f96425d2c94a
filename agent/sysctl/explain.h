// SPDX-License-Identifier: Apache-2.0
//
// Everything about one sysctl on one host, as `hardenctl explain --sysctl`
// shows it.
#pragma once

#include <string>
#include <vector>

#include "agent/sysctl/resolver.h"

namespace harden::sysctl {

struct Verdict {
  Use use;
  Answer answer;
  std::string no_globs;  // as TooOld
  std::vector<Malformed> malformed;
  // What an interface that appears later begins with: the answer for the same
  // setting of `default`. Only for the keys of one interface.
  std::optional<Answer> for_default;
};

struct Report {
  std::string root;
  std::string path;               // below /proc/sys
  std::string key;                // the same, dotted
  std::string interface;          // that the key belongs to, or ""
  Result<std::string> running;    // absent: this kernel has no such key now
  std::string_view module;        // likely to bring it where it is absent, or ""
  std::vector<Verdict> verdicts;  // one for each of kAppliers
  std::vector<Error> problems;    // what was not read; empty: the answers are whole

  bool any_in_use() const;
  // Whether the kernel has the key, or a file says something of it.
  bool known() const;
};

// Errc::invalid where `key` is no key in any form that sysctl(8) takes.
Result<Report> explain(const Host& host, std::string_view key);

// What the line that wins, or its absence, means for a key of one interface;
// "" where the key is of none.
std::string interface_note(const Report& report, const Verdict& verdict);

}  // namespace harden::sysctl
