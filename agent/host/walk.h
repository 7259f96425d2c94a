// SPDX-License-Identifier: Apache-2.0
//
// Finding things in a folder tree that is a whole machine, without ever
// leaving it.
#pragma once

#include <string>

#include "agent/host/descriptor.h"
#include "harden/result.h"

namespace harden {

// Something of the tree, opened without following its last link and without
// reading.
struct Found {
  Descriptor file;  // O_PATH
  unsigned mode = 0;
};

// What stands at a path of the tree `root`. Links are followed inside the
// tree, that of the last component only where `follow_last` says so. A folder
// with a ".error" file is the error that it names (host.h).
Result<Found> find_in_tree(const Descriptor& root, const std::string& path, bool follow_last);

}  // namespace harden
