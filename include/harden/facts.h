// SPDX-License-Identifier: Apache-2.0
//
// What was read from a host at one time. Facts are collected once and never
// change afterwards; a fact that could not be read holds Value::unknown with
// the reason, so that "could not read" can never pass for "not there".
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harden/value.h"

namespace harden {

struct Fact {
  std::string name;    // "kernel.release"
  Value value;         // Kind::unknown where it could not be read
  std::string source;  // the file, folder, socket or system call it came from
  // For a fact that is a map of things read apart (sysctl, module): where
  // each of its entries came from, by key.
  std::map<std::string, std::string, std::less<>> entry_sources;

  // Where the entry `key` came from, or the fact where that is not told apart.
  const std::string& source_of(std::string_view key) const;
};

// How one collector fared.
struct CollectorRun {
  std::string collector;
  std::chrono::microseconds duration{};  // wall clock
  bool timed_out = false;                // its facts are unknown: timeout
};

class Facts {
 public:
  // A later fact of the same name takes the place of the earlier one.
  void set(Fact fact);
  void add_run(CollectorRun run) { runs_.push_back(std::move(run)); }

  // The fact of that name, or nullptr where it was not collected.
  const Fact* find(std::string_view name) const;
  const Value* value(std::string_view name) const;

  // Where the fact, or the entry of it that `name["key"]` means, came from.
  std::string source(std::string_view name, std::string_view key = {}) const;

  const std::map<std::string, Fact, std::less<>>& all() const { return facts_; }
  const std::vector<CollectorRun>& runs() const { return runs_; }

 private:
  std::map<std::string, Fact, std::less<>> facts_;
  std::vector<CollectorRun> runs_;
};

}  // namespace harden
