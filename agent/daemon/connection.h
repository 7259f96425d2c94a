// SPDX-License-Identifier: Apache-2.0
//
// One connection: reads requests one after another, hands each to the handler,
// and sends its answer before it looks at the next. It holds no buffer while it
// is idle, and reads no further while an answer is under way, so that what a
// client can make it keep is bounded.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "agent/daemon/parser.h"
#include "agent/daemon/quota.h"
#include "agent/daemon/server.h"

namespace harden::daemon {

class Connection;
using TimePoint = std::chrono::steady_clock::time_point;

// What the connections of a server share.
struct Hub {
  Hub(boost::asio::io_context& context, HttpLimits some_limits, Handler a_handler);

  boost::asio::io_context& io;
  HttpLimits limits;
  Handler handler;
  Quota quota;
  HttpCounters counters;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  std::size_t held = 0;     // bytes of requests that have not come whole
  std::size_t refused = 0;  // connections that were refused and take their leave
  bool stopping = false;
  std::array<char, std::size_t{16} << 10> scratch{};  // what is being read, by whoever runs

  // Asks for Connection::expire() at this time or before.
  std::function<void(TimePoint)> arm;
  std::function<void()> on_gone;
  // Called when the bytes held are more than may be.
  std::function<void()> relieve;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  enum class Phase { idle, head, body, running, writing, streaming, leaving, closed };

  Connection(std::shared_ptr<Hub> hub, int socket, Peer peer, bool metrics_only);
  ~Connection();

  // Begins to serve; counted in the quota.
  void start();
  // Answers once without having read anything, and ends; counted nowhere.
  void start_refused(const Response& response);
  // Something is due at this time: a limit is reached, or a comment is to be sent.
  void expire(TimePoint now);
  // Makes room: a word where a request has begun, none where none has.
  void evict();
  // Ends when what is under way is done; at once where nothing is.
  void wind_down();
  void close();

  Phase phase() const { return phase_; }
  TimePoint since() const { return since_; }  // when this phase began
  TimePoint deadline() const { return deadline_; }
  std::size_t held() const { return held_; }
  bool is_counted() const { return counted_; }
  uid_t uid() const { return peer_.known ? peer_.uid : kNobody; }

  // For its Stream.
  bool send(std::string text);
  std::size_t unsent() const;
  void when_drained(std::function<void()> call);
  void end_stream();

 private:
  struct Out {
    std::string own;
    std::shared_ptr<const std::string> shared;
    std::string_view bytes() const { return shared ? std::string_view(*shared) : std::string_view(own); }
  };
  class Pending;  // a request that waits for its answer

  void enter(Phase phase);
  void pump();
  bool step();
  bool read_some();
  void take_in(std::string_view bytes);
  void after_feed();
  void dispatch();
  void respond(std::uint64_t serial, Response response);
  void put(Response response, bool head_only);
  void refuse(const Refusal& refusal);
  bool flush();
  void sent();
  void begin_stream();
  void beat(TimePoint now);
  void drain();
  void leave();
  void wait_read();
  void wait_write();
  void hold(std::size_t bytes);
  void tell_drained();

  std::shared_ptr<Hub> hub_;
  boost::asio::posix::stream_descriptor socket_;
  Peer peer_;
  bool metrics_only_;
  bool counted_ = false;
  Phase phase_ = Phase::idle;
  TimePoint since_;
  TimePoint deadline_ = TimePoint::max();
  TimePoint progress_;  // when something was last sent
  RequestParser parser_;
  std::string rest_;  // bytes of later requests
  std::size_t rest_at_ = 0;
  std::vector<Out> out_;
  std::size_t out_at_ = 0;  // sent of the first of them
  std::uint64_t serial_ = 0;
  std::size_t held_ = 0;
  std::size_t discarded_ = 0;
  std::function<void(std::shared_ptr<Stream>)> on_stream_;
  std::function<void()> on_drained_;
  bool keep_alive_ = false;
  bool head_only_ = false;
  bool pumping_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool ending_ = false;  // a stream that closes when all is sent
};

}  // namespace harden::daemon
