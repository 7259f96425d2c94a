// SPDX-License-Identifier: Apache-2.0
//
// The tables of the store, as a list of steps. A file of this folder that
// needs tables registers a step with the next free number; nothing else has to
// be edited. A store of version N has had the steps 1 to N. A step that was
// released is never changed: what is to be different is another step.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/store/database.h"

namespace harden {

inline constexpr std::int32_t kApplicationId = 0x68617264;  // "hard", in the file's header

struct SchemaStep {
  int version = 0;  // from 1 on, without gaps
  const char* sql = nullptr;
};

// At namespace scope in the file that uses the tables. Two steps with one
// number end the program at start: that is a mistake of the build.
struct RegisterStep {
  explicit RegisterStep(SchemaStep step);
};

// In the order of their versions.
const std::vector<SchemaStep>& schema_steps();

// The version of a store. Errc::unsupported where it is newer than these steps.
Result<std::int64_t> version_of(const Database& database, const std::vector<SchemaStep>& steps);

// Whether this program may read the store. Errc::unsupported where it is newer
// or, since only writers bring it up to date, older than these steps.
Result<> check_version(const Database& database, const std::vector<SchemaStep>& steps);

// Takes the steps that the store has not had, all or none. Errc::unsupported
// where it is newer.
Result<> upgrade(const Database& database, const std::vector<SchemaStep>& steps);

}  // namespace harden
