// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/waivers.h"

#include <cstdio>

#include "agent/store/store.h"
#include "agent/store/waivers.h"
#include "harden/finding.h"

namespace harden::ctl {

Result<std::vector<Waiver>> stored_waivers(const Host& host, const HostOption& root, const StateOption& state) {
  const auto path = state.path(host, root);
  if (!path) return std::unexpected(path.error());
  const auto store = open_store_for_reading(*path);
  if (store) return waivers(**store);
  if (store.error().code == Errc::absent) return std::vector<Waiver>();
  return std::unexpected(store.error());
}

LoadedWaivers waivers_of_files(const Host& host) {
  WaiverSet files = load_waivers(host, kWaiverFiles);
  for (const Diagnostic& diagnostic : files.diagnostics) std::fputs(render(diagnostic).c_str(), stderr);
  return {std::move(files.waivers), files.diagnostics.empty()};
}

LoadedWaivers load_all_waivers(const Host& host, const HostOption& root, const StateOption& state) {
  LoadedWaivers loaded = waivers_of_files(host);
  const auto kept = stored_waivers(host, root, state);
  if (kept) {
    loaded.waivers.insert(loaded.waivers.end(), kept->begin(), kept->end());
  } else {
    complain(describe(with_context(kept.error(), "its waivers cannot be read and count as absent")));
  }
  return loaded;
}

}  // namespace harden::ctl
