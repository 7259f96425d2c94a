// SPDX-License-Identifier: Apache-2.0
//
// What a policy's [affected] says about a kernel that follows upstream. Only
// kernels with an upstream release (the fact kernel.upstream) may be judged
// here: one with a frozen base and the vendor's backports must not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harden/policy.h"

namespace harden {

// "6.1.38-rc2" taken apart. 2.6.N is a mainline release with branches of its
// own (2.6.32.71); from 3.0 on three numbers are a stable release.
struct Release {
  std::string text;        // as written
  std::string numbers;     // without the -rc
  std::string branch;      // "6.1", "2.6.32": also its first release
  bool stable = false;     // a later release of its branch, not the mainline one
  bool candidate = false;  // an -rc
};

// Nothing where the text is anything but an upstream release.
std::optional<Release> parse_release(std::string_view text);

// The `introduced` of a fault that is as old as Linux.
inline constexpr std::string_view kSinceEver = "0";

struct RangeVerdict {
  Verdict verdict = Verdict::unknown;  // exposed (affected), not_affected or unknown
  std::string reason;                  // a sentence without its full stop, naming the release that decides
};

// What is not established (an -rc of the very release that got the fix, a
// release between FixedIn's two ends) is unknown.
RangeVerdict judge(const Affected& affected, std::string_view upstream);

// The rule for a vendor's kernel, or nullptr. A rule's release covers its
// minor releases ("15" covers "15.5"); of several the closest one is given.
const VendorRule* vendor_rule(const Affected& affected, std::string_view vendor, std::string_view release);

// The first release that surely has the fix, in the running branch where it
// got one, else of mainline. Nothing where there is none, or where the
// running kernel is not affected.
std::optional<std::string> fixed_release_for(const Affected& affected, std::string_view upstream);

}  // namespace harden
