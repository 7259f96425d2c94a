// SPDX-License-Identifier: Apache-2.0
#include "agent/host/walk.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <deque>
#include <vector>

#include "agent/core/text.h"
#include "agent/host/file.h"

namespace harden {
namespace {

constexpr int kMostLinks = 40;  // as the kernel's MAXSYMLINKS
constexpr const char* kErrorFile = ".error";

// Walks a path one component at a time, so that no link and no ".." can lead
// out of the tree. openat2(RESOLVE_IN_ROOT) does the same, and is missing on
// the kernels this program is most needed on, and behind seccomp filters.
class Walk {
 public:
  Walk(const Descriptor& root, const std::string& path) : path_(path) {
    stack_.emplace_back(::fcntl(root.get(), F_DUPFD_CLOEXEC, 0));
    push_front(path);
  }

  Result<Found> to_end(bool follow_last) {
    for (;;) {
      if (pending_.empty()) return arrive(Descriptor(::fcntl(stack_.back().get(), F_DUPFD_CLOEXEC, 0)));
      const std::string name = std::move(pending_.front());
      pending_.pop_front();
      if (name == "..") {
        if (stack_.size() > 1) stack_.pop_back();
        continue;
      }
      auto next = step(name);
      if (!next) return std::unexpected(next.error());
      const bool last = pending_.empty();
      if (S_ISLNK(next->mode) && (follow_last || !last)) {
        if (auto followed = follow(next->file); !followed) return std::unexpected(followed.error());
        continue;
      }
      if (last) return std::move(*next);
      if (!S_ISDIR(next->mode)) return fail(Errc::absent, "a component of the path is no directory", path_);
      stack_.push_back(std::move(next->file));
    }
  }

 private:
  Result<Found> step(const std::string& name) {
    return arrive(Descriptor(::openat(stack_.back().get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)));
  }

  Result<Found> arrive(Descriptor file) const {
    struct stat status = {};
    if (!file.open() || ::fstat(file.get(), &status) != 0) return std::unexpected(system_error(errno, path_));
    if (S_ISDIR(status.st_mode)) {
      if (auto readable = stands_for_error(file); !readable) return std::unexpected(readable.error());
    }
    return Found{std::move(file), status.st_mode};
  }

  // The ".error" of host.h.
  Result<> stands_for_error(const Descriptor& directory) const {
    const Descriptor note(::openat(directory.get(), kErrorFile, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!note.open()) return {};
    const auto content = read_all(note, {.bytes = 4096}, path_);
    if (!content) return std::unexpected(content.error());
    const auto words = text::words(*content);
    const Errc code = words.empty() ? Errc::failed : errc_from(words.front());
    return fail(code, std::string(to_string(code)) + " (as the tree says)", path_);
  }

  Result<> follow(const Descriptor& link) {
    if (++links_ > kMostLinks) return std::unexpected(system_error(ELOOP, path_));
    auto target = link_text(link.get(), "", path_);
    if (!target) return std::unexpected(target.error());
    if (target->starts_with('/')) stack_.resize(1);
    push_front(*target);
    return {};
  }

  void push_front(std::string_view path) {
    std::deque<std::string> parts;
    for (const std::string_view part : text::split(path, '/')) {
      if (!part.empty() && part != ".") parts.emplace_back(part);
    }
    pending_.insert(pending_.begin(), parts.begin(), parts.end());
  }

  std::string path_;
  std::vector<Descriptor> stack_;  // the root and the directories entered
  std::deque<std::string> pending_;
  int links_ = 0;
};

}  // namespace

Result<Found> find_in_tree(const Descriptor& root, const std::string& path, bool follow_last) {
  return Walk(root, path).to_end(follow_last);
}

}  // namespace harden
