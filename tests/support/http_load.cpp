// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http_load.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <list>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "agent/host/descriptor.h"
#include "tests/support/http_client.h"

namespace harden {
namespace {

using Clock = std::chrono::steady_clock;

struct Client {
  explicit Client(const std::string& path) : http(path) {}
  TestClient http;
  std::size_t got = 0;
  std::size_t length = 0;  // of the answer, its head included
  Clock::time_point asked;
};

class Generator {
 public:
  Generator(const std::string& socket, const std::string& target, std::size_t requests, std::size_t connections)
      : request_("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        requests_(requests),
        events_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < connections; ++i) clients_.emplace_back(socket);
  }

  HttpLoad run(std::chrono::seconds longest) {
    const auto start = Clock::now();
    for (Client& client : clients_) {
      epoll_event event{EPOLLIN, {&client}};
      ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, client.http.socket(), &event);
      ask(client);
    }
    while (out_.latencies.size() < asked_) {
      std::array<epoll_event, 64> ready{};
      const int count = ::epoll_wait(events_.get(), ready.data(), static_cast<int>(ready.size()), -1);
      for (int i = 0; i < count; ++i) {
        auto& client = *static_cast<Client*>(ready[static_cast<std::size_t>(i)].data.ptr);
        if (take(client) && asked_ < requests_ && Clock::now() - start < longest) ask(client);
      }
    }
    out_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::ranges::sort(out_.latencies);
    return std::move(out_);
  }

 private:
  void ask(Client& client) {
    ++asked_;
    client.asked = Clock::now();
    if (!client.http.send(request_)) throw std::runtime_error("nothing more can be sent");
  }

  // Whether the answer is whole.
  bool take(Client& client) {
    const ssize_t got = ::recv(client.http.socket(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got <= 0) throw std::runtime_error("a connection was closed");
    if (client.got == 0) client.length = length_of({buffer_.data(), static_cast<std::size_t>(got)});
    client.got += static_cast<std::size_t>(got);
    if (client.got < client.length) return false;
    out_.latencies.push_back(std::chrono::duration<double, std::micro>(Clock::now() - client.asked).count());
    out_.bytes += std::exchange(client.got, 0);
    return true;
  }

  // The first piece of an answer holds its head: the server sends both at once.
  static std::size_t length_of(std::string_view piece) {
    const auto end = piece.find("\r\n\r\n");
    const auto field = piece.find("Content-Length: ");
    if (!piece.starts_with("HTTP/1.1 200") || end == piece.npos || field > end) {
      throw std::runtime_error("not an answer: " + std::string(piece.substr(0, 200)));
    }
    return end + 4 + std::stoul(std::string(piece.substr(field + 16, 16)));
  }

  std::string request_;
  std::size_t requests_;
  Descriptor events_;
  std::list<Client> clients_;
  std::size_t asked_ = 0;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{256} << 10);
  HttpLoad out_;
};

}  // namespace

double HttpLoad::percentile(double part) const {
  const auto at = static_cast<std::size_t>(part * static_cast<double>(latencies.size()));
  return latencies.at(std::min(latencies.size() - 1, at));
}

HttpLoad http_load(const std::string& socket, const std::string& target, std::size_t requests, std::size_t connections,
                   std::chrono::seconds longest) {
  return Generator(socket, target, requests, connections).run(longest);
}

}  // namespace harden
