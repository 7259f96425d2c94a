// SPDX-License-Identifier: Apache-2.0
//
// A waiver: somebody answers for leaving a finding as it is, until a day. It
// never hides the finding, which is evaluated and shown all the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harden/diagnostic.h"
#include "harden/host.h"
#include "harden/result.h"

namespace harden {

struct Waiver {
  std::string policy;      // its id
  std::string reason;      // never empty
  std::string owner;       // who answers for it; may be empty
  std::int64_t until = 0;  // seconds since 1970, UTC; from then on it counts as absent
  std::int64_t added = 0;  // 0 where not known
  std::string source;      // the file it stands in, or "" for the store

  friend bool operator==(const Waiver&, const Waiver&) = default;
};

// The waivers of a folder's *.toml files (/etc/hardend/waivers.d), by file and
// place in it, with what is wrong in them. A file with a mistake gives none.
struct WaiverSet {
  std::vector<Waiver> waivers;
  Diagnostics diagnostics;
};
WaiverSet load_waivers(const Host& host, const std::string& directory);

// "2026-12-31" is the end of that day in UTC; "2026-12-31T12:00:00Z" the
// second. Errc::invalid for anything else.
Result<std::int64_t> parse_until(std::string_view text);

// "30d", "12h", "5m", "90s", "2w" in seconds; at most ten years.
Result<std::int64_t> parse_duration(std::string_view text);

}  // namespace harden
