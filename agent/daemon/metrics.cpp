// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/metrics.h"

#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <boost/json/parse.hpp>
#include <optional>
#include <sstream>

#include "agent/daemon/metrics_parts.h"

namespace harden::daemon {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMostTypes = 40;
const prometheus::Histogram::BucketBoundaries kEvaluationBuckets{0.001, 0.005, 0.02, 0.1, 0.5, 2, 10};

std::string rendered(const Families& families) {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

// "confirmed" of {"state":"confirmed",…}; only words that are states.
std::optional<TransactionState> state_in(const std::string& data) {
  boost::system::error_code error;
  const auto value = boost::json::parse(data, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* state = object == nullptr ? nullptr : object->if_contains("state");
  if (state == nullptr || !state->is_string()) return std::nullopt;
  const auto& word = state->get_string();
  return transaction_state_from({word.data(), word.size()});
}

}  // namespace

class Metrics::State {
 public:
  State(Live live, std::chrono::milliseconds freshness) : live_(std::move(live)), freshness_(freshness) {}

  void publish(std::shared_ptr<const Snapshot> snapshot) {
    if (!snapshot) return;
    if (!snapshot_ || snapshot_->evaluated != snapshot->evaluated) {
      evaluation_.Observe(static_cast<double>(snapshot->evaluation.count()) / 1e6);
    }
    snapshot_ = std::move(snapshot);
    of_snapshot_.clear();
    text_.reset();
  }

  void set_crashes(std::vector<CrashCount> crashes) {
    crashes_ = std::move(crashes);
    of_snapshot_.clear();
    text_.reset();
  }

  void count(const Event& event) {
    const bool room = events_.size() < kMostTypes || events_.contains(event.type);
    ++events_[room ? event.type : "other"];
    if (const auto state = event.type == "transaction" ? state_in(event.data) : std::nullopt) ++transactions_[*state];
  }

  std::shared_ptr<const std::string> text() {
    const auto now = steady_clock::now();
    if (text_ && now - rendered_ < freshness_) return text_;
    if (of_snapshot_.empty()) of_snapshot_ = of_snapshot();
    text_ = std::make_shared<const std::string>(of_snapshot_ + of_daemon());
    rendered_ = now;
    return text_;
  }

 private:
  // What stays as it is until the next snapshot is rendered once.
  std::string of_snapshot() const {
    Families families;
    if (snapshot_ && snapshot_->report) add_verdicts(families, *snapshot_->report);
    if (snapshot_) add_host_state(families, *snapshot_);
    if (snapshot_ && snapshot_->facts) add_collectors(families, *snapshot_->facts);
    if (crashes_) add_crashes(families, *crashes_);
    return rendered(families);
  }

  std::string of_daemon() const {
    Families families;
    add_build(families);
    families.push_back({"hardend_evaluation_duration_seconds",
                        "How long evaluations of all policies took.",
                        prometheus::MetricType::Histogram,
                        {evaluation_.Collect()}});
    auto events = counter("hardend_events_total", "Events told, by type.");
    for (const auto& [type, number] : events_) events.series(static_cast<double>(number), {{"type", type}});
    if (!events_.empty()) families.push_back(events.take());
    add_transactions(families);
    if (live_.http) add_http(families, live_.http());
    if (live_.service) add_service(families, live_.service());
    return rendered(families);
  }

  void add_transactions(Families& families) const {
    using enum TransactionState;
    auto moved = counter("hardend_transaction_moves_total", "How often a transaction came into a state.");
    for (const auto state : {begun, applied, confirmed, undoing, undone, stuck}) {
      const auto known = transactions_.find(state);
      const auto number = known == transactions_.end() ? 0 : known->second;
      moved.series(static_cast<double>(number), {{"state", std::string(to_string(state))}});
    }
    families.push_back(moved.take());
  }

  Live live_;
  std::chrono::milliseconds freshness_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::optional<std::vector<CrashCount>> crashes_;  // nothing where nobody has counted
  prometheus::Histogram evaluation_{kEvaluationBuckets};
  std::map<std::string, std::uint64_t> events_;
  std::map<TransactionState, std::uint64_t> transactions_;
  std::string of_snapshot_;  // "" where it must be rendered anew
  std::shared_ptr<const std::string> text_;
  steady_clock::time_point rendered_;
};

Metrics::Metrics(Live live, std::chrono::milliseconds freshness)
    : state_(std::make_unique<State>(std::move(live), freshness)) {}
Metrics::~Metrics() = default;

void Metrics::publish(std::shared_ptr<const Snapshot> snapshot) { state_->publish(std::move(snapshot)); }
void Metrics::set_crashes(std::vector<CrashCount> crashes) { state_->set_crashes(std::move(crashes)); }
void Metrics::count(const Event& event) { state_->count(event); }
std::shared_ptr<const std::string> Metrics::text() { return state_->text(); }

}  // namespace harden::daemon
