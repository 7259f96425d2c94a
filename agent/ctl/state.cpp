// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/state.h"

#include <CLI/App.hpp>

#include "agent/core/calendar.h"
#include "agent/store/store.h"

namespace harden::ctl {
namespace {

constexpr const char* kState = "/var/lib/hardend/state.db";

}  // namespace

void StateOption::add(CLI::App& command) {
  command.add_option("--state", file, "The store of transactions and waivers (default: /var/lib/hardend/state.db)")
      ->type_name("FILE");
}

Result<std::string> StateOption::path(const Host& host, const HostOption& root) const {
  if (!file.empty()) return file;
  if (root.root.empty()) return kState;
  for (const char* part : {"/var", "/var/lib", "/var/lib/hardend", kState}) {
    if (host.read_link(part)) return fail(Errc::invalid, "a symbolic link", root.root + part);
  }
  return root.root + kState;
}

Result<bool> StateOption::exists(const Host& host, const HostOption& root) const {
  const auto where = path(host, root);
  if (!where) return std::unexpected(where.error());
  const auto store = open_store_for_reading(*where);
  return store || store.error().code != Errc::absent;
}

void ClockOption::add(CLI::App& command) {
  const auto take = [this](const std::string& text) {
    const auto parsed = parse_until(text);
    if (!parsed) throw CLI::ValidationError("--now", parsed.error().message);
    time = *parsed;
  };
  command.add_option_function<std::string>("--now", take)->group("");
}

std::int64_t ClockOption::now() const { return time.value_or(wall_clock()); }

bool is_own(const HostOption& host, const StateOption& state, const ClockOption& clock) {
  return !host.root.empty() || !state.file.empty() || clock.time;
}

}  // namespace harden::ctl
