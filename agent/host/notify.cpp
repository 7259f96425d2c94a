// SPDX-License-Identifier: Apache-2.0
#include "agent/host/notify.h"

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "agent/core/system_error.h"

namespace harden {
namespace {

constexpr const char* kInotify = "inotify";
constexpr const char* kFanotify = "fanotify";
constexpr const char* kMessages = "/dev/kmsg";
constexpr std::size_t kBlock = 8192;       // also the most that a record of /dev/kmsg can be
constexpr unsigned kWritten = FAN_MODIFY;  // after the write, so that the new value is there

std::unexpected<Error> refused(const std::string& place) { return std::unexpected(system_error(errno, place)); }

std::string path_of(const Pin& pinned) { return "/proc/self/fd/" + std::to_string(pinned.file.get()); }

// Bytes that were read; 0 where there are none now.
Result<std::size_t> read_block(const Descriptor& file, std::array<char, kBlock>& block, const char* place) {
  for (;;) {
    const ssize_t count = ::read(file.get(), block.data(), block.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN) return 0U;
    if (errno != EINTR) return refused(place);
  }
}

WriteEvent event_of(const fanotify_event_metadata& note) {
  WriteEvent event;
  event.pid = note.pid;
  const Descriptor file(note.fd);
  struct stat status = {};
  event.lost = (note.mask & FAN_Q_OVERFLOW) != 0 || !file.open() || ::fstat(file.get(), &status) != 0;
  event.device = status.st_dev;
  event.inode = status.st_ino;
  return event;
}

}  // namespace

Result<Pin> pin(const std::string& path) {
  Pin pinned{Descriptor(::open(path.c_str(), O_PATH | O_CLOEXEC))};
  struct stat status = {};
  if (!pinned.file.open() || ::fstat(pinned.file.get(), &status) != 0) return refused(path);
  pinned.device = status.st_dev;
  pinned.inode = status.st_ino;
  return pinned;
}

Result<Descriptor> open_inotify() {
  Descriptor file(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!file.open()) return refused(kInotify);
  return file;
}

Result<int> watch_directory(const Descriptor& inotify, const std::string& path, std::uint32_t events) {
  const int watch =
      ::inotify_add_watch(inotify.get(), path.c_str(), events | IN_ONLYDIR | IN_MASK_ADD | IN_EXCL_UNLINK);
  if (watch < 0) return refused(path);
  return watch;
}

void unwatch(const Descriptor& inotify, int watch) { ::inotify_rm_watch(inotify.get(), watch); }

Result<int> watch_writes(const Descriptor& inotify, const Pin& pinned) {
  const int watch = ::inotify_add_watch(inotify.get(), path_of(pinned).c_str(), IN_MODIFY);
  if (watch < 0) return refused(kInotify);
  return watch;
}

Result<std::vector<FileEvent>> read_inotify(const Descriptor& inotify) {
  std::array<char, kBlock> block;
  const auto size = read_block(inotify, block, kInotify);
  if (!size) return std::unexpected(size.error());
  std::vector<FileEvent> events;
  std::string_view rest(block.data(), *size);
  inotify_event event = {};
  while (rest.size() >= sizeof event) {
    std::memcpy(&event, rest.data(), sizeof event);
    rest.remove_prefix(sizeof event);
    if (event.len > rest.size()) return fail(Errc::malformed, "an event is cut short", kInotify);
    const std::string_view name = rest.substr(0, event.len);
    events.push_back({event.wd, event.mask, std::string(name.substr(0, name.find('\0')))});
    rest.remove_prefix(event.len);
  }
  return events;
}

Result<Descriptor> open_fanotify() {
  Descriptor file(::fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) return refused(kFanotify);
  return file;
}

Result<> note_writes(const Descriptor& fanotify, const Pin& pinned) {
  const std::string path = path_of(pinned);
  if (::fanotify_mark(fanotify.get(), FAN_MARK_ADD, kWritten, AT_FDCWD, path.c_str()) != 0) return refused(kFanotify);
  return {};
}

// A mark outlives the pin else, and a user may have only so many.
void forget_writes(const Descriptor& fanotify, const Pin& pinned) {
  const std::string path = path_of(pinned);
  ::fanotify_mark(fanotify.get(), FAN_MARK_REMOVE, kWritten, AT_FDCWD, path.c_str());
}

Result<std::vector<WriteEvent>> read_fanotify(const Descriptor& fanotify) {
  std::array<char, kBlock> block;
  const auto size = read_block(fanotify, block, kFanotify);
  if (!size) return std::unexpected(size.error());
  std::vector<WriteEvent> events;
  std::string_view rest(block.data(), *size);
  fanotify_event_metadata note = {};
  while (rest.size() >= sizeof note) {
    std::memcpy(&note, rest.data(), sizeof note);
    if (note.vers != FANOTIFY_METADATA_VERSION || note.event_len < sizeof note || note.event_len > rest.size()) {
      return fail(Errc::malformed, "an event of another version", kFanotify);
    }
    events.push_back(event_of(note));
    rest.remove_prefix(note.event_len);
  }
  return events;
}

Result<Descriptor> open_kernel_messages() {
  Descriptor file(::open(kMessages, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.open() || ::lseek(file.get(), 0, SEEK_END) < 0) return refused(kMessages);
  return file;
}

Result<std::optional<std::string>> read_kernel_message(const Descriptor& messages) {
  std::array<char, kBlock> block;
  for (;;) {
    const ssize_t count = ::read(messages.get(), block.data(), block.size());
    if (count > 0) return std::string(block.data(), static_cast<std::size_t>(count));
    if (count == 0 || errno == EAGAIN) return std::nullopt;
    if (errno == EPIPE) return std::string();
    if (errno != EINTR) return refused(kMessages);
  }
}

}  // namespace harden
