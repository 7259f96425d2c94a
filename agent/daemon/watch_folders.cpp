// SPDX-License-Identifier: Apache-2.0
//
// A path that is not there is awaited in the folder above it that is. What the
// kernel itself puts into /sys/fs/pstore is not told by inotify.
#include <sys/inotify.h>

#include <algorithm>

#include "agent/daemon/watch_parts.h"
#include "agent/host/notify.h"
#include "harden/host.h"

namespace harden::daemon {
namespace {

constexpr std::uint32_t kGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT;
constexpr std::uint32_t kEntries = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB;
constexpr std::uint32_t kAwaiting = IN_CREATE | IN_MOVED_TO;
constexpr std::uint32_t kFile = kAwaiting | IN_DELETE | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_ATTRIB;
constexpr std::uint32_t kSelf = IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::size_t kMostBelow = 256;
constexpr int kMostBlocks = 4;
constexpr int kMostSteps = 32;

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

class Folders::Impl {
 public:
  Impl(const WatchTools& tools, Descriptor inotify, std::function<void()> on_overrun)
      : on_overrun_(std::move(on_overrun)), notes_(tools.executor, std::move(inotify), [this] { return read(); }) {}

  void add(const std::string& path, What what, OnChange on_change) {
    targets_.push_back({path, what, std::move(on_change)});
    arm(targets_.size() - 1);
  }

 private:
  struct Target {
    std::string path;
    What what;
    OnChange on_change;
  };
  // Why a directory is watched.
  struct Role {
    std::size_t target = 0;
    std::string name;       // the one entry that counts; "" for all of them
    bool awaited = false;   // its coming means that there is more to watch
    bool may_nest = false;  // folders in it are watched too
  };

  // False where the folder is not there.
  bool watch(const std::string& folder, std::uint32_t events, Role role) {
    const auto number = watch_directory(notes_.file(), folder, events | kSelf);
    if (!number) return false;
    roles_[*number].push_back(std::move(role));
    return true;
  }

  void forget(std::size_t target) {
    for (auto at = roles_.begin(); at != roles_.end();) {
      std::erase_if(at->second, [&](const Role& role) { return role.target == target; });
      if (at->second.empty()) {
        unwatch(notes_.file(), at->first);
        at = roles_.erase(at);
      } else {
        ++at;
      }
    }
  }

  void arm(std::size_t target) {
    forget(target);
    const std::string& path = targets_[target].path;
    const bool file = targets_[target].what == What::file;
    const bool there =
        file ? watch(parent_of(path), kFile, {target, name_of(path), false, false}) : watch_folder(target, path);
    if (!there) await(target, file ? parent_of(path) : path);
  }

  bool watch_folder(std::size_t target, const std::string& path) {
    const bool nests = targets_[target].what == What::folder_and_below;
    if (!watch(path, kEntries, {target, "", false, nests})) return false;
    const auto entries = nests ? live_host()->list(path) : fail(Errc::absent, "not wanted");
    if (!entries) return true;
    std::size_t count = 0;
    for (const DirEntry& entry : *entries) {
      if (entry.kind == DirEntry::Kind::directory && ++count <= kMostBelow) {
        watch(path + "/" + entry.name, kEntries, {target, "", false, false});
      }
    }
    return true;
  }

  // Looks again after each step: the folder may have come in between.
  void await(std::size_t target, const std::string& folder) {
    std::string missing = folder;
    for (int step = 0; step < kMostSteps && missing != "/"; ++step) {
      const std::string above = parent_of(missing);
      if (watch(above, kAwaiting, {target, name_of(missing), true, false})) {
        if (live_host()->kind(missing) != DirEntry::Kind::directory) return;
        forget(target);
        return again_.push_back(target);
      }
      missing = above;
    }
  }

  bool read() {
    std::set<std::size_t> changed;
    std::set<std::size_t> armed;
    bool more = true;
    for (int block = 0; more && block < kMostBlocks; ++block) {
      const auto events = read_inotify(notes_.file());
      more = events && !events->empty();
      for (const FileEvent& event : more ? *events : std::vector<FileEvent>()) see(event, changed, armed);
    }
    for (const std::size_t target : armed) arm(target);
    settle();
    for (const std::size_t target : changed) targets_[target].on_change();
    return more;
  }

  void see(const FileEvent& event, std::set<std::size_t>& changed, std::set<std::size_t>& armed) {
    if (event.watch < 0) {
      on_overrun_();
      for (std::size_t i = 0; i < targets_.size(); ++i) armed.insert(i);
      return;
    }
    const auto found = roles_.find(event.watch);
    if (found == roles_.end()) return;
    const bool gone = (event.events & kGone) != 0;
    for (const Role& role : found->second) {
      if (!gone && !role.name.empty() && role.name != event.name) continue;
      changed.insert(role.target);
      const bool folder = (event.events & IN_ISDIR) != 0;
      if (gone || role.awaited || (folder && role.may_nest)) armed.insert(role.target);
    }
    if ((event.events & IN_IGNORED) != 0) roles_.erase(found);
  }

  // Targets that came while they were being awaited.
  void settle() {
    for (int round = 0; round < kMostSteps && !again_.empty(); ++round) {
      const auto targets = std::exchange(again_, {});
      for (const std::size_t target : targets) arm(target);
    }
  }

  std::function<void()> on_overrun_;
  std::vector<Target> targets_;
  std::vector<std::size_t> again_;
  std::map<int, std::vector<Role>> roles_;
  Readable notes_;

  friend class Folders;
};

Folders::Folders(const WatchTools& tools, std::function<void()> on_overrun) {
  auto inotify = open_inotify();
  if (inotify) {
    impl_ = std::make_unique<Impl>(tools, std::move(*inotify), std::move(on_overrun));
  } else {
    trouble_ = describe(inotify.error());
  }
}

Folders::~Folders() = default;

void Folders::add(const std::string& path, What what, OnChange on_change) {
  if (!impl_) return;
  const auto end = path.find_last_not_of('/');
  impl_->add(path.substr(0, end == std::string::npos ? 1 : end + 1), what, std::move(on_change));
  impl_->settle();
}

}  // namespace harden::daemon
