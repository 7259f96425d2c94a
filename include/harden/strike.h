// SPDX-License-Identifier: Apache-2.0
//
// That a known bug has struck: what the crash records of a host say about a
// policy, and what of it still counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace harden {

// How sure it is that a crash is a policy's; harden/crash_match.h says what
// each takes.
enum class Confidence { possible, likely, certain };
std::string_view to_string(Confidence confidence);
std::optional<Confidence> confidence_from(std::string_view word);

// One kind of crash on one kernel, as far as nobody has acknowledged it.
struct Strike {
  std::string policy;
  Confidence confidence = Confidence::possible;
  std::string fingerprint;
  std::string kernel;      // that it struck; "" where the text did not name it
  std::int64_t count = 0;  // how many times
  std::int64_t last = 0;   // seconds since 1970, UTC

  friend bool operator==(const Strike&, const Strike&) = default;
};

// A strike counts for so long (90 days), and as long as the kernel that it
// struck is the one that runs.
inline constexpr std::int64_t kStrikeSeconds = 90LL * 24 * 60 * 60;

// What a finding says of them, all kinds of crash of its policy together.
struct Struck {
  std::int64_t count = 0;
  std::int64_t last = 0;
  Confidence confidence = Confidence::likely;  // the surest; a possible one counts for nothing

  friend bool operator==(const Struck&, const Struck&) = default;
};

}  // namespace harden
