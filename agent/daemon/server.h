// SPDX-License-Identifier: Apache-2.0
//
// The HTTP server: listeners, limits, and a graceful end. It runs on the I/O
// thread alone, and calls its handler there.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/daemon/http.h"
#include "agent/host/descriptor.h"
#include "harden/result.h"

namespace harden::daemon {

struct HttpLimits {
  std::size_t head = std::size_t{16} << 10;  // 431; a target longer than half of it is 414
  std::size_t body = std::size_t{1} << 20;   // 413
  std::size_t connections = 512;             // 503, once nobody idle can be closed instead
  std::size_t user_connections = 128;        // 429, likewise; of one uid
  std::size_t requests = 128;                // handed to the handler and not yet answered: 503
  std::size_t user_requests = 32;            // 429
  std::size_t held = std::size_t{16} << 20;  // of requests that have not come whole, in all: 429 to whoever holds most
  std::size_t stream_queue = std::size_t{256} << 10;  // bytes that wait for a slow subscriber
  std::chrono::milliseconds head_time{10'000};        // from the first byte of a request to the end of its head: 408
  std::chrono::milliseconds body_time{30'000};        // then to the end of its body: 408
  std::chrono::milliseconds idle_time{75'000};        // without a request; closed without a word
  std::chrono::milliseconds write_time{30'000};       // for the client to take a whole answer
  std::chrono::milliseconds heartbeat{15'000};        // between comments on a stream that is silent
};

// What was done since the start; grows only, but for the two that are said to be now.
struct HttpCounters {
  std::array<std::uint64_t, 6> answers{};  // by the hundreds of their status: [2] is 2xx
  std::uint64_t accepted = 0;
  std::uint64_t refused_user = 0;   // connections answered with 429: one user's too many
  std::uint64_t refused_total = 0;  // with 503: too many in all
  std::uint64_t evicted = 0;        // idle or slow ones closed to make room
  std::uint64_t timeouts = 0;
  std::uint64_t streams_lost = 0;  // subscribers that were too slow
  std::size_t connections = 0;     // now
  std::size_t streams = 0;         // now
};

class HttpServer {
 public:
  HttpServer(boost::asio::io_context& io, HttpLimits limits, Handler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();  // ends at once what is still open

  // A socket that listens already (socket activation). One that is not of
  // AF_UNIX is taken for the metrics' listener, and must be on a loopback address.
  Result<> adopt(Descriptor listener);
  // Makes the socket, root:GROUP 0660 (`group` "": the process's own), in the
  // place of one that nobody answers on. Errc::unavailable where somebody does;
  // Errc::invalid where something else is there. It is taken away in stop().
  Result<> listen_unix(const std::string& path, const std::string& group);
  // "127.0.0.1:9105", "[::1]:9105": loopback addresses alone (Errc::invalid).
  Result<> listen_metrics(const std::string& address);
  // The port that listen_metrics got; 0 where there is none.
  unsigned metrics_port() const;

  // Takes no more connections, closes idle ones and streams, and lets answers
  // under way go out for at most `patience`; then calls `done`, on the I/O thread.
  void stop(std::chrono::milliseconds patience, std::function<void()> done);

  HttpCounters counters() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace harden::daemon
