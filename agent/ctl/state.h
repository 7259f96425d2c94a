// SPDX-License-Identifier: Apache-2.0
//
// Where the store is, and what time it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/ctl/common.h"

namespace harden::ctl {

// --state FILE: the store. By default that of the machine looked at.
struct StateOption {
  std::string file;
  void add(CLI::App& command);
  // Of a tree the default is refused (Errc::invalid) behind a link, so that no
  // link leads to a store outside of it.
  Result<std::string> path(const Host& host, const HostOption& root) const;
  // Whether there is one: it is made by the first verb that has something to write.
  Result<bool> exists(const Host& host, const HostOption& root) const;
};

// --now TIME, for tests and not in --help: the time that waivers are held
// against; the system's clock without it.
struct ClockOption {
  std::optional<std::int64_t> time;
  void add(CLI::App& command);
  std::int64_t now() const;
};

// Whether a verb is about another host, store or time than the daemon's.
bool is_own(const HostOption& host, const StateOption& state, const ClockOption& clock);

}  // namespace harden::ctl
