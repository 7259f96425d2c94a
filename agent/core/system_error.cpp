// SPDX-License-Identifier: Apache-2.0
#include "agent/core/system_error.h"

#include <cerrno>
#include <string_view>
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

// What a person can do about it, where that is not plain.
std::string_view remedy_of(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT: return "; make room there and try again";
    case EROFS: return "; it has to be mounted for writing";
    default: return "";
  }
}

}  // namespace

std::string message_of(int number) { return std::generic_category().message(number) + std::string(remedy_of(number)); }

Error system_error(int number, const std::string& place) { return {code_of(number), message_of(number), place}; }

}  // namespace harden
