// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/metrics_duty.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace harden::daemon {
namespace {

// A flood of changes makes one file of many snapshots.
constexpr std::chrono::seconds kCalm(5);

}  // namespace

MetricsDuty::MetricsDuty(boost::asio::io_context& io, Keeper& keeper, std::function<HttpCounters()> http,
                         std::string path, std::shared_ptr<HostWriter> writer)
    : io_(io),
      keeper_(keeper),
      metrics_({std::move(http), [&keeper] { return keeper.service(); }}),
      file_(path.empty() ? nullptr : std::make_shared<Textfile>(std::move(writer), std::move(path))),
      timer_(io),
      subscription_(keeper.subscribe([this](const Event& event) { metrics_.count(event); })) {}

MetricsDuty::~MetricsDuty() { keeper_.unsubscribe(subscription_); }

void MetricsDuty::publish() {
  const auto snapshot = keeper_.snapshot();
  if (snapshot->crashes) metrics_.set_crashes(count_crashes(*snapshot->crashes));
  metrics_.publish(snapshot);
  if (!file_ || std::exchange(waiting_, true)) return;
  timer_.expires_after(kCalm);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    waiting_ = false;
    write();
  });
}

void MetricsDuty::write() {
  keeper_.on_worker([file = file_, text = metrics_.text(), &io = io_, &keeper = keeper_] {
    const auto written = file->write(*text);
    std::string trouble = written ? "" : "the metrics' text file: " + describe(written.error());
    boost::asio::post(io, [&keeper, trouble] { keeper.set_trouble("textfile", trouble); });
  });
}

}  // namespace harden::daemon
