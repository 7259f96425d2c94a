// SPDX-License-Identifier: Apache-2.0
//
// From the bytes of a connection to requests, as RFC 9112 has them. Everything
// that is not allowed there is refused with a status and a sentence, and ends
// the connection: what came after it cannot be told apart any more. Implemented
// in http.cpp, which alone knows the library.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/daemon/http.h"

namespace harden::daemon {

// Why a request is answered before anybody has looked at it.
struct Refusal {
  int status = 400;
  std::string detail;
  std::string hint;
};

class RequestParser {
 public:
  enum class State {
    idle,  // nothing of a request has come
    head,
    body,
    done,  // take() has it
    refused,
  };

  // Bytes of the head (request line and fields) and of the body, at most.
  RequestParser(std::size_t most_head, std::size_t most_body);
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;
  ~RequestParser();

  // Takes bytes up to the end of one request, and says how many. The rest is for
  // the next one, after take().
  std::size_t feed(std::string_view bytes);

  State state() const { return state_; }
  // The client waits to be told that it may send its body (RFC 9110 10.1.1).
  bool wants_continue() const { return wants_continue_ && state_ == State::body; }
  // Whether the connection may be used again after this request.
  bool keep_alive() const { return keep_alive_; }
  const Refusal& refusal() const { return refusal_; }
  // Bytes that it keeps of a request that has not come whole.
  std::size_t held() const;
  // The request, without its peer; the parser is as new afterwards.
  Request take();

 private:
  class Message;  // the library's

  std::size_t feed_head(std::string_view bytes);
  void parse_head(std::string_view head);
  std::size_t feed_body(std::string_view bytes);
  bool well_formed(std::string_view bytes);
  void refuse(int status, std::string detail, std::string hint = "");
  void read_fields();

  std::size_t most_head_;
  std::size_t most_body_;
  State state_ = State::idle;
  bool wants_continue_ = false;
  bool keep_alive_ = false;
  Refusal refusal_;
  std::string pending_;  // a head that is not whole, or a piece of a chunk's
  std::unique_ptr<Message> message_;
  Request request_;
};

// The target of a request line: path and query decoded (RFC 3986), in the
// origin, absolute or asterisk form (RFC 9112 3.2). A sentence where it is none.
std::optional<std::string> parse_target(std::string_view target, Request& request);

}  // namespace harden::daemon
