// SPDX-License-Identifier: Apache-2.0
//
// Crashes as the daemon comes upon them: diagnosed, and noted in the book.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harden/crash.h"
#include "harden/crash_book.h"
#include "harden/host.h"
#include "harden/policy.h"

namespace harden {

// Where a text comes from.
struct CrashOrigin {
  std::string source;     // "kmsg", "/sys/fs/pstore", a path
  std::string boot_id;    // of the boot that crashed; "" where it is not known
  std::int64_t time = 0;  // seconds since 1970, UTC: of the crash, or else when it was found
  std::string kernel;     // the release, where the text itself does not name one; may be ""
};

struct NotedCrashes {
  std::vector<CrashSighting> fresh;  // occasions that the book did not have yet
  std::vector<CrashMatch> warnings;  // of a text without a crash: policies whose precursors it has
};

// Notes every crash of a text that was read. An error where the book could not
// be written; what was noted before it stays noted.
Result<NotedCrashes> note_crashes(CrashParser::Reading reading, const CrashOrigin& origin,
                                  const std::vector<Policy>& policies, CrashBook& book);

// The same of a whole text, such as what /dev/kmsg said from the first line of
// an oops to its last.
Result<NotedCrashes> take_kmsg(std::string_view text, const CrashOrigin& origin, const std::vector<Policy>& policies,
                               CrashBook& book);

// Everything on the host where kernels leave what they said, read and noted:
// at start, and when pstore or a folder of kdump's has changed.
struct CrashSweep {
  struct Warning {
    std::string source;
    CrashMatch match;
  };
  std::vector<CrashSighting> fresh;
  std::vector<Warning> warnings;
  std::vector<Error> problems;  // sources that could not be read, or not be noted
  bool more = false;            // older sources were left out
};
CrashSweep scan_crashes(const Host& host, const std::vector<Policy>& policies, CrashBook& book, std::int64_t now);

// How many crashes of a type a policy has in the book, over all occasions.
struct CrashCount {
  std::string policy;  // of each match that is likely or certain; "" for crashes without one
  CrashType type = CrashType::other;
  std::int64_t count = 0;

  friend bool operator==(const CrashCount&, const CrashCount&) = default;
};

// By policy, then by type. A crash that two policies match counts for both.
std::vector<CrashCount> count_crashes(const std::vector<KeptCrash>& crashes);

}  // namespace harden
