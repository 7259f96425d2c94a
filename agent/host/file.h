// SPDX-License-Identifier: Apache-2.0
//
// Bounded work on open files, the same for the live machine and for a tree.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/system_error.h"
#include "agent/host/descriptor.h"
#include "harden/host.h"

namespace harden {

using Deadline = std::chrono::steady_clock::time_point;

Deadline deadline_of(const Limit& limit);

// Waits until the file can be read (or written). Errc::timeout at the deadline.
Result<> wait_for(const Descriptor& file, short events, Deadline deadline, const std::string& place);

// Everything that is left to read.
Result<std::string> read_all(const Descriptor& file, const Limit& limit, const std::string& place);

// The entries of an open directory, sorted by name.
Result<std::vector<DirEntry>> list_all(Descriptor directory, const Limit& limit, const std::string& place);

// The text of the link named `name` in `directory` (AT_FDCWD for none).
Result<std::string> link_text(int directory, const std::string& name, const std::string& place);

DirEntry::Kind kind_of(unsigned mode);

// The open file as host.h promises it. A directory or a socket is Errc::malformed.
Result<std::unique_ptr<const OpenFile>> hold_open(Descriptor file, const std::string& place);
// Whether what is mounted at a path, as a proc_pid_mountinfo(5) says, may be
// written to. A mount point with white space in it is not found.
bool is_writable_mount(std::string_view mountinfo, std::string_view path);

// Errc::denied where the mode lets nobody write.
Result<> can_be_written(unsigned mode, const std::string& place);

}  // namespace harden
