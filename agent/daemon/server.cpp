// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <list>
#include <vector>

#include "agent/core/system_error.h"
#include "agent/daemon/connection.h"
#include "agent/daemon/peer.h"
#include "agent/daemon/problem.h"
#include "agent/host/listen.h"

namespace harden::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Connections taken before those that are open have their turn.
constexpr int kAccepts = 64;
// Refused connections that are seen off with an answer; others are only closed.
constexpr std::size_t kMostRefused = 32;
// Deadlines this near to each other are looked at together.
constexpr milliseconds kTogether(100);
// Before the next try where the system has no descriptor or memory to give.
constexpr milliseconds kShortage(100);
// From then on an answer that is not taken counts as stuck.
constexpr milliseconds kStuck(1000);

struct Listener {
  Listener(boost::asio::io_context& io, Descriptor taken, bool metrics, std::string path)
      : socket(io, taken.release()), is_metrics(metrics), made_path(std::move(path)) {}

  boost::asio::posix::stream_descriptor socket;
  bool is_metrics;
  std::string made_path;  // to be taken away at the end; "" where it was handed to us
};

// How soon a connection is closed for others; 0 for never.
int dispensability(const Connection& connection, TimePoint now) {
  switch (connection.phase()) {
    case Connection::Phase::leaving: return 4;
    case Connection::Phase::idle:
    case Connection::Phase::head: return 3;
    case Connection::Phase::body: return 2;
    case Connection::Phase::writing: return now - connection.since() > kStuck ? 1 : 0;
    case Connection::Phase::running:
    case Connection::Phase::streaming:
    case Connection::Phase::closed: return 0;
  }
  return 0;
}

}  // namespace

Hub::Hub(boost::asio::io_context& context, HttpLimits some_limits, Handler a_handler)
    : io(context),
      limits(some_limits),
      handler(std::move(a_handler)),
      quota({some_limits.connections, some_limits.user_connections, some_limits.requests, some_limits.user_requests}) {}

class HttpServer::State : public std::enable_shared_from_this<State> {
 public:
  State(boost::asio::io_context& io, HttpLimits limits, Handler handler);

  void begin();
  Result<> add(Descriptor socket, std::string path);
  void stop(milliseconds patience, std::function<void()> done);
  void end();
  unsigned metrics_port() const;
  HttpCounters counters() const;

 private:
  void wait(const std::shared_ptr<Listener>& listener);
  void accept(const std::shared_ptr<Listener>& listener);
  bool accept_one(Listener& listener);
  std::shared_ptr<Connection> connection(int socket, Peer peer, bool is_metrics);
  void admit(int socket, bool is_metrics);
  void refuse(int socket, Peer peer, Room room);
  bool out_of_descriptors(Listener& listener);
  bool evict_of(uid_t uid);
  bool evict_any();
  void relieve();
  void arm(TimePoint time);
  void sweep();
  void finish_if_empty();
  void close_listeners();

  std::shared_ptr<Hub> hub_;
  std::list<std::shared_ptr<Listener>> listeners_;
  Descriptor reserve_;  // given up where there are no more, to answer that
  boost::asio::steady_timer sweeper_;
  TimePoint armed_ = TimePoint::max();
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer patience_;
  std::function<void()> done_;
};

HttpServer::State::State(boost::asio::io_context& io, HttpLimits limits, Handler handler)
    : hub_(std::make_shared<Hub>(io, limits, std::move(handler))),
      reserve_(::eventfd(0, EFD_CLOEXEC)),
      sweeper_(io),
      pause_(io),
      patience_(io) {}

void HttpServer::State::begin() {
  const std::weak_ptr<State> weak = weak_from_this();
  hub_->arm = [weak](TimePoint time) {
    if (const auto state = weak.lock()) state->arm(time);
  };
  hub_->relieve = [weak] {
    if (const auto state = weak.lock()) state->relieve();
  };
  hub_->on_gone = [weak] {
    if (const auto state = weak.lock()) state->finish_if_empty();
  };
}

Result<> HttpServer::State::add(Descriptor socket, std::string path) {
  const auto is_unix = is_unix_listener(socket.get());
  if (!is_unix) return std::unexpected(is_unix.error());
  boost::system::error_code error;
  auto listener = std::make_shared<Listener>(hub_->io, std::move(socket), !*is_unix, std::move(path));
  if (listener->socket.native_non_blocking(true, error)) {
    return std::unexpected(system_error(error.value(), "a socket to listen on"));
  }
  listeners_.push_back(listener);
  wait(listener);
  return {};
}

