// SPDX-License-Identifier: Apache-2.0
//
// A server on a unix socket that answers one client, whatever it asks.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <future>
#include <string>
#include <string_view>
#include <thread>

#include "agent/host/descriptor.h"

namespace harden::test {

// A server on a unix socket that accepts once, answers, and goes.
class OneAnswer {
 public:
  enum class Then { close, hold };

  OneAnswer(const std::filesystem::path& path, std::string answer, Then then) : path_(path.string()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    listener_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 4) == 0);
    thread_ = std::jthread([this, answer = std::move(answer), then] { serve(answer, then); });
  }

  ~OneAnswer() { ::shutdown(listener_.get(), SHUT_RDWR); }

  const std::string& path() const { return path_; }
  // What the client asked; waits for it.
  std::string asked() { return asked_.get_future().get(); }

 private:
  void serve(const std::string& answer, Then then) {
    const Descriptor client(::accept(listener_.get(), nullptr, nullptr));
    if (!client.open()) return;
    char request[4096];
    const ssize_t count = ::read(client.get(), request, sizeof request);
    asked_.set_value(std::string(request, count > 0 ? static_cast<std::size_t>(count) : 0));
    std::string_view left = answer;
    while (!left.empty()) {
      const ssize_t sent = ::send(client.get(), left.data(), left.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
    // Holds the connection until the client gives up and closes its end.
    while (then == Then::hold && ::read(client.get(), request, sizeof request) > 0) {}
  }

  std::string path_;
  Descriptor listener_;
  std::promise<std::string> asked_;
  std::jthread thread_;
};

}  // namespace harden::test
