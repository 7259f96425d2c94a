// SPDX-License-Identifier: Apache-2.0
//
// Programs that run beside a benchmark, and what they take.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/host/descriptor.h"
#include "tests/support/temporary_folder.h"

namespace harden::test {

// A network namespace of its own for this process and those it starts, with the
// loopback up, and an empty /etc/sysctl.d. Throws where that is not permitted.
void into_own_namespaces();

// Looks again and again; false after half a minute.
bool comes_true(const std::function<bool()>& condition);

class Process {
 public:
  // Found on the PATH; what it says goes nowhere. `environment` comes besides.
  explicit Process(const std::vector<std::string>& words, const std::vector<std::string>& environment = {});
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // SIGTERM, and waits

  void signal(int number) const;
  // Voluntary context switches of all its threads (proc_pid_status(5)).
  long wake_ups() const;
  // Private_Clean and Private_Dirty of proc_pid_smaps(5).
  double private_mib() const;
  double processor_seconds() const;

 private:
  pid_t pid_ = -1;
};

// hardend with its files in a folder of its own, once it is ready.
class Daemon {
 public:
  // `more`: further lines of its configuration, tables alone.
  Daemon(const std::string& program, const std::vector<std::string>& policies, const std::string& more);

  // Takes another configuration.
  void configure(const std::string& more);
  // Has it look at everything, and waits until it has.
  void look() const;
  std::string socket() const { return (folder_.path() / "sock").string(); }
  const Process& process() const { return *process_; }

 private:
  std::string configuration(const std::string& more) const;
  void wait_for(const std::string& word);

  TemporaryFolder folder_;
  std::vector<std::string> policies_;
  Descriptor notify_;  // what it tells the service manager
  std::unique_ptr<Process> process_;
};

}  // namespace harden::test
