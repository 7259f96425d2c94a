// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "agent/sysctl/resolver.h"

namespace harden::sysctl {

// What an applier does with a file.
struct Visit {
  enum class What { read, shadowed, masked, not_read };
  const File* file = nullptr;
  What what = What::read;
  const File* by = nullptr;  // that is read instead: of the same name, or a link to it
};

// Every file at its place. Those that are read stand in the order in which
// they are; a name that procps takes for a glob may bring one twice.
std::vector<Visit> visits(const SysctlFiles& files, Applier applier);

inline const std::vector<Statement>& statements_of(const File& file, Applier applier) {
  return file.statements[static_cast<std::size_t>(applier)];
}

}  // namespace harden::sysctl
