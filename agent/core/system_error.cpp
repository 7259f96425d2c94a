// SPDX-License-Identifier: Apache-2.0
#include "agent/core/system_error.h"

#include <cerrno>
#include <system_error>

namespace harden {
namespace {

Errc code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:  // a component of the path is a file: the path is not there
    case ESRCH:    // the process behind /proc/PID has gone
      return Errc::absent;
    case EACCES:
    case EPERM:
    case EROFS: return Errc::denied;
    case ETIMEDOUT: return Errc::timeout;
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG: return Errc::malformed;
    case ECONNREFUSED:
    case ENXIO:
    case ENODEV: return Errc::unavailable;
    case EINVAL:  // what a write-only or uninitialised sysctl answers
    case ENOSYS:
    case EAFNOSUPPORT:  // also what RestrictAddressFamilies= answers
    case EOPNOTSUPP: return Errc::unsupported;
    default: return Errc::failed;
  }
}

}  // namespace

Error system_error(int number, const std::string& place) {
  return {code_of(number), std::generic_category().message(number), place};
}

}  // namespace harden
