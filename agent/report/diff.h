// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "agent/report/report.h"
#include "harden/change.h"

namespace harden {

// A unified diff (POSIX diff -u) between two contents of a path, with three
// lines around each change; "" where they are the same. A place that is not
// there is /dev/null. Texts of more than 2,000 lines are shown as replaced as
// a whole. Not escaped.
std::string unified_diff(const std::string& path, const std::optional<std::string>& before,
                         const std::optional<std::string>& after);

// The same of a change, painted and escaped except for its tabs, as patch(1)
// reads it. A value below /proc/sys ends in a newline there; a module has no
// content, and is a line that patch takes for a comment.
std::string change_diff(const Change& change, const Style& style);

}  // namespace harden
