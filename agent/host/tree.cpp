// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "agent/host/file.h"
#include "agent/host/walk.h"
#include "harden/host.h"

namespace harden {
namespace {

class TreeHost final : public Host {
 public:
  TreeHost(std::string directory, Descriptor root) : directory_(std::move(directory)), root_(std::move(root)) {}

  Result<std::string> read(const std::string& path, Limit limit) const override {
    auto found = find_in_tree(root_, path, true);
    if (!found) return std::unexpected(found.error());
    if (!S_ISREG(found->mode)) return fail(Errc::malformed, "not a regular file", path);
    auto file = reopen(*found, O_RDONLY, path);
    if (!file) return std::unexpected(file.error());
    return read_all(*file, limit, path);
  }

  Result<std::vector<DirEntry>> list(const std::string& path, Limit limit) const override {
    auto found = find_in_tree(root_, path, true);
    if (!found) return std::unexpected(found.error());
    if (!S_ISDIR(found->mode)) return fail(Errc::malformed, "not a directory", path);
    auto directory = reopen(*found, O_RDONLY | O_DIRECTORY, path);
    if (!directory) return std::unexpected(directory.error());
    return list_all(std::move(*directory), limit, path);
  }

  Result<std::string> read_link(const std::string& path) const override {
    auto found = find_in_tree(root_, path, false);
    if (!found) return std::unexpected(found.error());
    if (!S_ISLNK(found->mode)) return fail(Errc::malformed, "not a symbolic link", path);
    return link_text(found->file.get(), "", path);
  }

  Result<DirEntry::Kind> kind(const std::string& path) const override {
    auto found = find_in_tree(root_, path, true);
    if (!found) return std::unexpected(found.error());
    return kind_of(found->mode);
  }

  Result<> may_write(const std::string& path) const override {
    const auto found = find_in_tree(root_, path, true);
    if (!found) return std::unexpected(found.error());
    return can_be_written(found->mode, path);
  }

  Result<HttpResponse> get(const std::string& socket, const std::string& target, Limit limit) const override {
    auto found = find_in_tree(root_, socket, true);
    if (!found) return std::unexpected(found.error());
    if (!S_ISDIR(found->mode)) return fail(Errc::unavailable, "nobody listens on it", socket);
    const std::string file = target.substr(0, target.find('?'));
    auto body = read(socket + "/" + file, limit);
    if (body) return HttpResponse{200, std::move(*body)};
    if (body.error().code == Errc::absent) return HttpResponse{404, "{\"message\":\"page not found\"}"};
    body.error().place = socket;
    return std::unexpected(body.error());
  }

  Result<std::unique_ptr<const OpenFile>> open(const std::string& path) const override {
    auto found = find_in_tree(root_, path, true);
    if (!found) return std::unexpected(found.error());
    if (!S_ISREG(found->mode)) return fail(Errc::malformed, "not a regular file", path);
    auto file = reopen(*found, O_RDONLY, path);
    if (!file) return std::unexpected(file.error());
    return hold_open(std::move(*file), path);
  }

  std::string name() const override { return directory_; }

 private:
  // An O_PATH descriptor reads nothing; the file it stands for is opened
  // through /proc/self/fd, so that it is the one that was looked at.
  static Result<Descriptor> reopen(const Found& found, int flags, const std::string& path) {
    const std::string self = "/proc/self/fd/" + std::to_string(found.file.get());
    Descriptor file(::open(self.c_str(), flags | O_CLOEXEC | O_NONBLOCK));
    if (!file.open()) return std::unexpected(system_error(errno, path));
    return file;
  }

  std::string directory_;
  Descriptor root_;
};

}  // namespace

Result<std::shared_ptr<const Host>> tree_host(const std::string& directory) {
  Descriptor root(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.open()) return std::unexpected(system_error(errno, directory));
  return std::make_shared<const TreeHost>(directory, std::move(root));
}

}  // namespace harden
