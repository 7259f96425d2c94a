// SPDX-License-Identifier: Apache-2.0
//
// Where the daemon's records go: to the journal where there is one, to standard
// error otherwise; and changes to the audit trail too.
#pragma once

#include <memory>
#include <mutex>

#include "agent/daemon/audit.h"
#include "agent/daemon/config.h"
#include "agent/daemon/log.h"
#include "harden/result.h"

namespace spdlog {
class logger;
}

namespace harden::daemon {

// Takes every record from when it is made until it goes; there is one.
class Output {
 public:
  explicit Output(LogLevel least);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  // Says the error; gives the status to end with.
  int give_up(const Error& error);

 private:
  void write(const Record& record);
  void show(const Record& record);

  LogLevel least_;
  bool journal_;
  std::shared_ptr<spdlog::logger> stderr_;
  std::mutex mutex_;
  Audit audit_;
};

}  // namespace harden::daemon
