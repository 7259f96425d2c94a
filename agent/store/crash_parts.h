// SPDX-License-Identifier: Apache-2.0
//
// The lists of a crash (frames, precursors, matches), each a table of its own.
#pragma once

#include <cstdint>

#include "agent/store/database.h"
#include "harden/crash_book.h"

namespace harden {

// Takes the place of what is there.
Result<> put_crash_parts(const Database& database, std::int64_t crash, const CrashSighting& sighting);

Result<> read_crash_parts(const Database& database, std::int64_t crash, KeptCrash& out);

// At most so many bytes, never in the middle of a UTF-8 character.
std::string_view cut(std::string_view text, std::size_t most);

}  // namespace harden
