// SPDX-License-Identifier: Apache-2.0
//
// The stream is read no faster than a bound: an engine that floods us waits,
// or drops events of its own; the sighting that ends a row comes after them.
#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include "agent/core/text.h"
#include "agent/daemon/watch_messages.h"
#include "agent/daemon/watch_parts.h"
#include "harden/host.h"

namespace harden::daemon {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr Teller::Pace kPace{milliseconds(50), milliseconds(500)};
constexpr milliseconds kPatience{10'000};  // for the head of the answer
constexpr milliseconds kFirstWait{1'000};
constexpr milliseconds kLongestWait{60'000};
constexpr milliseconds kRest{20};  // after a block that was full
constexpr std::size_t kBlock = std::size_t{16} << 10;
constexpr std::size_t kLongestPath = 107;  // sun_path of unix(7)

// type = container, network, daemon; without the health checks and execs that
// happen all day.
constexpr std::string_view kRequest =
    "GET /events?filters=%7B%22type%22%3A%5B%22container%22%2C%22network%22%2C%22daemon%22%5D%2C%22event%22%3A%5B"
    "%22create%22%2C%22start%22%2C%22restart%22%2C%22stop%22%2C%22die%22%2C%22died%22%2C%22destroy%22%2C%22remove%22%2C"
    "%22connect%22%2C%22disconnect%22%2C%22rename%22%2C%22update%22%2C%22reload%22%5D%7D HTTP/1.1\r\n"
    "Host: localhost\r\nAccept: application/json\r\nUser-Agent: hardend\r\n\r\n";

// One connection. A new one never hears of what was asked of the old.
struct Connection {
  explicit Connection(const Executor& executor) : socket(executor) {}
  stream_protocol::socket socket;
  EngineStream stream;
  std::array<char, kBlock> block{};
  bool opened = false;
};

class EngineSource final : public WatchSource {
 public:
  EngineSource(WatchTools tools, EngineTarget target, Folders& folders)
      : tools_(std::move(tools)),
        target_(std::move(target)),
        name_("engine " + text::printable(target_.socket)),
        timer_(tools_.executor) {
    const auto look = [this] { look_again(); };
    folders.add(target_.socket, Folders::What::file, look);
    if (!target_.pid_file.empty()) folders.add(target_.pid_file, Folders::What::file, look);
    connect();
  }

  WatchState state() const override {
    const bool open = connection_ && connection_->opened;
    return {name_, open, open ? "" : trouble_, odd_ == 0 ? "" : std::to_string(odd_) + " lines were no events"};
  }

 private:
  using Shared = std::shared_ptr<Connection>;

  // The socket or the pid file came or went.
  void look_again() {
    if (connection_) return;
    wait_ = kFirstWait;
    connect();
  }

  bool may_ask() {
    if (target_.socket.size() > kLongestPath) return refuse("the path of the socket is too long");
    const auto host = live_host();
    if (!host->kind(target_.socket)) return refuse("there is no such socket");
    if (!target_.pid_file.empty() && !host->kind(target_.pid_file)) {
      return refuse("there is no " + target_.pid_file + ": asking could start the engine");
    }
    return true;
  }

  bool refuse(std::string why) {
    trouble_ = std::move(why);
    return false;
  }

  // Guards handlers against coming after the end, or for an older connection.
  template <typename Then>
  auto mine(Shared connection, Then then) {
    return [this, alive = std::weak_ptr(alive_), connection = std::move(connection), then](const error_code& error,
                                                                                           std::size_t count = 0) {
      if (!alive.expired() && connection == connection_) then(error, count);
    };
  }

  void connect() {
    timer_.cancel();
    if (!may_ask()) return;  // Folders says when that changes
    connection_ = std::make_shared<Connection>(tools_.executor);
    trouble_ = "it has not answered yet";
    patience();
    connection_->socket.async_connect(
        stream_protocol::endpoint(target_.socket),
        mine(connection_, [this](const error_code& error, std::size_t) { error ? end(error.message()) : ask(); }));
  }

  void patience() {
    timer_.expires_after(kPatience);
    timer_.async_wait(mine(connection_, [this](const error_code& error, std::size_t) {
      if (!error && !connection_->opened) end("it did not answer in time");
    }));
  }

  void ask() {
    asio::async_write(
        connection_->socket, asio::buffer(kRequest),
        mine(connection_, [this](const error_code& error, std::size_t) { error ? end(error.message()) : read(); }));
  }

  void read() {
    connection_->socket.async_read_some(asio::buffer(connection_->block),
                                        mine(connection_, [this](const error_code& error, std::size_t count) {
                                          error ? end(error.message()) : take(count);
                                        }));
  }

  void take(std::size_t count) {
    auto piece = connection_->stream.feed({connection_->block.data(), count});
    if (!piece) return end(describe(piece.error()));
    if (piece->opened) open();
    odd_ += piece->odd;
    if (piece->odd > 0) tools_.teller.lost(name_);
    for (const EngineEvent& event : piece->events) tell(event.type + " " + event.action, "event");
    if (piece->ended) return end("it ended the stream");
    count < kBlock || !connection_->opened ? read() : rest();
  }

  void rest() {
    timer_.expires_after(kRest);
    timer_.async_wait(mine(connection_, [this](const error_code& error, std::size_t) {
      if (!error) read();
    }));
  }

  void open() {
    connection_->opened = true;
    opened_at_ = std::chrono::steady_clock::now();
    trouble_.clear();
    timer_.cancel();
    tell("connected", "state");
  }

  void end(const std::string& why) {
    const bool was_open = connection_->opened;
    connection_.reset();
    trouble_ = text::printable(why);
    if (was_open) tell("gone", "state");
    if (was_open && std::chrono::steady_clock::now() - opened_at_ > kLongestWait) wait_ = kFirstWait;
    timer_.expires_after(wait_);
    wait_ = std::min(wait_ * 2, kLongestWait);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const error_code& error) {
      if (!error && !alive.expired() && !connection_) connect();
    });
  }

  // A container that starts is several events; they are one row.
  void tell(const std::string& what, const char* row) {
    const std::string text = text::printable(target_.socket) + ": " + what;
    tools_.teller.tell(name_, {Sighting::Kind::engine, text, 0, {}, now_in_microseconds()}, kPace,
                       target_.socket + " " + row);
  }

  WatchTools tools_;
  EngineTarget target_;
  std::string name_;
  std::string trouble_;
  std::uint64_t odd_ = 0;
  milliseconds wait_ = kFirstWait;
  std::chrono::steady_clock::time_point opened_at_{};
  asio::steady_timer timer_;
  Shared connection_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace

std::unique_ptr<WatchSource> watch_engine(WatchTools tools, EngineTarget target, Folders& folders) {
  return std::make_unique<EngineSource>(std::move(tools), std::move(target), folders);
}

}  // namespace harden::daemon
