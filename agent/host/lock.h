// SPDX-License-Identifier: Apache-2.0
//
// The writers' lock: whoever changes the host holds it, so that there is never
// a second writer. It is flock(2)'s, on a file that also says who holds it;
// the kernel lets go of it when the process ends, however it ends.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "agent/host/descriptor.h"
#include "harden/result.h"

namespace harden {

// Held from `take_lock` until it goes out of sight. The file stays: were it
// removed, two could hold locks on two files of one name.
class Lock {
 public:
  explicit Lock(Descriptor file) : file_(std::move(file)) {}
  Lock(Lock&&) = default;
  Lock& operator=(Lock&&) = default;
  ~Lock();

 private:
  Descriptor file_;
};

// Takes the lock that `path` stands for, making the file (0600) where it is not
// there; its folder must be. Waits up to `wait`, by a clock that does not jump.
// `command`, such as "hardenctl apply", is told to those who wait in vain:
//   unavailable  "PID 123 (hardenctl apply) holds the lock since 2026-…"
//   denied       no permission to write the file
//   malformed    the path is a symbolic link
//   invalid      it is no file
Result<Lock> take_lock(const std::string& path, std::chrono::milliseconds wait, std::string_view command);

}  // namespace harden
