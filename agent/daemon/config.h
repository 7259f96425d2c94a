// SPDX-License-Identifier: Apache-2.0
//
// What an administrator may set: /etc/hardend/hardend.toml, then the files
// hardend.toml.d/*.toml beside it in the order of their names; what a later
// file says of a key takes the place of what an earlier one said, lists whole.
// Without any file everything is as below.
//
//   mode      = "report"                     # or "enforce": what may be applied unasked
//   sweep     = "10m"                        # between two looks at everything
//   policies  = ["/usr/share/hardend/policies", "/etc/hardend/policies.d"]
//   socket    = "/run/hardend/hardend.sock"
//   log_level = "info"                       # "error", "warning", "info", "debug"
//
//   [access]                                 # user names and ":groups"; nobody else may
//   read  = ["root", ":hardend"]
//   apply = ["root"]
//
//   [metrics]
//   listen   = "127.0.0.1:9976"              # /metrics alone; a loopback address
//   textfile = "/var/lib/prometheus/node-exporter/hardend.prom"
//
//   [limits]
//   connections      = 512
//   user_connections = 128                   # of one user
//   body             = 1048576               # bytes of a request
//   queue            = 64                    # requests that wait for the worker
//   request          = "10s"                 # for the head of a request to come in
//   idle             = "75s"                 # between two requests of one connection
//
//   [policy."CVE-2019-11477"]
//   mode = "enforce"
#pragma once

#include <chrono>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/daemon/access.h"
#include "harden/diagnostic.h"
#include "harden/host.h"

namespace harden::daemon {

inline constexpr const char* kConfigFile = "/etc/hardend/hardend.toml";

// Whether anything is changed that nobody asked for.
enum class Mode { report, enforce };
std::string_view to_string(Mode mode);

enum class LogLevel { error, warning, info, debug };
std::string_view to_string(LogLevel level);

struct Limits {
  std::size_t connections = 512;
  std::size_t user_connections = 128;  // of one user
  std::size_t body = 1 << 20;          // bytes
  std::size_t queue = 64;
  std::chrono::seconds request{10};
  std::chrono::seconds idle{75};

  friend bool operator==(const Limits&, const Limits&) = default;
};

// Where the installation has its policies, and the administrator theirs.
std::vector<std::string> standard_policy_folders();

struct Config {
  Mode mode = Mode::report;
  std::map<std::string, Mode, std::less<>> modes;  // by policy, where its own was given
  std::chrono::seconds sweep{600};
  std::vector<std::string> policies = standard_policy_folders();
  std::string socket = "/run/hardend/hardend.sock";
  LogLevel log_level = LogLevel::info;
  AccessLists access{{"root", ":hardend"}, {"root"}};
  std::string metrics;   // "127.0.0.1:9976"; "": no such listener
  std::string textfile;  // "": none
  Limits limits;

  Mode mode_of(std::string_view policy) const;
  // Whether any policy may be enforced.
  bool enforces() const;

  friend bool operator==(const Config&, const Config&) = default;
};

// Reads `file` and the folder `file`.d beside it, at most 100 files of 1 MiB.
// A file that is not there says nothing, unless `must_exist`. Every mistake of
// every file at once; `texts`, where given, gets what was read, for `render`.
std::expected<Config, Diagnostics> load_config(const Host& host, const std::string& file, bool must_exist = false,
                                               std::map<std::string, std::string>* texts = nullptr);

}  // namespace harden::daemon
