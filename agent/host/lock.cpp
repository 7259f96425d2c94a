// SPDX-License-Identifier: Apache-2.0
#include "agent/host/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <thread>
#include <vector>

#include "agent/core/calendar.h"
#include "agent/core/text.h"
#include "agent/host/file.h"

namespace harden {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// flock cannot wait for a time, so it is asked again.
constexpr milliseconds kPause(20);
constexpr std::size_t kLongestCommand = 200;

Result<Descriptor> open_file(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600));
  if (!file.open()) return std::unexpected(system_error(errno, path));
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return std::unexpected(system_error(errno, path));
  if (!S_ISREG(status.st_mode)) return fail(Errc::invalid, "not a file", path);
  return file;
}

// Whether it is ours now; false where somebody else has it.
Result<bool> try_lock(const Descriptor& file, const std::string& path) {
  for (;;) {
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return std::unexpected(system_error(errno, path));
  }
}

// Three lines: the process, its command, since when. Whoever may write the
// file may write anything, and the holder may not have come to write yet.
std::string holder(const Descriptor& file) {
  std::array<char, 512> content{};
  const ssize_t count = ::pread(file.get(), content.data(), content.size(), 0);
  const std::string_view text(content.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  const auto lines = text::lines(text);
  const auto pid = lines.size() == 3 ? text::to_int(lines[0]) : std::nullopt;
  if (!pid || *pid < 1) return "another process holds the lock";
  return "PID " + std::to_string(*pid) + " (" + text::printable(lines[1]) + ") holds the lock since " +
         text::printable(lines[2]);
}

// For people alone: a full disk must not keep anybody from the lock.
void sign(const Descriptor& file, std::string_view command) {
  const std::string text = std::to_string(::getpid()) + "\n" + text::printable(command.substr(0, kLongestCommand)) +
                           "\n" + date_time_text(wall_clock()) + "\n";
  if (::ftruncate(file.get(), 0) != 0) return;
  if (::pwrite(file.get(), text.data(), text.size(), 0) < 0) return;
}

}  // namespace

Lock::~Lock() {
  // Nobody holds it any more; the text would say otherwise to who reads it.
  if (file_.open() && ::ftruncate(file_.get(), 0) != 0) return;
}

Result<Lock> take_lock(const std::string& path, milliseconds wait, std::string_view command) {
  const auto deadline = steady_clock::now() + wait;
  auto file = open_file(path);
  if (!file) return std::unexpected(file.error());
  for (;;) {
    const auto taken = try_lock(*file, path);
    if (!taken) return std::unexpected(taken.error());
    if (*taken) break;
    const auto left = deadline - steady_clock::now();
    if (left <= milliseconds(0)) return fail(Errc::unavailable, holder(*file), path);
    std::this_thread::sleep_for(std::min<steady_clock::duration>(left, kPause));
  }
  sign(*file, command);
  return Lock(std::move(*file));
}

}  // namespace harden
