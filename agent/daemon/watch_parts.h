// SPDX-License-Identifier: Apache-2.0
//
// What the sources of a watch are made of, and the sources. Everything here
// lives on the I/O thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/daemon/sighting.h"
#include "agent/daemon/watch.h"
#include "agent/host/descriptor.h"
#include "harden/result.h"

namespace harden::daemon {

using Executor = boost::asio::any_io_executor;
using std::chrono::milliseconds;

std::int64_t now_in_microseconds();

// Calls `ready` whenever a descriptor can be read. `ready` reads a bounded
// part and says whether there may be more; others have their turn in between.
class Readable {
 public:
  Readable(const Executor& executor, Descriptor file, std::function<bool()> ready);
  ~Readable();
  Readable(Readable&&) = default;
  Readable& operator=(Readable&&) = default;

  const Descriptor& file() const;

 private:
  struct State;
  static void wait(const std::shared_ptr<State>& state);
  static void run(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

// Merges sightings of the same kind and thing.
class Teller {
 public:
  // The first of a row waits for `settle`; those after it are told together,
  // as the last of them, when a window is over: `shortest` long at first, and
  // twice as long each time that something had to be merged, up to `window`.
  // So changes that come one by one are told at once, and a flood is not.
  struct Pace {
    milliseconds settle{0};
    milliseconds window{50};
    milliseconds shortest = window;
  };
  struct Counts {
    std::uint64_t told = 0;
    std::uint64_t merged = 0;
    std::uint64_t lost = 0;
  };
  // More things in one row than this are told as one Kind::lost.
  static constexpr std::size_t kMostPending = 4096;

  Teller(const Executor& executor, OnSighting listener);

  // Of one kind and `thing` one row is told; mostly the thing is `what`.
  void tell(const std::string& source, Sighting sighting, Pace pace);
  void tell(const std::string& source, Sighting sighting, Pace pace, const std::string& thing);
  // Told at once and never merged: its bounds are the caller's.
  void tell_now(const std::string& source, Sighting sighting);
  // Something was dropped; told at most once in a window.
  void lost(const std::string& source);

  Counts counts(const std::string& source) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::string source;
    std::optional<Sighting> pending;
    Clock::time_point due;   // of the pending one, or when the row is over
    milliseconds window{0};  // as long as it is now
    bool merged = false;     // something was, in this one
  };
  using Key = std::pair<Sighting::Kind, std::string>;

  bool make_room(Clock::time_point now);
  void flush();
  void arm(Clock::time_point due);

  OnSighting listener_;
  std::map<Key, Entry> entries_;
  std::map<std::string, Counts, std::less<>> counts_;
  boost::asio::steady_timer timer_;
  std::optional<Clock::time_point> armed_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for handlers that come too late
};

// What the sources share.
struct WatchTools {
  Executor executor;
  Teller& teller;
};

class WatchSource {
 public:
  virtual ~WatchSource() = default;
  virtual WatchState state() const = 0;
};

// Files and folders by path, one inotify for all of them.
class Folders {
 public:
  using OnChange = std::function<void()>;
  enum class What { file, folder, folder_and_below };  // below: one level

  Folders(const WatchTools& tools, std::function<void()> on_overrun);
  ~Folders();
  // Calls back after each change of the entry, also when it comes or goes.
  void add(const std::string& path, What what, OnChange on_change);
  // Why there is nothing to be seen; "" where there is.
  const std::string& trouble() const { return trouble_; }

 private:
  class Impl;
  std::string trouble_;
  std::unique_ptr<Impl> impl_;
};

// The sysctls, by the keys in force.
class SysctlSource final : public WatchSource {
 public:
  explicit SysctlSource(WatchTools tools);
  ~SysctlSource() override;
  void set(std::set<std::string> patterns);
  void look_again();  // interfaces or modules came or went
  WatchState state() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The callback is called before the sighting is told.
std::unique_ptr<WatchSource> watch_interfaces(WatchTools tools, std::function<void()> on_change);
std::unique_ptr<WatchSource> watch_modules(WatchTools tools, std::function<void()> on_change);
std::unique_ptr<WatchSource> watch_engine(WatchTools tools, EngineTarget target, Folders& folders);
std::unique_ptr<WatchSource> watch_kmsg(WatchTools tools);

}  // namespace harden::daemon
