// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>

#include "agent/host/file.h"

namespace harden {
namespace {

class HeldFile final : public OpenFile {
 public:
  HeldFile(Descriptor file, const struct stat& status, std::string place)
      : file_(std::move(file)),
        size_(S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0),
        modified_(S_ISREG(status.st_mode) ? status.st_mtim.tv_sec : 0),
        seekable_(S_ISREG(status.st_mode) || S_ISBLK(status.st_mode)),
        place_(std::move(place)) {}

  std::uint64_t size() const override { return size_; }
  std::int64_t modified() const override { return modified_; }
  int descriptor() const override { return file_.get(); }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> buffer) const override {
    if (!seekable_ && offset != position_) {
      return fail(Errc::unsupported, "can only be read from front to back: give it as a file", place_);
    }
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      const ssize_t count = some(offset + filled, buffer.subspan(filled));
      if (count == 0) break;
      if (count > 0) {
        filled += static_cast<std::size_t>(count);
      } else if (auto again = try_again(errno); !again) {
        return std::unexpected(again.error());
      }
    }
    position_ = offset + filled;
    return filled;
  }

 private:
  ssize_t some(std::uint64_t offset, std::span<char> buffer) const {
    if (!seekable_) return ::read(file_.get(), buffer.data(), buffer.size());
    if (offset > INT64_MAX) return 0;
    return ::pread(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
  }

  // Whoever writes into a pipe may take his time: a person types, a download
  // goes on. So this waits as long as there is a writer.
  Result<> try_again(int number) const {
    if (number == EINTR) return {};
    if (number != EAGAIN) return std::unexpected(system_error(number, place_));
    pollfd waiting{file_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, -1) < 0 && errno != EINTR) return std::unexpected(system_error(errno, place_));
    return {};
  }

  Descriptor file_;
  std::uint64_t size_;
  std::int64_t modified_;
  bool seekable_;
  std::string place_;
  mutable std::uint64_t position_ = 0;
};

}  // namespace

Result<std::unique_ptr<const OpenFile>> Host::open(const std::string& path) const {
  return fail(Errc::unsupported, "this host holds no file open", path);
}

Result<std::unique_ptr<const OpenFile>> hold_open(Descriptor file, const std::string& place) {
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return std::unexpected(system_error(errno, place));
  if (S_ISDIR(status.st_mode)) return fail(Errc::malformed, "is a directory", place);
  return std::make_unique<const HeldFile>(std::move(file), status, place);
}

Result<> hand_over(std::span<const OpenFile* const> files, const std::function<bool(std::span<int>)>& take) {
  std::vector<Descriptor> own;
  std::vector<int> numbers;
  for (const OpenFile* file : files) {
    own.emplace_back(::fcntl(file->descriptor(), F_DUPFD_CLOEXEC, 3));
    if (!own.back().open()) return std::unexpected(system_error(errno, "a file to be handed over"));
    numbers.push_back(own.back().get());
  }
  if (!take(numbers)) return {};
  for (Descriptor& taken : own) taken.release();
  return {};
}

Result<std::unique_ptr<const OpenFile>> open_standard_input() {
  const std::string place = "standard input";
  Descriptor file(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!file.open()) return std::unexpected(system_error(errno, place));
  return hold_open(std::move(file), place);
}

}  // namespace harden
