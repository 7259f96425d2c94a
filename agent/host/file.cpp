// SPDX-License-Identifier: Apache-2.0
#include "agent/host/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>

#include "agent/core/text.h"

namespace harden {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

DirEntry::Kind kind_of_entry(int directory, const dirent& entry) {
  switch (entry.d_type) {
    case DT_REG: return DirEntry::Kind::file;
    case DT_DIR: return DirEntry::Kind::directory;
    case DT_LNK: return DirEntry::Kind::link;
    case DT_UNKNOWN: break;  // the file system does not say: ask
    default: return DirEntry::Kind::other;
  }
  struct stat status = {};
  if (::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return DirEntry::Kind::other;
  return kind_of(status.st_mode);
}

bool is_self_or_parent(std::string_view name) { return name == "." || name == ".."; }

}  // namespace

Deadline deadline_of(const Limit& limit) { return steady_clock::now() + limit.time; }

Result<> wait_for(const Descriptor& file, short events, Deadline deadline, const std::string& place) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) return fail(Errc::timeout, "no answer in time", place);
    pollfd waiting{file.get(), events, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<long>(left, INT_MAX)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return std::unexpected(system_error(errno, place));
  }
}

Result<std::string> read_all(const Descriptor& file, const Limit& limit, const std::string& place) {
  const Deadline deadline = deadline_of(limit);
  std::array<char, 16 << 10> block;  // seq_files of /proc answer in pages
  std::string content;
  for (;;) {
    const ssize_t count = ::read(file.get(), block.data(), block.size());
    if (count == 0) return content;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      if (auto ready = wait_for(file, POLLIN, deadline, place); !ready) return std::unexpected(ready.error());
      continue;
    }
    if (count < 0) return std::unexpected(system_error(errno, place));
    content.append(block.data(), static_cast<std::size_t>(count));
    if (content.size() > limit.bytes) {
      return fail(Errc::too_large, "more than " + std::to_string(limit.bytes) + " bytes", place);
    }
    if (steady_clock::now() > deadline) return fail(Errc::timeout, "not read to its end in time", place);
  }
}

Result<std::vector<DirEntry>> list_all(Descriptor directory, const Limit& limit, const std::string& place) {
  const Deadline deadline = deadline_of(limit);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(directory.get()), ::closedir);
  if (!stream) return std::unexpected(system_error(errno, place));
  directory.release();  // now the stream's
  std::vector<DirEntry> entries;
  std::size_t bytes = 0;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) return std::unexpected(system_error(errno, place));
    if (entry == nullptr) break;
    if (is_self_or_parent(entry->d_name)) continue;
    entries.push_back({entry->d_name, kind_of_entry(::dirfd(stream.get()), *entry)});
    bytes += sizeof(DirEntry) + entries.back().name.size();
    if (bytes > limit.bytes) return fail(Errc::too_large, "too many entries", place);
    if (steady_clock::now() > deadline) return fail(Errc::timeout, "not listed to its end in time", place);
  }
  std::ranges::sort(entries, {}, &DirEntry::name);
  return entries;
}

Result<std::string> link_text(int directory, const std::string& name, const std::string& place) {
  std::array<char, PATH_MAX> text;
  const ssize_t length = ::readlinkat(directory, name.c_str(), text.data(), text.size());
  // The text of a link is its own file, so EINVAL means: this is no link.
  if (length < 0 && errno == EINVAL) return fail(Errc::malformed, "not a symbolic link", place);
  if (length < 0) return std::unexpected(system_error(errno, place));
  return std::string(text.data(), static_cast<std::size_t>(length));
}

DirEntry::Kind kind_of(unsigned mode) {
  if (S_ISREG(mode)) return DirEntry::Kind::file;
  if (S_ISDIR(mode)) return DirEntry::Kind::directory;
  return S_ISLNK(mode) ? DirEntry::Kind::link : DirEntry::Kind::other;
}

// Of several on one mount point the last covers the others.
bool is_writable_mount(std::string_view mountinfo, std::string_view path) {
  std::size_t longest = 0;
  bool writable = false;
  for (const std::string_view line : text::lines(mountinfo)) {
    const auto words = text::words(line);
    const auto separator = std::ranges::find(words, "-");
    if (words.size() < 6 || words.end() - separator < 4) continue;
    const std::string_view point = words[4] == "/" ? "" : words[4];
    const bool covers = path.starts_with(point) && (path.size() == point.size() || path[point.size()] == '/');
    if (!covers || point.size() < longest) continue;
    longest = point.size();
    const auto read_only = [](std::string_view options) { return text::split(options, ',').front() == "ro"; };
    writable = !read_only(words[5]) && !read_only(separator[3]);
  }
  return writable;
}

Result<> can_be_written(unsigned mode, const std::string& place) {
  constexpr unsigned kAnybody = S_IWUSR | S_IWGRP | S_IWOTH;
  return (mode & kAnybody) != 0 ? Result<>() : fail(Errc::denied, "it can only be read", place);
}

}  // namespace harden
