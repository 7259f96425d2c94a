// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/post.hpp>

#include "agent/daemon/watch_parts.h"

namespace harden::daemon {

// Handlers hold it weakly: one that was queued before the end finds nothing.
struct Readable::State {
  State(const Executor& executor, Descriptor owned, std::function<bool()> on_ready)
      : file(std::move(owned)), stream(executor, file.get()), ready(std::move(on_ready)) {}
  ~State() { stream.release(); }  // `file` closes it
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Descriptor file;
  boost::asio::posix::stream_descriptor stream;
  std::function<bool()> ready;
};

Readable::Readable(const Executor& executor, Descriptor file, std::function<bool()> ready)
    : state_(std::make_shared<State>(executor, std::move(file), std::move(ready))) {
  wait(state_);
}

Readable::~Readable() = default;

const Descriptor& Readable::file() const { return state_->file; }

void Readable::wait(const std::shared_ptr<State>& state) {
  const std::weak_ptr<State> weak = state;
  state->stream.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [weak](const boost::system::error_code& error) {
                             const auto alive = weak.lock();
                             if (alive && !error) run(alive);
                           });
}

void Readable::run(const std::shared_ptr<State>& state) {
  if (!state->ready()) return wait(state);
  const std::weak_ptr<State> weak = state;
  boost::asio::post(state->stream.get_executor(), [weak] {
    if (const auto alive = weak.lock()) run(alive);
  });
}

}  // namespace harden::daemon
