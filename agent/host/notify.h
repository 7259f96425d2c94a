// SPDX-License-Identifier: Apache-2.0
//
// What the kernel tells about files: inotify(7), fanotify(7), and /dev/kmsg.
// Every descriptor is non-blocking and is read until it has no more.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/host/descriptor.h"
#include "harden/result.h"

namespace harden {

// A file that is held without being opened (O_PATH). The kernel makes the
// entries of /proc/sys when they are looked up and forgets them when memory is
// short, and with them whatever watches them; one that is held stays.
struct Pin {
  Descriptor file;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  bool is(const Pin& other) const { return device == other.device && inode == other.inode; }
};
Result<Pin> pin(const std::string& path);

Result<Descriptor> open_inotify();

// Watches a directory, with what is watched of it already (IN_MASK_ADD); a
// file that is no directory is an error. The number that events will carry.
Result<int> watch_directory(const Descriptor& inotify, const std::string& path, std::uint32_t events);
void unwatch(const Descriptor& inotify, int watch);

// Watches what is pinned, and nothing that may have come in its place since.
Result<int> watch_writes(const Descriptor& inotify, const Pin& pinned);

struct FileEvent {
  int watch = -1;            // -1: the queue was full, and events are lost
  std::uint32_t events = 0;  // IN_*
  std::string name;          // of the entry of a directory; "" for itself
};
// At most what one read gives (about 200); empty where there is no more.
Result<std::vector<FileEvent>> read_inotify(const Descriptor& inotify);

// Like inotify, and names the writer. Needs CAP_SYS_ADMIN.
Result<Descriptor> open_fanotify();
Result<> note_writes(const Descriptor& fanotify, const Pin& pinned);
void forget_writes(const Descriptor& fanotify, const Pin& pinned);

struct WriteEvent {
  bool lost = false;  // the queue was full
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  pid_t pid = 0;  // 0: of another pid namespace
};
Result<std::vector<WriteEvent>> read_fanotify(const Descriptor& fanotify);

// /dev/kmsg from now on: Documentation/ABI/testing/dev-kmsg.
Result<Descriptor> open_kernel_messages();

// One record; nothing where there is none yet, "" where some were overwritten
// before they were read.
Result<std::optional<std::string>> read_kernel_message(const Descriptor& messages);

}  // namespace harden
