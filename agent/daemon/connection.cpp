// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/connection.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>

#include "agent/daemon/problem.h"
#include "agent/daemon/wire.h"

namespace harden::daemon {
namespace {

// Requests of one connection before the others have their turn.
constexpr int kTurn = 16;

Response with_retry(Response response) {
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response full(Room room) {
  if (room == Room::user_full) {
    return with_retry(
        problem(429, "this user has too many requests under way", "wait for their answers, then ask again"));
  }
  return with_retry(problem(503, "too many requests are under way", "ask again in a second"));
}

}  // namespace

// A request that the handler has. Where the handler lets go of it without an
// answer, the client gets one all the same.
class Connection::Pending {
 public:
  Pending(std::weak_ptr<Connection> connection, std::shared_ptr<Hub> hub, uid_t uid, std::uint64_t serial)
      : connection_(std::move(connection)), hub_(std::move(hub)), uid_(uid), serial_(serial) {
    hub_->quota.begun(uid_);
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  ~Pending() {
    if (!answered_) answer(problem(500, "the request was lost inside the daemon", "please report this as a bug"));
  }

  void answer(Response response) {
    if (std::exchange(answered_, true)) return;
    hub_->quota.ended(uid_);
    if (const auto connection = connection_.lock()) connection->respond(serial_, std::move(response));
  }

 private:
  std::weak_ptr<Connection> connection_;
  std::shared_ptr<Hub> hub_;
  uid_t uid_;
  std::uint64_t serial_;
  bool answered_ = false;
};

Connection::Connection(std::shared_ptr<Hub> hub, int socket, Peer peer, bool metrics_only)
    : hub_(std::move(hub)),
      socket_(hub_->io, socket),
      peer_(std::move(peer)),
      metrics_only_(metrics_only),
      parser_(hub_->limits.head, hub_->limits.body) {}

Connection::~Connection() { close(); }

void Connection::start() {
  counted_ = true;
  hub_->quota.connected(uid());
  enter(Phase::idle);
  pump();
}

void Connection::start_refused(const Response& response) {
  ++hub_->refused;
  put(response, false);
}

// The deadline of a phase begins with it. That of a body does not begin anew
// with each byte, or a client could take for ever.
void Connection::enter(Phase phase) {
  if (phase_ == phase && since_ != TimePoint()) return;
  if (phase_ == Phase::streaming) --hub_->counters.streams;
  phase_ = phase;
  since_ = std::chrono::steady_clock::now();
  const auto& limits = hub_->limits;
  deadline_ = TimePoint::max();
  switch (phase) {
    case Phase::idle: deadline_ = since_ + limits.idle_time; break;
    case Phase::head: deadline_ = since_ + limits.head_time; break;
    case Phase::body: deadline_ = since_ + limits.body_time; break;
    case Phase::writing: deadline_ = since_ + limits.write_time; break;
    case Phase::streaming: deadline_ = since_ + limits.heartbeat; break;
    case Phase::leaving: deadline_ = since_ + std::chrono::seconds(2); break;
    case Phase::running:
    case Phase::closed: break;
  }
  if (deadline_ != TimePoint::max()) hub_->arm(deadline_);
}

// Goes on for as long as there is something to do. A handler that answers at
// once comes back in here, which must not become recursion.
void Connection::pump() {
  if (pumping_) return;
  pumping_ = true;
  const auto self = shared_from_this();
  int served = 0;
  while (step()) {
    if (phase_ != Phase::idle || ++served < kTurn) continue;
    boost::asio::post(hub_->io, [self] { self->pump(); });
    break;
  }
  pumping_ = false;
}

// False where there is nothing to be done before something happens.
bool Connection::step() {
  switch (phase_) {
    case Phase::idle:
    case Phase::head:
    case Phase::body: return read_some();
    case Phase::writing:
      if (!flush()) return false;
      sent();
      if (phase_ != Phase::idle || !rest_.empty()) return true;
      // A client that waits for its answer has sent nothing meanwhile.
      wait_read();
      return false;
    case Phase::streaming:
      if (flush()) ending_ ? leave() : tell_drained();
      return false;
    case Phase::running:
    case Phase::leaving:
    case Phase::closed: return false;
  }
  return false;
}

bool Connection::read_some() {
  if (rest_at_ < rest_.size()) {
    const std::string kept = std::exchange(rest_, {});
    take_in(std::string_view(kept).substr(std::exchange(rest_at_, 0)));
    return true;
  }
  const ssize_t count = ::recv(socket_.native_handle(), hub_->scratch.data(), hub_->scratch.size(), 0);
  if (count > 0) {
    take_in({hub_->scratch.data(), static_cast<std::size_t>(count)});
    return true;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    wait_read();
    return false;
  }
  close();
  return false;
}

void Connection::take_in(std::string_view bytes) {
  const std::size_t taken = parser_.feed(bytes);
  rest_.assign(bytes.substr(taken));
  hold(parser_.held() + rest_.size());
  if (hub_->held > hub_->limits.held) hub_->relieve();
  if (phase_ != Phase::closed) after_feed();
}

void Connection::after_feed() {
  switch (parser_.state()) {
    case RequestParser::State::idle: return enter(Phase::idle);
    case RequestParser::State::head: return enter(Phase::head);
    case RequestParser::State::body: break;
    case RequestParser::State::done: return dispatch();
    case RequestParser::State::refused: return refuse(parser_.refusal());
  }
  enter(Phase::body);
  // So short a word fits into the socket of a client that waits for it.
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  if (parser_.wants_continue()) ::send(socket_.native_handle(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
}

void Connection::dispatch() {
  keep_alive_ = parser_.keep_alive() && !hub_->stopping;
  Request request = parser_.take();
  hold(rest_.size());
  head_only_ = request.method == "HEAD";
  enter(Phase::running);
  const std::uint64_t serial = ++serial_;
  const Room room = hub_->quota.room_for_request(uid());
  if (room != Room::yes) return respond(serial, full(room));
  request.peer = peer_;
  request.metrics_only = metrics_only_;
  const auto pending = std::make_shared<Pending>(weak_from_this(), hub_, uid(), serial);
  try {
    hub_->handler(std::move(request), [pending](Response response) { pending->answer(std::move(response)); });
  } catch (const std::exception&) {
    pending->answer(problem(500, "the request failed inside the daemon", "please report this as a bug"));
  }
}

// An answer to a request that is no longer waited for is dropped.
void Connection::respond(std::uint64_t serial, Response response) {
  if (phase_ != Phase::running || serial != serial_) return;
  if (hub_->stopping) keep_alive_ = false;
  put(std::move(response), head_only_);
}

void Connection::refuse(const Refusal& refusal) {
  keep_alive_ = false;
  rest_.clear();
  rest_at_ = 0;
  hold(0);
  if (refusal.status == 408) ++hub_->counters.timeouts;
  put(problem(refusal.status, refusal.detail, refusal.hint), false);
}

void Connection::put(Response response, bool head_only) {
  const auto hundreds = static_cast<std::size_t>(response.status / 100);
  if (counted_ && hundreds < hub_->counters.answers.size()) ++hub_->counters.answers[hundreds];
  out_.clear();
  out_at_ = 0;
  append_head(out_.emplace_back().own, response, keep_alive_);
  if (response.stream) keep_alive_ = false;
  if (response.stream && !head_only) on_stream_ = std::move(response.stream);
  if (response.body && !response.body->empty() && !head_only) out_.push_back({{}, std::move(response.body)});
  enter(Phase::writing);
  pump();
}

void Connection::sent() {
  if (on_stream_) return begin_stream();
  if (!keep_alive_) return leave();
  enter(Phase::idle);
}

// Whoever closes a socket with bytes unread resets the connection, and the
// answer may be lost on its way: the client is given time to stop.
void Connection::leave() {
  ::shutdown(socket_.native_handle(), SHUT_WR);
  enter(Phase::leaving);
  drain();
}

void Connection::expire(TimePoint now) {
  if (now < deadline_) return;
  switch (phase_) {
    case Phase::head: return refuse({408, "the head of the request did not come in time", "send it at once"});
    case Phase::body: return refuse({408, "the body of the request did not come in time", "send it at once"});
    case Phase::streaming: return beat(now);
    case Phase::writing: ++hub_->counters.timeouts; return close();
    case Phase::idle:
    case Phase::leaving: return close();
    case Phase::running:
    case Phase::closed: return;
  }
}

void Connection::evict() {
  ++hub_->counters.evicted;
  if (phase_ != Phase::head && phase_ != Phase::body) return close();
  // One try: a client that takes no answer is not waited for.
  const auto self = shared_from_this();
  refuse(
      {429, "the request was given up to make room for others", "use fewer connections, and send a request at once"});
  flush();
  close();
}

void Connection::wind_down() {
  switch (phase_) {
    case Phase::running:
    case Phase::writing: keep_alive_ = false; return;
    case Phase::streaming: return end_stream();
    case Phase::idle:
    case Phase::head:
    case Phase::body:
    case Phase::leaving:
    case Phase::closed: return close();
  }
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::streaming) --hub_->counters.streams;
  phase_ = Phase::closed;
  deadline_ = TimePoint::max();
  hold(0);
  out_ = {};
  on_stream_ = nullptr;
  on_drained_ = nullptr;
  boost::system::error_code ignored;
  (void)socket_.close(ignored);
  if (counted_) {
    hub_->quota.disconnected(uid());
  } else {
    --hub_->refused;
  }
  // The set may have the last owner, who is perhaps just running.
  if (const auto self = weak_from_this().lock()) {
    hub_->connections.erase(self);
    if (hub_->on_gone) hub_->on_gone();
  }
}

void Connection::hold(std::size_t bytes) {
  hub_->held += bytes - held_;
  held_ = bytes;
}

}  // namespace harden::daemon
