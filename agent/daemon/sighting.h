// SPDX-License-Identifier: Apache-2.0
//
// A sighting: a watcher saw that something on the host may have changed. It
// says what to look at again, and never what is there now.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace harden::daemon {

struct Sighting {
  enum class Kind {
    sysctl,     // `what` is a dotted key
    interface,  // rtnetlink: an interface came, went or was renamed
    engine,     // docker or podman: a network, a container, the engine itself
    module,     // a module was loaded or unloaded
    policies,   // a file in a policy folder
    waivers,    // a file in waivers.d
    sysctl_d,   // a file that sysctl appliers read
    modprobe_d,
    crash,  // pstore, a kdump folder
    kmsg,   // the kernel said something that may be a crash: `what` is the message
    lost,   // a watcher was overrun: everything of its kind must be looked at again; `what` says which
  };
  Kind kind = Kind::sysctl;
  std::string what;
  // Who did it, where the kernel tells: pid 0 where it does not.
  pid_t pid = 0;
  std::string comm;
  std::int64_t time = 0;  // microseconds since 1970, UTC
};

// Called on the I/O thread.
using OnSighting = std::function<void(Sighting)>;

}  // namespace harden::daemon
