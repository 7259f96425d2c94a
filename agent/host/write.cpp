// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "agent/core/text.h"
#include "agent/host/file.h"
#include "agent/host/walk.h"
#include "harden/host_writer.h"

namespace harden {
namespace {

constexpr mode_t kFolderMode = 0755;
constexpr mode_t kFileMode = 0644;
constexpr std::size_t kLargestAttributes = 64 << 10;

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// One fixed name, so that what a power cut left behind is found again. No
// program takes it for one of its files: it begins with a dot.
std::string draft_name(const std::string& name) { return "." + name + ".hardend"; }

std::unexpected<Error> system_failure(const std::string& path) { return std::unexpected(system_error(errno, path)); }

Result<> sync(const Descriptor& file, const std::string& path) {
  if (::fsync(file.get()) != 0) return system_failure(path);
  return {};
}

// An O_PATH descriptor cannot be synced; the folder is opened once more.
Result<> sync_folder(const Descriptor& folder, const std::string& path) {
  const Descriptor open(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!open.open()) return system_failure(path);
  return sync(open, path);
}

Result<> write_all(const Descriptor& file, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t count = ::write(file.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(path);
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// The file that stands in a folder under a name, opened; a closed descriptor
// where there is none.
Result<Descriptor> standing(const Descriptor& folder, const std::string& name, const std::string& path) {
  Descriptor file(::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.open() && errno == ENOENT) return Descriptor();
  if (!file.open() && errno == ELOOP) {
    return fail(Errc::invalid, "a symbolic link stands here; it is neither followed nor replaced", path);
  }
  if (!file.open()) return system_failure(path);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return system_failure(path);
  if (!S_ISREG(status.st_mode)) return fail(Errc::invalid, "not a regular file", path);
  return file;
}

// ACLs and the labels of SELinux and Smack are extended attributes.
Result<> copy_attributes(const Descriptor& from, const Descriptor& to, const std::string& path) {
  std::array<char, kLargestAttributes> names;
  const ssize_t length = ::flistxattr(from.get(), names.data(), names.size());
  if (length < 0) return errno == EOPNOTSUPP ? Result<>() : system_failure(path);
  std::array<char, kLargestAttributes> value;
  for (const std::string_view part : text::split({names.data(), static_cast<std::size_t>(length)}, '\0')) {
    if (part.empty()) continue;
    const std::string name(part);
    const ssize_t size = ::fgetxattr(from.get(), name.c_str(), value.data(), value.size());
    if (size < 0) return system_failure(path);
    if (::fsetxattr(to.get(), name.c_str(), value.data(), static_cast<std::size_t>(size), 0) != 0) {
      return system_failure(path);
    }
  }
  return {};
}

Result<> take_over(const Descriptor& from, const Descriptor& to, const std::string& path) {
  if (!from.open()) return ::fchmod(to.get(), kFileMode) == 0 ? Result<>() : system_failure(path);
  struct stat status = {};
  if (::fstat(from.get(), &status) != 0) return system_failure(path);
  struct stat made = {};
  if (::fstat(to.get(), &made) != 0) return system_failure(path);
  // Most often there is nothing to give away, and a sandbox may not let us.
  const bool same = made.st_uid == status.st_uid && made.st_gid == status.st_gid;
  if (!same && ::fchown(to.get(), status.st_uid, status.st_gid) != 0) return system_failure(path);
  if (::fchmod(to.get(), status.st_mode & 07777) != 0) return system_failure(path);
  return copy_attributes(from, to, path);
}

bool is_there(const Descriptor& folder, const std::string& name) {
  struct stat status = {};
  return ::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

// The new file, whole and on the disk, under its draft's name.
Result<> write_draft(const Descriptor& folder, const std::string& draft, const Descriptor& old,
                     std::string_view content, const std::string& path) {
  ::unlinkat(folder.get(), draft.c_str(), 0);
  const Descriptor file(
      ::openat(folder.get(), draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.open() && errno == EEXIST) {
    const std::string place = folder_of(path) + "/" + draft;
    return fail(Errc::invalid, "something stands where the new file is to be made first; move it away", place);
  }
  if (!file.open()) return system_failure(path);
  if (auto written = write_all(file, content, path); !written) return written;
  if (auto taken = take_over(old, file, path); !taken) return taken;
  return sync(file, path);
}

Result<> replace_in(const Descriptor& folder, const std::string& path, std::string_view content) {
  const std::string name = name_of(path);
  const std::string draft = draft_name(name);
  const auto old = standing(folder, name, path);
  if (!old) return std::unexpected(old.error());
  auto done = write_draft(folder, draft, *old, content, path);
  if (done && ::renameat(folder.get(), draft.c_str(), folder.get(), name.c_str()) != 0) done = system_failure(path);
  if (!done) {
    ::unlinkat(folder.get(), draft.c_str(), 0);
    return done;
  }
  return sync_folder(folder, path);
}

// What the two machines do differently: find a folder, and write to /proc/sys.
class FolderWriter : public HostWriter {
 public:
  Result<> replace(const std::string& path, std::string_view content) final {
    const auto folder = ensure_folder(folder_of(path));
    if (!folder) return std::unexpected(folder.error());
    return replace_in(*folder, path, content);
  }

  Result<> remove(const std::string& path) final {
    const auto folder = find_folder(folder_of(path));
    if (!folder) return std::unexpected(folder.error());
    const auto old = standing(*folder, name_of(path), path);
    if (!old) return std::unexpected(old.error());
    if (::unlinkat(folder->get(), name_of(path).c_str(), 0) != 0) return system_failure(path);
    return sync_folder(*folder, path);
  }

  // Synced into its parent, or the files in it could go with it.
  Result<> make_folder(const std::string& path) final {
    const auto parent = find_folder(folder_of(path));
    if (!parent) return std::unexpected(parent.error());
    const std::string name = name_of(path);
    if (::mkdirat(parent->get(), name.c_str(), kFolderMode) != 0) {
      return errno == EEXIST ? fail(Errc::invalid, "something else stands in the place of a folder", path)
                             : system_failure(path);
    }
    // The caller's umask is not to close a folder that other programs read.
    if (::fchmodat(parent->get(), name.c_str(), kFolderMode, 0) != 0) return system_failure(path);
    return sync_folder(*parent, path);
  }

  Result<> remove_folder(const std::string& path) final {
    const auto parent = find_folder(folder_of(path));
    if (!parent) return std::unexpected(parent.error());
    if (::unlinkat(parent->get(), name_of(path).c_str(), AT_REMOVEDIR) != 0) {
      const bool full = errno == ENOTEMPTY || errno == EEXIST;
      return full ? fail(Errc::unavailable, "the folder is not empty", path) : system_failure(path);
    }
    return sync_folder(*parent, path);
  }

  Result<> tidy(const std::string& path) final {
    const auto folder = find_folder(folder_of(path));
    if (!folder) return {};
    const std::string draft = draft_name(name_of(path));
    // A folder under that name is none of ours. A read-only file system says so
    // before it looks whether there is anything to remove.
    const int error = ::unlinkat(folder->get(), draft.c_str(), 0) == 0 ? 0 : errno;
    const bool gone = error == 0 || error == ENOENT || error == EISDIR;
    if (!gone && (error != EROFS || is_there(*folder, draft))) return std::unexpected(system_error(error, path));
    return sync_folder(*folder, path);
  }

 protected:
  virtual Result<Descriptor> find_folder(const std::string& path) const = 0;

 private:
  // Makes the missing ones on the way.
  Result<Descriptor> ensure_folder(const std::string& path) {
    auto found = find_folder(path);
    if (found || found.error().code != Errc::absent || path == "/") return found;
    if (auto parent = ensure_folder(folder_of(path)); !parent) return parent;
    if (auto made = make_folder(path); !made) return std::unexpected(made.error());
    return find_folder(path);
  }
};

class LiveWriter final : public FolderWriter {
 public:
  Result<> set(const std::string& path, std::string_view value) override {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.open()) return system_failure(path);
    const std::string line = std::string(value) + "\n";
    const ssize_t count = ::write(file.get(), line.data(), line.size());
    if (count < 0 && (errno == EINVAL || errno == ERANGE)) {
      return fail(Errc::invalid, "the kernel refuses the value " + text::quote(value), path);
    }
    if (count < 0) return system_failure(path);
    return {};
  }

  Result<> unload(const std::string& module) override {
    if (::syscall(SYS_delete_module, module.c_str(), O_NONBLOCK) == 0) return {};
    if (errno == EWOULDBLOCK || errno == EBUSY) return fail(Errc::unavailable, "something uses the module", module);
    return system_failure(module);
  }

 protected:
  Result<Descriptor> find_folder(const std::string& path) const override {
    Descriptor folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.open()) return system_failure(path);
    return folder;
  }
};

class TreeWriter final : public FolderWriter {
 public:
  explicit TreeWriter(Descriptor root) : root_(std::move(root)) {}

  // The tree's /proc/sys is made of plain files, which a write could leave
  // half done.
  Result<> set(const std::string& path, std::string_view value) override {
    const auto folder = find_folder(folder_of(path));
    if (!folder) return std::unexpected(folder.error());
    const auto old = standing(*folder, name_of(path), path);
    if (!old) return std::unexpected(old.error());
    if (!old->open()) return fail(Errc::absent, "there is no such sysctl", path);
    return replace_in(*folder, path, std::string(value) + "\n");
  }

  Result<> unload(const std::string& module) override {
    return fail(Errc::unsupported, "a tree of files has no modules to unload", module);
  }

 protected:
  Result<Descriptor> find_folder(const std::string& path) const override {
    auto found = find_in_tree(root_, path, true);
    if (!found) return std::unexpected(found.error());
    if (!S_ISDIR(found->mode)) return fail(Errc::malformed, "not a directory", path);
    return std::move(found->file);
  }

 private:
  Descriptor root_;
};

}  // namespace

std::unique_ptr<HostWriter> live_writer() { return std::make_unique<LiveWriter>(); }

Result<std::unique_ptr<HostWriter>> tree_writer(const std::string& directory) {
  Descriptor root(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.open()) return std::unexpected(system_error(errno, directory));
  return std::make_unique<TreeWriter>(std::move(root));
}

}  // namespace harden
