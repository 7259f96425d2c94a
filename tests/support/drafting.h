// SPDX-License-Identifier: Apache-2.0
//
// What the remedies of one kind draft on a machine made of a map.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "agent/remedy/remedy.h"
#include "tests/support/memory_host.h"

namespace harden::test {

class Drafting {
 public:
  explicit Drafting(RemedyKind kind) : kind_(kind) {}

  // A remedy of this kind for a policy; the caller fills in what it does.
  Remedy& wanted_by(const std::string& policy) {
    Remedy& remedy = remedies_.emplace_back();
    remedy.kind = kind_;
    remedy.name = "cure";
    chosen_.push_back({policy, &remedy});
    return remedy;
  }

  Draft on(const Host& host, const Facts& facts = {}, bool runtime_only = false) const {
    return rules_of(kind_).draft(chosen_, {facts, host, runtime_only});
  }

 private:
  RemedyKind kind_;
  std::deque<Remedy> remedies_;  // which stay where they are
  std::vector<Chosen> chosen_;
};

// "PATH: BEFORE -> AFTER" of each change, in their order; "-" for nothing.
inline std::vector<std::string> steps_of(const Draft& draft) {
  std::vector<std::string> steps;
  for (const PlannedChange& planned : draft.changes) {
    const Change& change = planned.change;
    steps.push_back(change.path + ": " + change.before.value_or("-") + " -> " + change.after.value_or("-"));
  }
  return steps;
}

// The lines of a file of ours that are neither comments nor empty.
inline std::vector<std::string> own_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::string line;
  for (const char byte : text) {
    if (byte != '\n') {
      line += byte;
      continue;
    }
    if (!line.empty() && line.front() != '#') lines.push_back(line);
    line.clear();
  }
  return lines;
}

// The change of a path, which must be there.
inline const PlannedChange& change_of(const Draft& draft, const std::string& path) {
  for (const PlannedChange& planned : draft.changes) {
    if (planned.change.path == path) return planned;
  }
  throw std::runtime_error("there is no change of " + path);
}

using Texts = std::vector<std::string>;

// One a line, which doctest can print.
inline std::string joined(const Texts& texts) {
  std::string out;
  for (const std::string& text : texts) out += text + "\n";
  return out;
}

}  // namespace harden::test
