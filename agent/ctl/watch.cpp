// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <thread>

#include "agent/answer/events.h"
#include "agent/core/text.h"
#include "agent/ctl/backend.h"
#include "agent/ctl/verb.h"
#include "agent/host/event_stream.h"
#include "agent/report/terminal.h"

namespace harden::ctl {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAnswerPatience{10'000};
// The daemon sends a comment every 15 s; a stream that is silent for longer has
// lost it, however its socket looks.
constexpr milliseconds kSilence{60'000};
constexpr milliseconds kFirstPause{200};
constexpr milliseconds kLongestPause{5'000};

struct Options {
  DaemonOption daemon;
  StyleOption style;
  std::string after;
  std::string format = "text";
};

// "2026-11-26T12:00:00Z  drift  net.ipv4.tcp_sack is 1 now, ..."
std::string line_of(const SentEvent& event, const Style& style) {
  boost::system::error_code wrong;
  const auto document = boost::json::parse(event.data, wrong);
  const auto* envelope = wrong ? nullptr : document.if_object();
  if (envelope == nullptr) return plain(event.data) + "\n";
  const auto* time = envelope->if_contains("time");
  const auto* data = envelope->if_contains("data");
  std::string out = plain(time == nullptr || !time->is_string() ? "" : std::string(time->get_string()), 20) + "  ";
  const Paint paint = event.type == "events.lost" ? Paint::yellow : Paint::bold;
  out += painted(plain(event.type, 18), paint, style);
  if (data == nullptr) return out + "\n";
  return out + " " + plain(answer::event_sentence(event.type, boost::json::serialize(*data))) + "\n";
}

// How one connection ended.
enum class End { closed, over };

class Watch {
 public:
  explicit Watch(const Options& options)
      : options_(options), style_(options.style.style()), last_(options.after), socket_(options.daemon.path()) {}

  // Until somebody stops it. A daemon that goes away is waited for; one that is
  // not there to begin with is not.
  ExitStatus run() {
    auto client = demand(options_.daemon);
    if (!client) return client.error();
    milliseconds pause = kFirstPause;
    for (;;) {
      const End end = follow(*client);
      if (end == End::over) return status_;
      if (came_) pause = kFirstPause;
      came_ = false;
      client = again(pause);
    }
  }

 private:
  End follow(UnixClient& client) {
    ClientRequest request{"GET", "/v1/events", {{"Accept", "text/event-stream"}}, ""};
    if (!last_.empty()) request.fields.emplace_back("Last-Event-ID", last_);
    const auto head = client.follow(request, kAnswerPatience);
    if (!head) return End::closed;
    if (!check_version(*head, socket_)) return refuse(ExitStatus::unreachable);
    if (head->status == 503 || head->status == 429) return End::closed;
    if (head->status != 200) return refused_by(client, *head);
    tell_again();
    return read(client);
  }

  End read(UnixClient& client) {
    EventReader reader;
    for (;;) {
      const auto came = client.next(kSilence);
      if (!came || !*came || (*came)->empty()) return End::closed;
      came_ = true;
      const auto events = reader.feed(**came);
      if (!events) return End::closed;
      for (const SentEvent& event : *events) {
        if (!event.id.empty()) last_ = event.id;
        const std::string line = options_.format == "json" ? harmless(event.data) + "\n" : line_of(event, style_);
        if (!write(line)) return End::over;
      }
    }
  }

  End refused_by(UnixClient& client, ClientAnswer head) {
    if (const auto body = client.next(kAnswerPatience); body && *body) head.body = **body;
    return refuse(print(reply_of(head)));
  }

  End refuse(ExitStatus status) {
    status_ = status;
    return End::over;
  }

  // Where nobody reads any more, there is no use in going on.
  bool write(const std::string& line) {
    status_ = print(line);
    return status_ == ExitStatus::clean && std::ferror(stdout) == 0;
  }

  UnixClient again(milliseconds& pause) {
    if (!lost_) complain("the daemon has gone; waiting for it");
    lost_ = true;
    for (;;) {
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kLongestPause);
      auto client = UnixClient::connect(socket_, milliseconds(2'000));
      if (client) return std::move(*client);
    }
  }

  void tell_again() {
    if (lost_) complain("the daemon is back" + (last_.empty() ? std::string() : "; going on after event " + last_));
    lost_ = false;
  }

  const Options& options_;
  Style style_;
  std::string last_;  // the id of the last event; "": none yet
  std::string socket_;
  ExitStatus status_ = ExitStatus::clean;
  bool came_ = false;
  bool lost_ = false;
};

ExitStatus run(const Options& options) { return Watch(options).run(); }

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->daemon.add_socket(command);
  options->style.add(command);
  const auto is_id = [](const std::string& text) {
    const auto id = text::to_int(text);
    return id && *id >= 0 ? std::string() : text::quote(text) + " is not the id of an event";
  };
  command
      .add_option("--after", options->after, "Begin after this event; 0 for all that are kept (default: from now on)")
      ->type_name("EVENT")
      ->check(is_id);
  command.add_option("--format", options->format, "text, or json: an object a line")
      ->check(CLI::IsMember({"text", "json"}));
  return [options] { return run(*options); };
}

const RegisterVerb registered({"watch", "Follow what happens, as the daemon sees it", add});

}  // namespace
}  // namespace harden::ctl
