// SPDX-License-Identifier: Apache-2.0
//
// An open file of the system, closed when it goes out of sight.
#pragma once

#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <utility>

namespace harden {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ < 0) return;
    [[maybe_unused]] const int result = ::close(number_);
    // Somebody else has closed it: the next time it may be another thread's file.
    assert(result == 0 || errno != EBADF);
  }

  int get() const { return number_; }
  bool open() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

}  // namespace harden
