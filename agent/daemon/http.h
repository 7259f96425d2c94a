// SPDX-License-Identifier: Apache-2.0
//
// HTTP/1.1 over stream sockets, as far as it knows nothing of hardend: who
// asked what, and what is answered. http.cpp alone knows the library.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace harden::daemon {

// Who is at the other end of a unix socket (SO_PEERCRED, SO_PEERGROUPS of
// unix(7) and socket(7)). A TCP peer has none.
struct Peer {
  bool known = false;
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
  std::vector<gid_t> groups;  // supplementary ones
};

struct Request {
  std::string method;  // "GET"
  std::string path;    // decoded, without the query: "/v1/findings"
  std::map<std::string, std::string, std::less<>> query;
  std::map<std::string, std::string, std::less<>> headers;  // names in lower case
  std::string body;
  Peer peer;
  bool metrics_only = false;  // came in by the TCP listener
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// One subscriber of a stream of server-sent events. Called on the I/O thread.
class Stream {
 public:
  virtual ~Stream() = default;
  // Queues text for the client. False where the client is gone or too slow:
  // it has been closed, and nothing more need be sent.
  virtual bool send(std::string text) = 0;
  // Bytes that wait for the client to take them.
  virtual std::size_t waiting() const = 0;
  // Calls back, later and once, when nothing waits any more; never where the
  // client goes before that.
  virtual void when_drained(std::function<void()> call) = 0;
  virtual void close() = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::shared_ptr<const std::string> body;  // shared with a snapshot; may be null
  // Set: the answer is a stream (text/event-stream), which is handed to this
  // once its head has been sent.
  std::function<void(std::shared_ptr<Stream>)> stream;
};

// Answers a request once, now or later, on the I/O thread.
using Reply = std::function<void(Response)>;
using Handler = std::function<void(Request, Reply)>;

}  // namespace harden::daemon
