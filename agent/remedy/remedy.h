// SPDX-License-Identifier: Apache-2.0
//
// What each kind of remedy means on a host. One file per kind, which
// registers itself; nothing else names it.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harden/facts.h"
#include "harden/host.h"
#include "harden/plan.h"
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

// A remedy that a plan carries out, with the policy it is for.
struct Chosen {
  std::string policy;
  const Remedy* remedy = nullptr;
};

// What a draft may look at.
struct Situation {
  const Facts& facts;
  const Host& host;
  bool runtime_only = false;  // nothing that survives a boot is wanted
};

// What carrying out the remedies of one kind takes, all of them together:
// several policies may want lines of the same file.
struct Draft {
  std::vector<PlannedChange> changes;
  std::vector<PendingKey> pending;
  std::vector<std::string> warnings;
  std::vector<std::string> conflicts;
  std::vector<std::string> by_hand;
};

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
  std::vector<std::string> (*price)(const Remedy&, const Facts&) = [](const Remedy&, const Facts&) {
    return std::vector<std::string>();
  };
  // The changes it takes; nothing where a person has to do it.
  Draft (*draft)(const std::vector<Chosen>&, const Situation&) = nullptr;
};

// At namespace scope in the file of the kind.
struct RegisterRemedyRules {
  explicit RegisterRemedyRules(const RemedyRules& rules);
};

const RemedyRules& rules_of(RemedyKind kind);

// A file that hardend keeps for itself, as it is now: lines of its own below
// a head that says whose it is.
struct OwnFile {
  std::string path;
  std::optional<std::string> before;  // nothing: there is none yet
  std::vector<std::string> lines;     // without the head, comments and empty ones
};

// A conflict in words where it cannot be read, or is a link.
std::expected<OwnFile, std::string> read_own_file(const Host& host, const std::string& path);

// The file with these lines.
std::string own_file_text(const std::vector<std::string>& lines);

// The change that gives an own file these lines; nothing where it has them.
std::optional<PlannedChange> own_file_change(const OwnFile& file, const std::vector<std::string>& lines,
                                             std::vector<std::string> policies);

void add_once(std::vector<std::string>& list, const std::string& text);

// The policies of these, each once.
std::vector<std::string> policies_of(const std::vector<Chosen>& chosen);

}  // namespace harden
