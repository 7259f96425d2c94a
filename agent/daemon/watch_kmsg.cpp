// SPDX-License-Identifier: Apache-2.0
//
// A row of messages that may be a crash is handed on once the kernel is quiet
// for a moment.
#include <algorithm>

#include "agent/daemon/kernel_talk.h"
#include "agent/daemon/watch_parts.h"
#include "agent/host/notify.h"

namespace harden::daemon {
namespace {

constexpr const char* kSource = "kmsg";
constexpr int kMostAtOnce = 64;
constexpr milliseconds kQuiet{300};
constexpr milliseconds kLongest{3000};

class KmsgSource final : public WatchSource {
 public:
  explicit KmsgSource(WatchTools tools) : tools_(std::move(tools)), quiet_(tools_.executor) {
    auto messages = open_kernel_messages();
    if (!messages) {
      trouble_ = describe(messages.error());
      return;
    }
    messages_.emplace(tools_.executor, std::move(*messages), [this] { return read(); });
  }

  WatchState state() const override {
    const std::string note = talk_.lost() == 0 ? "" : std::to_string(talk_.lost()) + " messages were not read in time";
    return {kSource, messages_.has_value(), trouble_, note};
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool read() {
    const std::uint64_t lost = talk_.lost();
    bool more = true;
    for (int count = 0; more && count < kMostAtOnce; ++count) more = read_one();
    if (talk_.lost() != lost) tools_.teller.lost(kSource);
    if (!more && talk_.begun()) wait();
    return more;
  }

  bool read_one() {
    auto record = read_kernel_message(messages_->file());
    if (!record) {
      trouble_ = describe(record.error());
      tell(talk_.finish());
      messages_.reset();
      return false;
    }
    if (!*record) return false;
    if ((*record)->empty()) return true;  // overwritten: the next one's number tells how many
    for (std::string& part : talk_.take(**record)) tell(std::move(part));
    if (!talk_.begun()) {
      begun_.reset();
    } else if (!begun_) {
      begun_ = Clock::now();
    }
    return true;
  }

  void wait() {
    const auto now = Clock::now();
    quiet_.expires_at(std::min(now + kQuiet, std::max(begun_.value_or(now) + kLongest, now)));
    quiet_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
      if (error || alive.expired()) return;
      begun_.reset();
      tell(talk_.finish());
    });
  }

  void tell(std::string text) {
    if (text.empty()) return;
    tools_.teller.tell_now(kSource, {Sighting::Kind::kmsg, std::move(text), 0, {}, now_in_microseconds()});
  }

  WatchTools tools_;
  std::string trouble_;
  KernelTalk talk_;
  std::optional<Clock::time_point> begun_;
  boost::asio::steady_timer quiet_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::optional<Readable> messages_;
};

}  // namespace

std::unique_ptr<WatchSource> watch_kmsg(WatchTools tools) { return std::make_unique<KmsgSource>(std::move(tools)); }

}  // namespace harden::daemon
