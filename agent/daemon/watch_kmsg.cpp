// SPDX-License-Identifier: Apache-2.0
//
// A crash is many messages, and what led to it came before. So the last
// messages are kept, and once one may begin a crash they are handed on with
// those that follow, until the kernel is quiet for a moment.
#include <algorithm>
#include <array>
#include <deque>

#include "agent/daemon/watch_parts.h"
#include "agent/host/notify.h"

namespace harden::daemon {
namespace {

constexpr const char* kSource = "kmsg";
constexpr std::size_t kMostBytes = std::size_t{64} << 10;  // of what is handed on at once, and of what is kept
constexpr std::size_t kMostKept = 200;
constexpr int kMostAtOnce = 64;
constexpr int kMostParts = 16;
constexpr milliseconds kQuiet{300};
constexpr milliseconds kLongest{3000};

// How the reports that agent/crash knows begin, and what is said on the way
// down. One too many costs a look; policies have more of their own.
constexpr auto kSigns = std::to_array<std::string_view>({
    "BUG:",
    "kernel BUG at",
    "WARNING:",
    "Oops",
    "Kernel panic",
    "Unable to handle",
    "unable to handle",
    "general protection",
    "divide error",
    "Internal error",
    "stack-protector",
    "stack guard page",
    "double fault",
    "cut here",
    "Call Trace",
    "Call trace",
    "INFO: task",
    "INFO: rcu",
    "rcu: INFO",
    "self-detected stall",
    "soft lockup",
    "hard LOCKUP",
    "Hardware Error",
    "Machine check",
    "KASAN",
    "KMSAN",
    "KCSAN",
    "KFENCE",
    "UBSAN",
    "refcount_t",
    "Out of memory",
    "invoked oom-killer",
    "page allocation failure",
    "SLUB: Unable",
    "Bad page",
    "Bad rss",
    "possible circular locking",
    "sleeping function",
    "scheduling while atomic",
    "unregister_netdevice",
    "invalid opcode",
    "memory leak",
    "list_add corruption",
    "list_del corruption",
});

bool may_begin_a_crash(std::string_view record) {
  const auto message = record.find(';');
  if (message == std::string_view::npos) return false;
  const std::string_view text = record.substr(message);
  return std::ranges::any_of(kSigns, [&](std::string_view sign) { return text.contains(sign); });
}

class KmsgSource final : public Source {
 public:
  explicit KmsgSource(Services services) : services_(std::move(services)), quiet_(services_.executor) {
    auto messages = open_kernel_messages();
    if (!messages) {
      trouble_ = describe(messages.error());
      return;
    }
    messages_.emplace(services_.executor, std::move(*messages), [this] { return read(); });
  }

  WatchState state() const override { return {kSource, messages_.has_value(), trouble_, ""}; }

 private:
  using Clock = std::chrono::steady_clock;

  bool read() {
    for (int count = 0; count < kMostAtOnce; ++count) {
      auto record = read_kernel_message(messages_->file());
      if (!record) {
        trouble_ = describe(record.error());
        hand_on();
        messages_.reset();
        return false;
      }
      if (!*record) {
        if (begun_) wait();
        return false;
      }
      if ((*record)->empty()) {
        services_.teller.lost(kSource);
      } else {
        take(std::move(**record));
      }
    }
    return true;
  }

  void take(std::string record) {
    if (!record.ends_with('\n')) record += '\n';
    if (!begun_ && may_begin_a_crash(record)) begun_ = Clock::now();
    if (begun_ && bytes_ + record.size() > kMostBytes) hand_on_and_stay();
    bytes_ += record.size();
    kept_.push_back(std::move(record));
    while (!begun_ && (kept_.size() > kMostKept || bytes_ > kMostBytes)) {
      bytes_ -= kept_.front().size();
      kept_.pop_front();
    }
  }

  // A report that goes on and on is handed on in parts; one that does not end,
  // no further than so many.
  void hand_on_and_stay() {
    const auto since = begun_;
    const int parts = parts_ + 1;
    if (parts > kMostParts) {
      services_.teller.lost(kSource);
      kept_.clear();
      bytes_ = 0;
    }
    hand_on();
    begun_ = since;
    parts_ = parts;
  }

  void wait() {
    const auto latest = *begun_ + kLongest;
    quiet_.expires_at(std::min(Clock::now() + kQuiet, std::max(latest, Clock::now())));
    quiet_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
      if (!error && !alive.expired()) hand_on();
    });
  }

  void hand_on() {
    begun_.reset();
    parts_ = 0;
    if (kept_.empty()) return;
    Sighting sighting{Sighting::Kind::kmsg, {}, 0, {}, now_in_microseconds()};
    for (const std::string& record : kept_) sighting.what += record;
    kept_.clear();
    bytes_ = 0;
    services_.teller.tell_now(kSource, std::move(sighting));
  }

  Services services_;
  std::string trouble_;
  std::deque<std::string> kept_;
  std::size_t bytes_ = 0;
  std::optional<Clock::time_point> begun_;
  int parts_ = 0;
  boost::asio::steady_timer quiet_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::optional<Readable> messages_;
};

}  // namespace

std::unique_ptr<Source> watch_kmsg(Services services) { return std::make_unique<KmsgSource>(std::move(services)); }

}  // namespace harden::daemon
