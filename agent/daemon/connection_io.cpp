// SPDX-License-Identifier: Apache-2.0
//
// The socket of a connection, and its stream of events.
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "agent/daemon/connection.h"

namespace harden::daemon {
namespace {

constexpr std::size_t kMostVectors = 16;
// What a client that was refused may go on to send before it is cut off.
constexpr std::size_t kMostDiscarded = 4 * 1024 * 1024;

class ConnectionStream final : public Stream {
 public:
  explicit ConnectionStream(std::weak_ptr<Connection> connection) : connection_(std::move(connection)) {}

  bool send(std::string text) override {
    const auto connection = connection_.lock();
    return connection && connection->send(std::move(text));
  }
  std::size_t waiting() const override {
    const auto connection = connection_.lock();
    return connection ? connection->unsent() : 0;
  }
  void when_drained(std::function<void()> call) override {
    if (const auto connection = connection_.lock()) connection->when_drained(std::move(call));
  }
  void close() override {
    if (const auto connection = connection_.lock()) connection->end_stream();
  }

 private:
  std::weak_ptr<Connection> connection_;
};

// Closed by its peer altogether, and not only for sending (unix(7) has no other
// sign of it before something is written).
bool is_hung_up(int socket) {
  pollfd asked{socket, POLLIN, 0};
  return ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace

void Connection::wait_read() {
  if (reading_ || phase_ == Phase::closed) return;
  reading_ = true;
  socket_.async_wait(socket_.wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    self->reading_ = false;
    if (error || self->phase_ == Phase::closed) return;
    if (self->phase_ == Phase::streaming || self->phase_ == Phase::leaving) return self->drain();
    self->pump();
  });
}

void Connection::wait_write() {
  if (writing_ || phase_ == Phase::closed) return;
  writing_ = true;
  socket_.async_wait(socket_.wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
    self->writing_ = false;
    if (!error) self->pump();
  });
}

// True where all was sent. Otherwise it will go on by itself, or has closed.
bool Connection::flush() {
  while (!out_.empty()) {
    std::array<iovec, kMostVectors> vectors{};
    std::size_t count = 0;
    for (; count < std::min(out_.size(), kMostVectors); ++count) {
      auto bytes = out_[count].bytes();
      if (count == 0) bytes.remove_prefix(out_at_);
      vectors[count] = {const_cast<char*>(bytes.data()), bytes.size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      wait_write();
      return false;
    }
    if (sent < 0) {
      close();
      return false;
    }
    progress_ = std::chrono::steady_clock::now();
    std::size_t whole = 0;
    out_at_ += static_cast<std::size_t>(sent);
    while (whole < count && out_at_ >= out_[whole].bytes().size()) out_at_ -= out_[whole++].bytes().size();
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(whole));
  }
  return true;
}

std::size_t Connection::unsent() const {
  std::size_t bytes = 0;
  for (const auto& out : out_) bytes += out.bytes().size();
  return bytes - out_at_;
}

void Connection::begin_stream() {
  enter(Phase::streaming);
  ++hub_->counters.streams;
  wait_read();
  const auto begin = std::exchange(on_stream_, nullptr);
  begin(std::make_shared<ConnectionStream>(weak_from_this()));
  if (hub_->stopping) end_stream();
}

// What a slow subscriber has begun to take it is sent to its end, then what
// happened to the rest; it can resume from the last id it has.
bool Connection::send(std::string text) {
  if (phase_ != Phase::streaming || ending_) return false;
  if (!out_.empty() && unsent() + text.size() > hub_->limits.stream_queue) {
    ++hub_->counters.streams_lost;
    if (out_at_ > 0) {
      out_.resize(1);
    } else {
      out_.clear();
    }
    out_.push_back({": events.lost: too slow to be sent everything; connect again with Last-Event-ID\n\n", nullptr});
    end_stream();
    return false;
  }
  if (text.empty()) return true;
  out_.push_back({std::move(text), nullptr});
  if (!writing_) pump();
  return phase_ == Phase::streaming;
}

void Connection::when_drained(std::function<void()> call) {
  if (phase_ != Phase::streaming || ending_) return;
  on_drained_ = std::move(call);
  if (out_.empty()) tell_drained();
}

// Not from within whoever sends: it is in the middle of something.
void Connection::tell_drained() {
  if (on_drained_) boost::asio::post(hub_->io, std::exchange(on_drained_, nullptr));
}

// A comment now and then keeps what is between from closing a silent stream, and
// shows whether anybody is still there.
void Connection::beat(TimePoint now) {
  const bool stuck = !out_.empty() && now - progress_ >= hub_->limits.write_time;
  if (ending_ || stuck) return close();
  deadline_ = now + hub_->limits.heartbeat;
  hub_->arm(deadline_);
  if (out_.empty()) send(":\n\n");
}

void Connection::end_stream() {
  if (phase_ != Phase::streaming || ending_) return;
  ending_ = true;
  deadline_ = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  hub_->arm(deadline_);
  pump();
}

// Reads what nobody wants, to see the end of it.
void Connection::drain() {
  for (;;) {
    const ssize_t count = ::recv(socket_.native_handle(), hub_->scratch.data(), hub_->scratch.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return wait_read();
    if (count < 0) return close();
    discarded_ += static_cast<std::size_t>(count);
    if (discarded_ > kMostDiscarded) return close();
    if (count > 0) continue;
    // A subscriber that only said that it will send no more goes on listening;
    // when it has gone altogether, the next comment will tell.
    if (phase_ == Phase::leaving || is_hung_up(socket_.native_handle())) close();
    return;
  }
}

}  // namespace harden::daemon
