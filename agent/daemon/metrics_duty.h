// SPDX-License-Identifier: Apache-2.0
//
// Keeps the metrics up to date with the daemon, and their text file with them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "agent/daemon/keeper.h"
#include "agent/daemon/metrics.h"
#include "agent/daemon/textfile.h"
#include "harden/host_writer.h"

namespace harden::daemon {

class MetricsDuty {
 public:
  // `keeper` must outlive it. The file at `path` ("": none) is written by the
  // worker, for syncing takes its time: soon after a snapshot, and not more often
  // than every few seconds. It is taken away with this object, which must go
  // after the worker has ended.
  MetricsDuty(boost::asio::io_context& io, Keeper& keeper, std::function<HttpCounters()> http, std::string path,
              std::shared_ptr<HostWriter> writer);
  MetricsDuty(const MetricsDuty&) = delete;
  MetricsDuty& operator=(const MetricsDuty&) = delete;
  ~MetricsDuty();

  // There is a new snapshot.
  void publish();
  std::shared_ptr<const std::string> text() { return metrics_.text(); }

 private:
  void write();

  boost::asio::io_context& io_;
  Keeper& keeper_;
  Metrics metrics_;
  std::shared_ptr<Textfile> file_;
  boost::asio::steady_timer timer_;
  bool waiting_ = false;
  std::uint64_t subscription_ = 0;
};

}  // namespace harden::daemon
