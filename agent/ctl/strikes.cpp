// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/strikes.h"

#include "agent/store/crashes.h"

namespace harden::ctl {
namespace {

Result<std::vector<Strike>> stored_strikes(const Host& host, const HostOption& root, const StateOption& state) {
  const auto path = state.path(host, root);
  if (!path) return std::unexpected(path.error());
  const auto store = open_store_for_reading(*path);
  if (store) return StoredCrashes(**store).strikes();
  if (store.error().code == Errc::absent) return std::vector<Strike>();
  return std::unexpected(store.error());
}

}  // namespace

std::vector<Strike> load_strikes(const Host& host, const HostOption& root, const StateOption& state) {
  auto strikes = stored_strikes(host, root, state);
  if (strikes) return std::move(*strikes);
  complain(describe(with_context(strikes.error(), "its crashes cannot be read and count as absent")));
  return {};
}

}  // namespace harden::ctl
