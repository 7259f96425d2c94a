// SPDX-License-Identifier: Apache-2.0
//
// A server on a thread of its own, with a socket in a folder that goes with it.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "agent/daemon/server.h"
#include "tests/support/http_client.h"
#include "tests/support/temporary_folder.h"

namespace harden {

class HttpBed {
 public:
  explicit HttpBed(daemon::Handler handler, daemon::HttpLimits limits = {}) {
    server_ = std::make_unique<daemon::HttpServer>(io_, limits, std::move(handler));
    if (auto listening = server_->listen_unix(path(), ""); !listening) {
      throw std::runtime_error(describe(listening.error()));
    }
    thread_ = std::thread([this] { io_.run(); });
  }
  // Runs on the I/O thread, and waits for it.
  template <typename Work>
  auto on_thread(Work work) {
    using Answer = decltype(work());
    std::promise<Answer> promise;
    boost::asio::post(io_, [&] {
      if constexpr (std::is_void_v<Answer>) {
        work();
        promise.set_value();
      } else {
        promise.set_value(work());
      }
    });
    return promise.get_future().get();
  }

  HttpBed(const HttpBed&) = delete;
  HttpBed& operator=(const HttpBed&) = delete;
  ~HttpBed() {
    on_thread([this] { server_.reset(); });
    work_.reset();
    io_.stop();
    thread_.join();
  }

  std::string path() const { return (folder_.path() / "sock").string(); }
  daemon::HttpServer& server() { return *server_; }
  boost::asio::io_context& io() { return io_; }

  daemon::HttpCounters counters() {
    return on_thread([this] { return server_->counters(); });
  }

 private:
  TemporaryFolder folder_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::unique_ptr<daemon::HttpServer> server_;
  std::thread thread_;
};

}  // namespace harden
