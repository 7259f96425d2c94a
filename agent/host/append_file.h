// SPDX-License-Identifier: Apache-2.0
//
// A file that only grows at its end. What `append` reports as done outlives
// the process, however it ends; it outlives a power cut from the next `sync` on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/host/descriptor.h"
#include "harden/result.h"

namespace harden {

class AppendFile {
 public:
  // Makes the file (0600) where it is not there; its folder must be. A symbolic
  // link is Errc::malformed, what is no file Errc::invalid.
  static Result<AppendFile> open(const std::string& path);

  // All of it or nothing: what a full disk cut short is cut away again.
  Result<> append(std::string_view bytes);
  // From `offset` on, at most `most` bytes; fewer where it ends before.
  Result<std::string> read(std::uint64_t offset, std::size_t most) const;
  // Throws away what stands from `size` on.
  Result<> cut(std::uint64_t size);
  Result<> sync() const;

  std::uint64_t size() const { return size_; }
  const std::string& path() const { return path_; }

 private:
  AppendFile(Descriptor file, std::string path, std::uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}

  Descriptor file_;
  std::string path_;
  std::uint64_t size_ = 0;
};

// Gives a file the name of another, which is gone then; Errc::absent where it
// is not there. What is on the disk after a power cut is one of the two.
Result<> rename_file(const std::string& from, const std::string& to);

}  // namespace harden
