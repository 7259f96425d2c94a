// SPDX-License-Identifier: Apache-2.0
#include "agent/host/mount.h"

#include <sys/statvfs.h>

namespace harden {

bool is_read_only(const std::string& path) {
  struct statvfs status = {};
  return ::statvfs(path.c_str(), &status) == 0 && (status.f_flag & ST_RDONLY) != 0;
}

}  // namespace harden
