// SPDX-License-Identifier: Apache-2.0
//
// A client of an HTTP/1.1 server on a unix socket: one request a connection,
// whose answer is taken whole or followed as it comes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "agent/host/descriptor.h"
#include "agent/host/http_answer.h"
#include "harden/host.h"

namespace harden {

struct ClientRequest {
  std::string method = "GET";
  std::string target;  // encoded: "/v1/facts?name=kernel"
  HttpFields fields;   // besides Host, Connection and Content-Length
  std::string body;
};

struct ClientAnswer {
  int status = 0;
  HttpFields fields;
  std::string body;
};

class UnixClient {
 public:
  // Connects. Errc::absent: there is no such socket; unavailable: nobody listens
  // on it; denied: this user may not; timeout: too many wait already.
  static Result<UnixClient> connect(const std::string& socket, std::chrono::milliseconds patience);

  // Sends a request and takes its answer, whole and within the limit.
  Result<ClientAnswer> ask(const ClientRequest& request, const Limit& limit);

  // Sends a request and takes the head of its answer; its body comes by `next`.
  Result<ClientAnswer> follow(const ClientRequest& request, std::chrono::milliseconds patience);

  // What comes next of the body, "" where nothing came in that time; nothing
  // where it has ended.
  Result<std::optional<std::string>> next(std::chrono::milliseconds patience);

 private:
  UnixClient(Descriptor connection, const std::string& socket)
      : connection_(std::move(connection)), place_(socket), reader_(socket) {}

  // Reads once. False: nothing came before the deadline.
  Result<bool> read_more(std::chrono::steady_clock::time_point deadline);

  Descriptor connection_;
  std::string place_;
  HttpReader reader_;
  bool ended_ = false;
};

// "hardend", the name of the group that a file belongs to, or its number;
// nothing where that cannot be told.
std::optional<std::string> group_of_file(const std::string& path);

}  // namespace harden
