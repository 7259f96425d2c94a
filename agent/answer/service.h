// SPDX-License-Identifier: Apache-2.0
//
// What a daemon says of itself: `status`, and GET /v1/health.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/answer/answer.h"
#include "harden/finding.h"
#include "harden/transact.h"

namespace harden::answer {

// Something that is watched, and whether it is.
struct Watcher {
  enum class State { watching, absent, failed };  // absent: there is nothing of the kind on this host
  std::string name;                               // "sysctl", "engine", "kmsg"
  State state = State::watching;
  std::string note;  // why not, or what was lost; may be empty
};

struct Service {
  std::string mode;        // "report" or "enforce"
  std::int64_t since = 0;  // milliseconds since 1970, UTC: when it started
  std::vector<Watcher> watchers;
  std::vector<std::string> troubles;  // sentences: a configuration that was not taken, a queue that is full
};

// That, and what it knows of the host.
struct ServiceView {
  Service service;
  const CheckReport* report = nullptr;  // null: nothing was evaluated yet
  std::uint64_t generation = 0;
  std::int64_t evaluated = 0;  // milliseconds since 1970, UTC
  std::chrono::microseconds evaluation{};
  std::size_t drifts = 0;
  std::vector<Transaction> standing;
  Moment now;
  std::uint64_t last_event = 0;
  std::vector<std::string> mistakes;  // of files of policies and waivers, and of the store
};

// The document that dist/schema/health.schema.json describes, or lines for a
// person that end in what to do. Clean where all is well, undecided before the
// first evaluation, failed where something needs a person.
Answered service_answer(const ServiceView& view, const Show& show);

}  // namespace harden::answer