void HttpServer::State::wait(const std::shared_ptr<Listener>& listener) {
  listener->socket.async_wait(listener->socket.wait_read,
                              [self = shared_from_this(), listener](const boost::system::error_code& error) {
                                if (!error) self->accept(listener);
                              });
}

void HttpServer::State::accept(const std::shared_ptr<Listener>& listener) {
  for (int i = 0; i < kAccepts; ++i) {
    if (accept_one(*listener)) continue;
    if (errno == EAGAIN) break;
    pause_.expires_after(kShortage);
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (error || self->hub_->stopping) return;
      for (const auto& each : self->listeners_) self->wait(each);
    });
    // The other listener's wait is made anew too: it must not have two.
    for (const auto& each : listeners_) each->socket.cancel();
    return;
  }
  if (!hub_->stopping) wait(listener);
}

// False, with errno, where there is nothing to accept or no way to.
bool HttpServer::State::accept_one(Listener& listener) {
  const int socket = ::accept4(listener.socket.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket >= 0) {
    admit(socket, listener.is_metrics);
    return true;
  }
  if (errno == EMFILE || errno == ENFILE) return out_of_descriptors(listener);
  return errno == EINTR || errno == ECONNABORTED;
}

// Somebody idle is closed for the newcomer. Where nobody is, the descriptor that
// was kept for this is given up for a moment, to take the newcomer and say so.
bool HttpServer::State::out_of_descriptors(Listener& listener) {
  // accept(2) wants a descriptor before it looks whether anybody is there.
  pollfd asked{listener.socket.native_handle(), POLLIN, 0};
  if (::poll(&asked, 1, 0) == 0) {
    errno = EAGAIN;
    return false;
  }
  if (evict_any()) return true;
  reserve_ = Descriptor();
  const Descriptor socket(::accept4(listener.socket.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const int error = errno;
  if (socket.open()) {
    static constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
    ++hub_->counters.refused_total;
    ::send(socket.get(), kFull.data(), kFull.size(), MSG_NOSIGNAL);
  }
  errno = error;
  return socket.open();
}

// nullptr, and it is closed, where the kernel will not watch it (the limit of
// epoll(7), or no memory): those that are there go on.
std::shared_ptr<Connection> HttpServer::State::connection(int socket, Peer peer, bool is_metrics) {
  try {
    auto made = std::make_shared<Connection>(hub_, socket, std::move(peer), is_metrics);
    hub_->connections.insert(made);
    return made;
  } catch (const boost::system::system_error&) {
    ++hub_->counters.refused_total;
    ::close(socket);
    return nullptr;
  }
}

void HttpServer::State::admit(int socket, bool is_metrics) {
  if (!reserve_.open()) reserve_ = Descriptor(::eventfd(0, EFD_CLOEXEC));
  if (is_metrics) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Peer peer = peer_of(socket);
  const uid_t uid = peer.known ? peer.uid : kNobody;
  Room room = hub_->quota.room_for_connection(uid);
  if (room == Room::user_full && evict_of(uid)) room = hub_->quota.room_for_connection(uid);
  if (room == Room::all_full && evict_any()) room = hub_->quota.room_for_connection(uid);
  if (room != Room::yes) return refuse(socket, std::move(peer), room);
  const auto admitted = connection(socket, std::move(peer), is_metrics);
  if (!admitted) return;
  ++hub_->counters.accepted;
  admitted->start();
}

void HttpServer::State::refuse(int socket, Peer peer, Room room) {
  const bool by_user = room == Room::user_full;
  ++(by_user ? hub_->counters.refused_user : hub_->counters.refused_total);
  if (hub_->refused >= kMostRefused) {
    ::close(socket);
    return;
  }
  Response response = by_user ? problem(429, "this user has too many connections", "close some, or use them again")
                              : problem(503, "there are too many connections", "connect again in a second");
  response.headers.emplace_back("Retry-After", "1");
  if (const auto refused = connection(socket, std::move(peer), false)) refused->start_refused(response);
}

// The one of a user that is the easiest to do without, of several the oldest.
bool HttpServer::State::evict_of(uid_t uid) {
  const auto now = steady_clock::now();
  std::shared_ptr<Connection> worst;
  int most = 0;
  for (const auto& each : hub_->connections) {
    const int use = each->uid() == uid && each->is_counted() ? dispensability(*each, now) : 0;
    if (use == 0 || use < most || (use == most && each->since() >= worst->since())) continue;
    worst = each;
    most = use;
  }
  if (worst) worst->evict();
  return worst != nullptr;
}

bool HttpServer::State::evict_any() {
  return std::ranges::any_of(hub_->quota.greediest(), [this](uid_t uid) { return evict_of(uid); });
}

// Of the user who holds most, the request that holds most.
void HttpServer::State::relieve() {
  std::map<uid_t, std::size_t> held;
  for (const auto& each : hub_->connections) held[each->uid()] += each->held();
  if (held.empty()) return;
  const uid_t uid = std::ranges::max_element(held, {}, [](const auto& entry) { return entry.second; })->first;
  std::shared_ptr<Connection> worst;
  for (const auto& each : hub_->connections) {
    if (each->uid() == uid && (!worst || each->held() > worst->held())) worst = each;
  }
  worst->evict();
}

void HttpServer::State::arm(TimePoint time) {
  if (time >= armed_) return;
  armed_ = std::max(time, steady_clock::now() + kTogether);
  sweeper_.expires_at(armed_);
  sweeper_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->sweep();
  });
}

