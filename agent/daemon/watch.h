// SPDX-License-Identifier: Apache-2.0
//
// Everything the kernel and the engines tell of their own accord, so that
// nothing polls that can be told. Nothing happens: nobody wakes up.
//
// What a source cannot be told (no permission, no such kernel, writes from
// other network namespaces or through another mount of /proc, what the kernel
// changes by itself) is left to the slow sweep; `states` says what is watched.
//
// Sightings of the same thing are merged: the first is told at once (folders
// and engines: once they are quiet for a moment), and what follows within a
// short time is told once more when that is over. So a sighting always comes
// after the last change, and no flood gives more than a bounded number of them.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/daemon/sighting.h"

namespace boost::asio {
class io_context;
}

namespace harden::daemon {

// An engine whose `/events` are followed. Where a service manager listens on
// its socket, connecting would start the engine; it is asked only while
// `pid_file` is there. "" asks it always.
struct EngineTarget {
  std::string socket;    // "/run/docker.sock"
  std::string pid_file;  // "/run/docker.pid"
};

// Folders and files need not be there: they are seen when they come.
struct WatchTargets {
  std::set<std::string> sysctls;  // dotted; "*" components stand for any one
  std::vector<std::string> policies, waivers, sysctl_d, modprobe_d, crashes;
  std::vector<EngineTarget> engines;
  bool interfaces = true, modules = true, kmsg = true;

  // What is watched on a host as installed, but for sysctls and policies.
  static WatchTargets of_this_host();
};

struct WatchState {
  std::string source;  // "sysctls", "interfaces", "modules", "policies", "engine /run/docker.sock", ...
  bool watching = false;
  std::string why_not;       // a sentence; "" while watching
  std::string note;          // what is watched, or is not: "41 of 43 keys, and who writes them"
  std::uint64_t told = 0;    // sightings
  std::uint64_t merged = 0;  // that were told with another one
  std::uint64_t lost = 0;    // times that the kernel or we dropped something; each was told as Kind::lost
};

// Lives and is called on the I/O thread; so is the listener. A sighting of kind
//   engine   has "SOCKET: TYPE ACTION", escaped, or "SOCKET: connected" or "SOCKET: gone" in `what`
//   policies, waivers, sysctl_d, modprobe_d, crash   have the folder or file as it was given
//   module, interface   have its name
//   kmsg     has lines as dmesg prints them: what may be a crash with what the kernel said before it; at
//            most 64 KiB at a time
//   lost     has the `source`
class Watch {
 public:
  Watch(boost::asio::io_context& context, const WatchTargets& targets, OnSighting on_sighting);
  ~Watch();

  // The keys to watch from now on. Entries that came or went are seen to by
  // the watch itself when it sees an interface or a module come.
  void set_sysctls(std::set<std::string> keys);

  std::vector<WatchState> states() const;

 private:
  class Sources;
  std::unique_ptr<Sources> sources_;
};

}  // namespace harden::daemon
