// SPDX-License-Identifier: Apache-2.0
//
// The crashes of the store; what harden/crash_book.h promises, on a database.
// Errors as agent/store/store.h has them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "agent/store/store.h"
#include "harden/crash_book.h"

namespace harden {

inline constexpr std::size_t kMostCrashes = 1000;                      // the newest
inline constexpr std::size_t kMostCrashBytes = std::size_t{16} << 20;  // of their reports together
inline constexpr std::size_t kMostOccasions = 1000;                    // of one crash, the newest
inline constexpr std::size_t kMostCrashText = std::size_t{64} << 10;   // of a report
inline constexpr std::size_t kMostCrashWord = 1000;                    // of any other text
inline constexpr std::size_t kMostCrashParts = 256;                    // frames, precursors, matches, each

class StoredCrashes : public CrashBook {
 public:
  // The store must live as long.
  explicit StoredCrashes(const Store& store) : store_(store) {}

  Result<std::vector<bool>> add_all(std::span<const CrashSighting> sightings) override;
  Result<std::vector<KeptCrash>> all() const override;
  Result<std::vector<Strike>> strikes() const override;
  Result<> acknowledge(const std::string& fingerprint, std::int64_t now) override;

 private:
  const Store& store_;
};

}  // namespace harden
