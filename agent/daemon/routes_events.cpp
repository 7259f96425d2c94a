// SPDX-License-Identifier: Apache-2.0
//
// GET /v1/events: server-sent events (html.spec.whatwg.org), from the one after
// Last-Event-ID or ?after= on, or from now on without either. Each is an object
// on one line: {"id", "time", "type", "data"}.
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "agent/core/calendar.h"
#include "agent/core/text.h"
#include "agent/daemon/answering.h"
#include "agent/daemon/problem.h"

namespace harden::daemon {
namespace {

constexpr std::size_t kAtOneTime = 512;                // events, read from what is kept
constexpr std::size_t kAhead = std::size_t{64} << 10;  // bytes that may wait for a client

// `type` and `data` are made by the daemon, and `data` is JSON on one line; a
// line break in either would be another field of the stream.
std::string sent(const Event& event) {
  const std::string id = std::to_string(event.id);
  const std::string type = text::printable(event.type);
  std::string data = event.data.empty() ? "{}" : event.data;
  std::erase_if(data, [](char c) { return c == '\n' || c == '\r'; });
  std::string out = "id: " + id + "\nevent: " + type + "\ndata: {\"id\":" + id;
  out += ",\"time\":" + boost::json::serialize(boost::json::string(date_time_text(event.time / 1000)));
  out += ",\"type\":" + boost::json::serialize(boost::json::string(type));
  return out + ",\"data\":" + data + "}\n\n";
}

// Where to go on; nothing: from now on.
std::expected<std::optional<std::uint64_t>, Response> start_of(const Request& request) {
  std::string_view word = parameter(request, "after");
  // What a client that reconnects says beats what it was first told to ask for.
  if (const auto last = request.headers.find("last-event-id"); last != request.headers.end()) word = last->second;
  if (word.empty()) return std::nullopt;
  const auto id = text::to_int(word);
  if (id && *id >= 0) return static_cast<std::uint64_t>(*id);
  return std::unexpected(bad_parameter("after", word, "the id of an event, a number from 0 on"));
}

// One client's place in the stream of events. Those that are kept are sent as
// fast as the client takes them; once it has all of them it is told what
// happens. A client that falls behind is read to from what is kept again.
class Follower : public std::enable_shared_from_this<Follower> {
 public:
  Follower(Operations& operations, std::shared_ptr<Stream> stream, std::uint64_t after)
      : operations_(operations), stream_(std::move(stream)), last_(after) {}

  void start() {
    subscription_ = operations_.subscribe([self = shared_from_this()](const Event& event) {
      // This function may end within `unsubscribe`, and what it holds with it.
      const auto held = self;  // NOLINT(performance-unnecessary-copy-initialization)
      held->tell(event);
    });
    catch_up();
  }

 private:
  // Kept ones and new ones are told on the I/O thread, so that nothing can come
  // between them.
  void catch_up() {
    behind_ = true;
    for (auto events = operations_.events_after(last_, kAtOneTime); !events.empty();
         events = operations_.events_after(last_, kAtOneTime)) {
      for (const Event& event : events) {
        if (!send(event)) return;
        if (stream_->waiting() >= kAhead) return wait();
      }
    }
    behind_ = false;
  }

  void wait() {
    stream_->when_drained([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->catch_up();
    });
  }

  // While it is behind a new one is among those that are kept; only whether
  // anybody is still there is to be seen.
  void tell(const Event& event) {
    if (!stream_) return;
    if (behind_) {
      if (!stream_->send("")) leave();
      return;
    }
    if (!send(event) || stream_->waiting() < kAhead) return;
    behind_ = true;
    wait();
  }

  bool send(const Event& event) {
    last_ = event.id;
    if (stream_->send(sent(event))) return true;
    leave();
    return false;
  }

  void leave() {
    stream_.reset();
    operations_.unsubscribe(subscription_);
  }

  Operations& operations_;
  std::shared_ptr<Stream> stream_;
  std::uint64_t last_;  // the id sent last
  std::uint64_t subscription_ = 0;
  bool behind_ = false;  // there may be some that are kept and not sent
};

void events(Call call, Reply reply) {
  if (auto odd = odd_parameter(call.request, {"after"})) return reply(std::move(*odd));
  const auto start = start_of(call.request);
  if (!start) return reply(start.error());
  Response response;
  response.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}};
  response.stream = [&operations = call.services.operations, after = *start](std::shared_ptr<Stream> stream) {
    std::make_shared<Follower>(operations, std::move(stream), after.value_or(operations.last_event()))->start();
  };
  reply(std::move(response));
}

const RegisterRoutes registered({{"GET", "/v1/events", Role::read, events}});

}  // namespace
}  // namespace harden::daemon