void HttpServer::State::sweep() {
  armed_ = TimePoint::max();
  const auto now = steady_clock::now();
  const std::vector<std::shared_ptr<Connection>> all(hub_->connections.begin(), hub_->connections.end());
  TimePoint next = TimePoint::max();
  for (const auto& each : all) each->expire(now);
  for (const auto& each : all) next = std::min(next, each->deadline());
  if (next != TimePoint::max()) arm(next);
}

void HttpServer::State::close_listeners() {
  for (const auto& each : listeners_) {
    const Descriptor socket(each->socket.release());
    if (!each->made_path.empty()) unlisten_unix(each->made_path, socket);
  }
  listeners_.clear();
  pause_.cancel();
}

void HttpServer::State::stop(milliseconds patience, std::function<void()> done) {
  hub_->stopping = true;
  done_ = std::move(done);
  close_listeners();
  const std::vector<std::shared_ptr<Connection>> all(hub_->connections.begin(), hub_->connections.end());
  for (const auto& each : all) each->wind_down();
  patience_.expires_after(patience);
  patience_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->end();
  });
  finish_if_empty();
}

void HttpServer::State::end() {
  close_listeners();
  const std::vector<std::shared_ptr<Connection>> all(hub_->connections.begin(), hub_->connections.end());
  for (const auto& each : all) each->close();
  sweeper_.cancel();
  patience_.cancel();
}

void HttpServer::State::finish_if_empty() {
  if (!done_ || !hub_->connections.empty()) return;
  patience_.cancel();
  sweeper_.cancel();
  boost::asio::post(hub_->io, std::exchange(done_, nullptr));
}

unsigned HttpServer::State::metrics_port() const {
  for (const auto& each : listeners_) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int socket = const_cast<Listener&>(*each).socket.native_handle();
    if (!each->is_metrics || ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
    // The port stands in the same place for both families.
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
  }
  return 0;
}

HttpCounters HttpServer::State::counters() const {
  HttpCounters counters = hub_->counters;
  counters.connections = hub_->quota.connections();
  return counters;
}

HttpServer::HttpServer(boost::asio::io_context& io, HttpLimits limits, Handler handler)
    : state_(std::make_shared<State>(io, limits, std::move(handler))) {
  state_->begin();
}

HttpServer::~HttpServer() { state_->end(); }

Result<> HttpServer::adopt(Descriptor listener) { return state_->add(std::move(listener), ""); }

Result<> HttpServer::listen_unix(const std::string& path, const std::string& group) {
  auto socket = harden::listen_unix(path, group);
  if (!socket) return std::unexpected(socket.error());
  return state_->add(std::move(*socket), path);
}

Result<> HttpServer::listen_metrics(const std::string& address) {
  auto socket = listen_loopback(address);
  if (!socket) return std::unexpected(socket.error());
  return state_->add(std::move(*socket), "");
}

unsigned HttpServer::metrics_port() const { return state_->metrics_port(); }

void HttpServer::stop(milliseconds patience, std::function<void()> done) { state_->stop(patience, std::move(done)); }

HttpCounters HttpServer::counters() const { return state_->counters(); }

}  // namespace harden::daemon
