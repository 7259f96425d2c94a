// SPDX-License-Identifier: Apache-2.0
//
// The distribution as os-release(5) tells it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "harden/host.h"

namespace harden::probe {

struct OsRelease {
  std::string path;  // the file it was read from
  std::map<std::string, std::string, std::less<>> fields;

  // The value of a field, or the default that os-release(5) gives it.
  std::string get(std::string_view field, std::string_view otherwise = "") const;
};

// The assignments of an os-release text, unquoted; of two to one name the
// later is kept. A line that is no assignment is left out, as is one whose
// quotes do not close.
std::map<std::string, std::string, std::less<>> parse_os_release(std::string_view text);

// /etc/os-release, and where that is absent /usr/lib/os-release.
// Errc::malformed where there is not one assignment in it.
Result<OsRelease> read_os_release(const Host& host);

}  // namespace harden::probe
