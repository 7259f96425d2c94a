// SPDX-License-Identifier: Apache-2.0
//
// What each kind of remedy means on a host. One file per kind, which
// registers itself; nothing else names it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harden/facts.h"
#include "harden/policy.h"

namespace harden {

// Yes, no, or not to be told because of what is missing.
struct Answer {
  std::optional<bool> yes;
  std::vector<Missing> missing;  // why not, where `yes` is nothing

  static Answer of(bool value) { return {value, {}}; }
  static Answer unknown(std::vector<Missing> missing) { return {std::nullopt, std::move(missing)}; }
};

// Yes where all are; no where one is not; else not to be told.
Answer all_of(const std::vector<Answer>& answers);

// The answer that a condition's value is. A CEL error is not an answer.
Answer answer_of(const Value& value, const std::string& expression);

struct RemedyRules {
  RemedyKind kind = RemedyKind::advice;
  bool needs_reboot = false;
  // What is done, in a few words: "net.ipv4.tcp_sack = 0".
  std::string (*action)(const Remedy& remedy) = nullptr;
  // Whether the host has it already, as it runs now.
  Answer (*in_force)(const Remedy& remedy, const Facts& facts) = nullptr;
  // Why it cannot be applied on this host; "" where nothing is in the way.
  std::string (*obstacle)(const Remedy&, const Facts&) = [](const Remedy&, const Facts&) { return std::string(); };
  // Whether only the next boot takes it back.
  bool (*irreversible)(const Remedy&) = [](const Remedy&) { return false; };
  // What it breaks or takes by its nature, before the policy's own impacts.
  std::vector<std::string> (*price)(const Remedy&) = [](const Remedy&) { return std::vector<std::string>(); };
};

// At namespace scope in the file of the kind.
struct RegisterRemedyRules {
  explicit RegisterRemedyRules(const RemedyRules& rules);
};

const RemedyRules& rules_of(RemedyKind kind);

}  // namespace harden
