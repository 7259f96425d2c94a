// SPDX-License-Identifier: Apache-2.0
#include "agent/host/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "agent/core/system_error.h"

namespace harden {

Result<AppendFile> AppendFile::open(const std::string& path) {
  constexpr int kFlags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  Descriptor file(::open(path.c_str(), kFlags, 0600));
  if (!file.open()) return std::unexpected(system_error(errno, path));
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return std::unexpected(system_error(errno, path));
  if (!S_ISREG(status.st_mode)) return fail(Errc::invalid, "not a file", path);
  return AppendFile(std::move(file), path, static_cast<std::uint64_t>(status.st_size));
}

Result<> AppendFile::append(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(file_.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      Error error = system_error(count == 0 ? ENOSPC : errno, path_);
      (void)cut(size_);
      return std::unexpected(std::move(error));
    }
    done += static_cast<std::size_t>(count);
  }
  size_ += bytes.size();
  return {};
}

Result<std::string> AppendFile::read(std::uint64_t offset, std::size_t most) const {
  std::string bytes(most, '\0');
  std::size_t done = 0;
  while (done < most) {
    const ssize_t count = ::pread(file_.get(), bytes.data() + done, most - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(system_error(errno, path_));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

Result<> AppendFile::cut(std::uint64_t size) {
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) return std::unexpected(system_error(errno, path_));
  size_ = size;
  return {};
}

Result<> AppendFile::sync() const {
  if (::fdatasync(file_.get()) != 0) return std::unexpected(system_error(errno, path_));
  return {};
}

Result<> rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return std::unexpected(system_error(errno, from));
  return {};
}

}  // namespace harden
