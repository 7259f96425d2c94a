// SPDX-License-Identifier: Apache-2.0
//
// What the daemon knows, as Prometheus reads it (text format 0.0.4). Names follow
// prometheus.io/docs/practices/naming; labels hold ids, types and words of our
// own, never free text. A state set (one series a state, 1 for the one that
// holds) tells verdicts, so that a series does not vanish when they change.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/answer/service.h"
#include "agent/daemon/server.h"
#include "agent/daemon/snapshot.h"
#include "agent/engine/crash_watch.h"
#include "harden/event.h"

namespace harden::daemon {

// Belongs to the I/O thread.
class Metrics {
 public:
  // What of the daemon changes all the time; either may be empty.
  struct Live {
    std::function<HttpCounters()> http;
    std::function<answer::Service()> service;
  };

  // Within `freshness` of its last rendering, text() gives the same again.
  explicit Metrics(Live live, std::chrono::milliseconds freshness = std::chrono::seconds(1));
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  // A new snapshot. Its evaluation is observed if it is another one than the last.
  void publish(std::shared_ptr<const Snapshot> snapshot);
  // Until this is called there is no word of crashes: none counted is not none.
  void set_crashes(std::vector<CrashCount> crashes);
  // Counts an event by its type, and one of type "transaction" by its "state".
  void count(const Event& event);

  // All of it; never null. Rendered anew only where something has changed.
  std::shared_ptr<const std::string> text();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace harden::daemon
