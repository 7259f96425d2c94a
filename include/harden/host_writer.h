// SPDX-License-Identifier: Apache-2.0
//
// The door's other wing: the little that hardend ever does to a host. Reading
// goes through Host. Only applying, undoing and recovering hold a HostWriter,
// and each of them has written down before what it is about to do.
//
// What a call reports as done is on the disk, where the place is one that
// survives a boot. An error leaves the place as it was, or, where only the last
// sync failed, as it was to be. Links are not followed in the last component of
// a path: replacing or removing one is Errc::invalid, setting it an error.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "harden/result.h"

namespace harden {

class HostWriter {
 public:
  virtual ~HostWriter() = default;

  // Puts a file there, whole or not at all: another file is written beside it,
  // synced and renamed. It keeps owner, mode and extended attributes of the
  // one it replaces; a new one is root's, 0644. A missing folder is made (0755).
  virtual Result<> replace(const std::string& path, std::string_view content) = 0;

  // Takes a file away. Errc::absent where there is none.
  virtual Result<> remove(const std::string& path) = 0;

  // Makes a folder (0755) in one that is there. Errc::invalid where something
  // stands in its place.
  virtual Result<> make_folder(const std::string& path) = 0;

  // Takes an empty folder away. Errc::absent where there is none,
  // Errc::unavailable where something is in it.
  virtual Result<> remove_folder(const std::string& path) = 0;

  // Writes a value to a file of /proc/sys, which must be there, at one go.
  // Errc::invalid where the kernel refuses the value, Errc::denied where the
  // file system or the caller's rights do.
  virtual Result<> set(const std::string& path, std::string_view value) = 0;

  // Takes a module out of the kernel if nothing uses it (Errc::unavailable
  // where something does), as delete_module(2) with O_NONBLOCK.
  virtual Result<> unload(const std::string& module) = 0;

  // After a `replace` or `remove` that was cut short: takes away what it left
  // beside the file, and syncs the folder, so that what is there now stays.
  virtual Result<> tidy(const std::string& path) = 0;
};

// The running machine.
std::unique_ptr<HostWriter> live_writer();

// The machine that a folder tree describes: what a link in a path points at is
// looked for inside the tree. Modules cannot be unloaded (Errc::unsupported).
Result<std::unique_ptr<HostWriter>> tree_writer(const std::string& directory);

}  // namespace harden
