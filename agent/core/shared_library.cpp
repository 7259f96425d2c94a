// SPDX-License-Identifier: Apache-2.0
#include "agent/core/shared_library.h"

#include <dlfcn.h>

namespace harden {

Result<void*> SharedLibrary::find(const char* name) {
  std::call_once(once_, [this] { handle_ = ::dlopen(soname_.c_str(), RTLD_NOW | RTLD_LOCAL); });
  if (handle_ == nullptr) {
    return fail(Errc::unsupported, "the library " + soname_ + " is not installed on this machine", soname_);
  }
  void* address = ::dlsym(handle_, name);
  if (address == nullptr) {
    return fail(Errc::unsupported, "the library " + soname_ + " has no function " + name, soname_);
  }
  return address;
}

}  // namespace harden
