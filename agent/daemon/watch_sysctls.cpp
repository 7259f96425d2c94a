// SPDX-License-Identifier: Apache-2.0
//
// Every key in force is held (agent/host/notify.h says why) and watched:
// by fanotify, which names the writer, else by inotify. Keys of net.* are those
// of the network namespace of this process, as /proc/sys shows them to it.
#include <sys/resource.h>

#include <algorithm>

#include "agent/core/sysctl_pattern.h"
#include "agent/core/text.h"
#include "agent/daemon/watch_parts.h"
#include "agent/host/notify.h"
#include "harden/host.h"

namespace harden::daemon {
namespace {

constexpr const char* kSource = "sysctls";
constexpr Teller::Pace kPace{milliseconds(0), milliseconds(20), milliseconds(1)};
constexpr int kMostBlocks = 4;  // reads at once
constexpr std::size_t kLongestKey = 1024;

// Half of the files that this process may open; the other half is for the rest of it.
std::size_t most_pins() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  return std::min<rlim_t>(limit.rlim_cur / 2, 16'384);
}

// Nothing for what cannot be a key.
std::optional<std::string> path_of(const std::string& key) {
  if (key.empty() || key.size() > kLongestKey || key.contains('\0')) return std::nullopt;
  std::string below = text::separators_swapped(key);
  for (const std::string_view part : text::split(below, '/')) {
    if (part.empty() || part == "." || part == "..") return std::nullopt;
  }
  return "/proc/sys/" + std::move(below);
}

// Of the host's processes, or "" where it is gone already.
std::string comm_of(pid_t pid) {
  if (pid <= 0) return {};
  const auto comm = live_host()->read("/proc/" + std::to_string(pid) + "/comm", {.bytes = 64});
  return comm ? text::printable(text::trim(*comm)) : "";
}

}  // namespace

class SysctlSource::Impl {
 public:
  explicit Impl(WatchTools tools) : tools_(std::move(tools)) {
    auto fanotify = open_fanotify();
    names_writers_ = fanotify.has_value();
    if (!fanotify) fanotify = open_inotify();
    if (!fanotify) {
      trouble_ = describe(fanotify.error());
      return;
    }
    notes_.emplace(tools_.executor, std::move(*fanotify), [this] { return read(); });
  }

  void set(std::set<std::string> patterns) {
    patterns_ = std::move(patterns);
    look_again();
  }

  // What is held already stays, unless another entry has come in its place.
  void look_again() {
    if (!notes_) return;
    std::map<std::string, Watched, std::less<>> next;
    wanted_ = 0;
    for (const std::string& pattern : patterns_) {
      for (const std::string& key : expanded_keys(*live_host(), pattern)) {
        if (next.contains(key)) continue;
        ++wanted_;
        if (next.size() >= most_pins()) continue;
        if (auto watched = hold(key)) next.emplace(key, std::move(*watched));
      }
    }
    let_go();
    held_ = std::move(next);
    index();
  }

  WatchState state() const {
    WatchState state{kSource, notes_.has_value(), trouble_, ""};
    state.note = std::to_string(held_.size()) + " of " + std::to_string(wanted_) + " keys, the others are not there" +
                 (wanted_ > most_pins() ? " or too many" : "") + "; " +
                 (names_writers_ ? "writers are named" : "writers are not named: that takes CAP_SYS_ADMIN");
    return state;
  }

 private:
  struct Watched {
    Pin pinned;
    int watch = -1;  // inotify's number
  };
  using Place = std::pair<std::uint64_t, std::uint64_t>;

  std::optional<Watched> hold(const std::string& key) {
    const auto path = path_of(key);
    auto pinned = path ? pin(*path) : fail(Errc::invalid, "no key");
    if (!pinned) return std::nullopt;
    if (const auto had = held_.find(key); had != held_.end() && had->second.pinned.is(*pinned)) {
      return std::move(had->second);
    }
    Watched watched{std::move(*pinned), -1};
    if (names_writers_) {
      if (!note_writes(notes_->file(), watched.pinned)) return std::nullopt;
    } else {
      const auto watch = watch_writes(notes_->file(), watched.pinned);
      if (!watch) return std::nullopt;
      watched.watch = *watch;
    }
    return watched;
  }

  // What is held on was moved away by `hold`.
  void let_go() {
    for (const auto& [key, watched] : held_) {
      if (!watched.pinned.file.open()) continue;
      if (names_writers_) {
        forget_writes(notes_->file(), watched.pinned);
      } else {
        unwatch(notes_->file(), watched.watch);
      }
    }
  }

  void index() {
    keys_by_place_.clear();
    keys_by_watch_.clear();
    for (const auto& [key, watched] : held_) {
      keys_by_place_[{watched.pinned.device, watched.pinned.inode}] = key;
      if (watched.watch >= 0) keys_by_watch_[watched.watch] = key;
    }
  }

  bool read() {
    for (int block = 0; block < kMostBlocks; ++block) {
      const bool more = names_writers_ ? read_writers() : read_plain();
      if (!more) return false;
    }
    return true;
  }

  // Said once; the slow sweep is left.
  bool give_up(const Error& error) {
    trouble_ = describe(error);
    tools_.teller.lost(kSource);
    held_.clear();
    index();
    notes_.reset();
    return false;
  }

  bool read_writers() {
    const auto events = read_fanotify(notes_->file());
    if (!events) return give_up(events.error());
    if (events->empty()) return false;
    for (const WriteEvent& event : *events) {
      const auto found = keys_by_place_.find(Place{event.device, event.inode});
      if (event.lost) tools_.teller.lost(kSource);
      if (!event.lost && found != keys_by_place_.end()) tell(found->second, event.pid);
    }
    return true;
  }

  bool read_plain() {
    const auto events = read_inotify(notes_->file());
    if (!events) return give_up(events.error());
    if (events->empty()) return false;
    for (const FileEvent& event : *events) {
      if (event.watch < 0) tools_.teller.lost(kSource);
      const auto found = keys_by_watch_.find(event.watch);
      if (found != keys_by_watch_.end()) tell(found->second, 0);
    }
    return true;
  }

  void tell(const std::string& key, pid_t pid) {
    tools_.teller.tell(kSource, {Sighting::Kind::sysctl, key, pid, comm_of(pid), now_in_microseconds()}, kPace);
  }

  WatchTools tools_;
  bool names_writers_ = false;
  std::string trouble_;
  std::set<std::string> patterns_;
  std::size_t wanted_ = 0;
  std::map<std::string, Watched, std::less<>> held_;
  std::map<Place, std::string> keys_by_place_;
  std::map<int, std::string> keys_by_watch_;
  std::optional<Readable> notes_;
};

SysctlSource::SysctlSource(WatchTools tools) : impl_(std::make_unique<Impl>(std::move(tools))) {}
SysctlSource::~SysctlSource() = default;
void SysctlSource::set(std::set<std::string> patterns) { impl_->set(std::move(patterns)); }
void SysctlSource::look_again() { impl_->look_again(); }
WatchState SysctlSource::state() const { return impl_->state(); }

}  // namespace harden::daemon
