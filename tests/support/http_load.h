// SPDX-License-Identifier: Apache-2.0
//
// Many clients of one server on a unix socket, each with one request under way.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace harden {

struct HttpLoad {
  std::vector<double>
      latencies;  // microseconds, from a request's first byte sent to its answer's last byte read; sorted
  double seconds = 0;
  std::size_t bytes = 0;

  // 0 to 1; of at least one latency.
  double percentile(double part) const;
};

// `connections` kept-alive connections, from one thread: each sends a GET, reads
// the whole answer, and sends the next, until `requests` in all have been
// answered or `longest` is over. Throws where a connection is closed.
HttpLoad http_load(const std::string& socket, const std::string& target, std::size_t requests, std::size_t connections,
                   std::chrono::seconds longest);

}  // namespace harden
