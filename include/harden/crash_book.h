// SPDX-License-Identifier: Apache-2.0
//
// The book of a host's crashes: what was found, where, when and how often. The
// same crash of the same kernel stands in it once, with every occasion on which
// it struck counted once, however many sources tell of it and however often
// they are read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harden/crash.h"
#include "harden/crash_match.h"
#include "harden/result.h"
#include "harden/strike.h"

namespace harden {

// One crash as one source told it.
struct CrashSighting {
  CrashRecord record;
  std::vector<CrashMatch> matches;
  std::string source;     // "/sys/fs/pstore", "kmsg", a file's path
  std::string boot_id;    // of the boot that crashed; "" where it is not known
  std::int64_t time = 0;  // seconds since 1970, UTC: of the crash, or else when it was found
};

struct KeptCrash {
  std::string fingerprint;
  // Its `count` and `uptime` are those of the last occasion; alternative titles and modules are not kept.
  CrashRecord record;
  std::vector<CrashMatch> matches;
  std::string source;  // of the last occasion
  std::string boot_id;
  std::int64_t first = 0;  // seconds since 1970, UTC
  std::int64_t last = 0;
  std::int64_t count = 0;                    // over all occasions
  std::optional<std::int64_t> acknowledged;  // when; later occasions count again
};

// An error leaves the book as it was.
class CrashBook {
 public:
  virtual ~CrashBook() = default;

  // Which of these occasions were new, in their order; all are put down at once
  // or none is. One that is known only has its matches brought up to date. Two
  // tellings are of one occasion where the crash and the kernel are the same and
  // so is its uptime, or, where that is not known, the boot, or else the source.
  // Texts that are too long are cut; the oldest crashes are dropped where there
  // are too many.
  virtual Result<std::vector<bool>> add_all(std::span<const CrashSighting> sightings) = 0;
  Result<bool> add(const CrashSighting& sighting) {
    const auto added = add_all({&sighting, 1});
    if (!added) return std::unexpected(added.error());
    return static_cast<bool>(added->front());
  }

  // The newest first.
  virtual Result<std::vector<KeptCrash>> all() const = 0;

  // What still counts against policies, without the texts; of occasions after
  // the last acknowledgement.
  virtual Result<std::vector<Strike>> strikes() const = 0;

  // Errc::absent where there is no crash with that fingerprint, of any kernel.
  virtual Result<> acknowledge(const std::string& fingerprint, std::int64_t now) = 0;
};

}  // namespace harden
