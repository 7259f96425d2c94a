// SPDX-License-Identifier: Apache-2.0
//
// One way to cure what a policy is about, as its file says it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harden/cel.h"

namespace harden {

enum class RemedyKind { sysctl, module, cmdline, docker, upgrade, advice };

// How much a remedy is worth, best first.
//  prevents         the faulting code can no longer be reached
//  removes_trigger  what sets the fault off no longer happens in practice
//  reduces          it happens less, or costs less
//  unproven         said to help; nobody has shown it
//  ineffective      shown not to help, and named because people believe it
enum class Grade { prevents, removes_trigger, reduces, unproven, ineffective };

std::string_view to_string(RemedyKind kind);
std::string_view to_string(Grade grade);

struct Impact {
  std::optional<cel::Program> when;  // nothing: always
  std::string message;
  // A list: what it concerns on this host, named after the message. Strings,
  // or records of a fact (listeners, networks, engines, containers).
  std::optional<cel::Program> names;
};

// What a sysctl is to become. All but `equal` keep a stricter value: a bound,
// or the bits of a mask that are to be set or clear, whatever the others are.
struct SysctlWant {
  enum class Compare { equal, at_least, at_most, bits_set, bits_clear };
  std::string key;  // dotted: "net.ipv4.tcp_sack"; a component "*" stands for any one
  std::string value;
  Compare compare = Compare::equal;
  bool if_present = false;  // a key that is not there is left out, and not missed
};

struct Remedy {
  std::string name;
  RemedyKind kind = RemedyKind::advice;
  Grade grade = Grade::unproven;
  std::string because;
  // Of these the one of its kind is filled.
  std::vector<SysctlWant> sysctls;
  std::vector<std::string> modules;           // to be kept from loading
  std::vector<std::string> cmdline;           // "ipv6.disable=1"
  std::map<std::string, std::string> docker;  // daemon.json key to JSON text
  std::string upgrade;                        // what to upgrade to, in words; may be empty
  std::string advice;
  // Whether it is in force here, where the kind alone cannot tell.
  std::optional<cel::Program> in_force;
  std::vector<Impact> impacts;
};

}  // namespace harden
