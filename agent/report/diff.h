// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "harden/change.h"

namespace harden {

// A unified diff (POSIX diff -u) between two contents of a path, with three
// lines around each change; "" where they are the same. A place that is not
// there is /dev/null. Texts of more than 2,000 lines are shown as replaced as
// a whole. Not escaped.
std::string unified_diff(const std::string& path, const std::optional<std::string>& before,
                         const std::optional<std::string>& after);

// The diff of a change; a runtime value is one line, as it stands in /proc/sys.
std::string unified_diff(const Change& change);

}  // namespace harden
