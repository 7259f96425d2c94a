// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "agent/host/file.h"
#include "agent/host/http.h"
#include "harden/host.h"

namespace harden {
namespace {

class LiveHost final : public Host {
 public:
  Result<std::string> read(const std::string& path, Limit limit) const override {
    auto file = descriptor(path, 0);
    if (!file) return std::unexpected(file.error());
    return read_all(*file, limit, path);
  }

  Result<std::vector<DirEntry>> list(const std::string& path, Limit limit) const override {
    auto directory = descriptor(path, O_DIRECTORY);
    if (!directory) return std::unexpected(not_a_directory(std::move(directory.error())));
    return list_all(std::move(*directory), limit, path);
  }

  Result<std::string> read_link(const std::string& path) const override { return link_text(AT_FDCWD, path, path); }

  Result<DirEntry::Kind> kind(const std::string& path) const override {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) return std::unexpected(system_error(errno, path));
    return kind_of(status.st_mode);
  }

  // The modes of /proc/sys hold for root too (kernel: test_perm() of
  // fs/proc/proc_sysctl.c), so root is asked for by access(2) and anybody else
  // looks at the mode. What neither forbids is left to the write itself.
  Result<> may_write(const std::string& path) const override {
    struct statvfs system = {};
    struct stat status = {};
    if (::statvfs(path.c_str(), &system) != 0 || ::stat(path.c_str(), &status) != 0) {
      return std::unexpected(system_error(errno, path));
    }
    if ((system.f_flag & ST_RDONLY) != 0) {
      // A unit may have mounted it so for this process alone.
      const auto mounts = read("/proc/1/mountinfo", {});
      if (mounts && is_writable_mount(*mounts, path)) return {};
      return fail(Errc::denied, "its file system is mounted read-only", path);
    }
    if (::geteuid() != 0) return can_be_written(status.st_mode, path);
    if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0) return {};
    if (errno == EACCES || errno == EROFS) return can_be_written(0, path);
    return {};
  }

  Result<HttpResponse> get(const std::string& socket, const std::string& target, Limit limit) const override {
    return unix_get(socket, target, limit);
  }

  Result<std::unique_ptr<const OpenFile>> open(const std::string& path) const override {
    auto file = descriptor(path, 0);
    if (!file) return std::unexpected(file.error());
    return hold_open(std::move(*file), path);
  }

  std::string name() const override { return "/"; }

 private:
  // O_NONBLOCK: a named pipe in the place of a file must not hold us up.
  static Result<Descriptor> descriptor(const std::string& path, int flags) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags));
    if (!file.open()) return std::unexpected(system_error(errno, path));
    return file;
  }

  // ENOTDIR of open(O_DIRECTORY) may mean the last component: then the thing
  // is there and is no directory.
  Error not_a_directory(Error error) const {
    if (error.code == Errc::absent && kind(error.place)) {
      return {Errc::malformed, "not a directory", std::move(error.place)};
    }
    return error;
  }
};

}  // namespace

std::shared_ptr<const Host> live_host() { return std::make_shared<const LiveHost>(); }

}  // namespace harden
