// SPDX-License-Identifier: Apache-2.0
//
// A blocking HTTP client for tests, that can also misbehave.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace harden {

struct AnswerSeen {
  int status = 0;                              // 0: none came, the connection was closed
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class TestClient {
 public:
  // A unix socket. `socket` is connected, where one was made before.
  explicit TestClient(const std::string& path, int socket = -1);
  explicit TestClient(unsigned port);  // 127.0.0.1
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  ~TestClient();

  // Whether everything could be sent.
  bool send(std::string_view bytes);
  // No more is sent; reading goes on.
  void finish_sending();
  // The next answer, read by its length; without one up to the end.
  AnswerSeen answer(bool to_head = false);
  AnswerSeen get(const std::string& path, const std::string& headers = "");
  AnswerSeen post(const std::string& path, const std::string& body, const std::string& headers = "");
  // Bytes up to and including `end`, or all there were.
  std::string read_until(std::string_view end);
  // Whether the other side has closed, once everything it sent has been read.
  bool is_closed();
  int socket() const { return socket_; }

 private:
  bool fill();

  int socket_ = -1;
  std::string buffer_;
};

}  // namespace harden
