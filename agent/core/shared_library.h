// SPDX-License-Identifier: Apache-2.0
//
// A shared library that is loaded when it is first needed (dlopen(3)): what few
// runs need is not paid for by all of them. It is never unloaded.
#pragma once

#include <mutex>
#include <string>

#include "harden/result.h"

namespace harden {

class SharedLibrary {
 public:
  // `soname` as the dynamic linker knows it: "liblzo2.so.2".
  explicit SharedLibrary(std::string soname) : soname_(std::move(soname)) {}

  // The function of that name. Errc::unsupported where the library or the
  // function is not on this machine; the sentence says which.
  template <typename Function>
  Result<Function*> function(const char* name) {
    const auto address = find(name);
    if (!address) return std::unexpected(address.error());
    return reinterpret_cast<Function*>(*address);
  }

 private:
  Result<void*> find(const char* name);

  std::string soname_;
  std::once_flag once_;
  void* handle_ = nullptr;
};

}  // namespace harden
