// SPDX-License-Identifier: Apache-2.0
//
// Has the running host watched for the keeper, and the watch told what there is
// to watch: the sysctls that policies look at and that transactions set.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/daemon/config.h"
#include "agent/daemon/keeper.h"
#include "agent/daemon/watch.h"

namespace harden::daemon {

// The keys to be watched, as policies write them ("*" for any one component).
std::set<std::string> sysctls_of(const std::vector<Policy>& policies, const std::vector<Transaction>& standing);

class WatchDuty {
 public:
  // `io` and `keeper` must outlive it.
  WatchDuty(boost::asio::io_context& io, Keeper& keeper, const Config& config);
  WatchDuty(const WatchDuty&) = delete;
  WatchDuty& operator=(const WatchDuty&) = delete;
  ~WatchDuty();

  // There is a new snapshot.
  void publish(const Snapshot& snapshot);
  // Begins again where other folders are to be watched.
  void reconfigure(const Config& config);

 private:
  void begin();

  boost::asio::io_context& io_;
  Keeper& keeper_;
  std::vector<std::string> folders_;
  std::set<std::string> sysctls_;
  std::shared_ptr<const std::vector<Policy>> policies_;
  std::int64_t newest_ = 0;  // transaction
  std::size_t standing_ = 0;
  std::unique_ptr<Watch> watch_;
};

}  // namespace harden::daemon
