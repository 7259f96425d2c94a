// SPDX-License-Identifier: Apache-2.0
//
// hardend as a whole: what it is made of, put together, and its life from start
// to stop. Everything here happens on the I/O thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "agent/daemon/config.h"
#include "agent/daemon/event_log.h"
#include "agent/daemon/keeper.h"
#include "agent/daemon/metrics_duty.h"
#include "agent/daemon/options.h"
#include "agent/daemon/route.h"
#include "agent/daemon/server.h"
#include "agent/daemon/watch_duty.h"
#include "agent/host/lock.h"

namespace harden::daemon {

// The configuration that the options name; what is wrong goes to stderr.
std::optional<Config> configuration(const Options& options);

class Daemon {
 public:
  // Opens the state and the sockets. An error where another hardend has them,
  // or they cannot be had.
  static Result<std::unique_ptr<Daemon>> open(Options options, Config config);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  // Until it is told to stop.
  void run();

  Keeper& keeper() { return *keeper_; }
  boost::asio::io_context& io() { return io_; }

 private:
  Daemon(Options options, Config config);
  Result<> open_state();
  Result<> open_sockets();
  void listen_for_metrics();
  Result<Place> place() const;
  void wait_for_signal();
  void reload();
  void refuse_reload(const Diagnostics& mistakes);
  void stop();
  void beat();
  void show(const Snapshot& snapshot);

  Options options_;
  std::shared_ptr<const Config> config_;
  boost::asio::io_context io_;
  std::optional<Lock> lock_;  // one hardend a state
  std::unique_ptr<EventLog> events_;
  std::unique_ptr<Keeper> keeper_;
  std::unique_ptr<Services> services_;
  std::shared_ptr<Router> router_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<MetricsDuty> metrics_;
  std::unique_ptr<WatchDuty> watch_;  // of the running host alone
  boost::asio::signal_set signals_;
  boost::asio::steady_timer beat_;
  std::string status_;
  bool ready_ = false;
};

}  // namespace harden::daemon
