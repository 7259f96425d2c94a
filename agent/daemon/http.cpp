// SPDX-License-Identifier: Apache-2.0
//
// The only file that includes Beast, which costs 25 seconds to compile. Of it
// only the parser is used: the connection's own buffers and deadlines are what
// the limits are about, and answers are two strings.
#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "agent/core/text.h"
#include "agent/daemon/parser.h"

namespace harden::daemon {
namespace {

namespace http = boost::beast::http;
using boost::asio::buffer;

constexpr std::size_t kMostFields = 100;
constexpr const char* kTwoLengths = "there is a Content-Length besides a Transfer-Encoding";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
  return out;
}

bool is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

Refusal refusal_of(const boost::system::error_code& error) {
  if (error == http::error::body_limit) return {413, "the body is too large", "no request needs more than 1 MiB"};
  if (error == http::error::bad_transfer_encoding) {
    return {501, "the transfer coding is none that is known here",
            "send a Content-Length, or the coding chunked alone"};
  }
  if (error == http::error::bad_version) {
    return {505, "this is no HTTP/1.1 or HTTP/1.0", "speak HTTP/1.1, without TLS"};
  }
  return {400, "this is no HTTP request: " + error.message(), "speak HTTP/1.1, without TLS"};
}

}  // namespace

class RequestParser::Message {
 public:
  http::request_parser<http::string_body> parser;
};

RequestParser::RequestParser(std::size_t most_head, std::size_t most_body)
    : most_head_(most_head), most_body_(most_body) {}
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

void RequestParser::refuse(int status, std::string detail, std::string hint) {
  state_ = State::refused;
  keep_alive_ = false;
  refusal_ = {status, std::move(detail), std::move(hint)};
}

std::size_t RequestParser::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && (state_ == State::idle || state_ == State::head || state_ == State::body)) {
    const auto rest = bytes.substr(taken);
    taken += state_ == State::body ? feed_body(rest) : feed_head(rest);
  }
  return taken;
}

// Said as soon as it is seen: the peer may wait for an answer and send no more.
bool RequestParser::well_formed(std::string_view bytes) {
  const auto method = bytes.substr(0, bytes.find(' '));
  if (!std::ranges::all_of(method, is_token_char)) return false;
  for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n', end + 1)) {
    if (end == 0 || bytes[end - 1] != '\r') return false;
  }
  return true;
}

// All of `bytes` is taken where the head does not end in them.
std::size_t RequestParser::feed_head(std::string_view bytes) {
  // A client may send an empty line after a body (RFC 9112 2.2).
  if (state_ == State::idle && (bytes.front() == '\r' || bytes.front() == '\n')) return 1;
  state_ = State::head;
  const std::size_t before = pending_.size();
  // A head that came whole, as nearly all do, is not copied.
  if (const auto end = bytes.find(kHeadEnd); before == 0 && end != std::string_view::npos && end <= most_head_) {
    parse_head(bytes.substr(0, end + kHeadEnd.size()));
    return end + kHeadEnd.size();
  }
  pending_.append(bytes.substr(0, most_head_ + kHeadEnd.size() - before));
  if (const auto end = pending_.find(kHeadEnd, before < 3 ? 0 : before - 3); end != std::string::npos) {
    const std::string head = std::exchange(pending_, {}).substr(0, end + kHeadEnd.size());
    parse_head(head);
    return head.size() - before;
  }
  if (!well_formed(pending_)) {
    refuse(400, "this is no HTTP request", "speak HTTP/1.1, without TLS; every line of the head ends in CR LF");
  } else if (pending_.size() > most_head_ && pending_.find('\n') == std::string::npos) {
    refuse(414, "the target is too long", "no request of this API needs a long one");
  } else if (pending_.size() > most_head_) {
    refuse(431, "the head has more than " + std::to_string(most_head_) + " bytes",
           "send fewer or shorter header fields");
  }
  return bytes.size();
}

void RequestParser::parse_head(std::string_view head) {
  if (!well_formed(head)) return refuse(400, "this is no HTTP request", "every line of the head ends in CR LF");
  if (head.find("\r\n") > most_head_ / 2)
    return refuse(414, "the target is too long", "no request of this API needs a long one");
  message_ = std::make_unique<Message>();
  auto& parser = message_->parser;
  parser.header_limit(static_cast<std::uint32_t>(most_head_ + kHeadEnd.size()));
  parser.body_limit(most_body_);
  boost::system::error_code error;
  parser.put(buffer(head.data(), head.size()), error);
  if (error == http::error::bad_transfer_encoding && parser.get().count(http::field::content_length) > 0) {
    return refuse(400, kTwoLengths, "send one of them");
  }
  if (error && error != http::error::need_more) {
    refusal_ = refusal_of(error);
    return refuse(refusal_.status, refusal_.detail, refusal_.hint);
  }
  if (!parser.is_header_done()) return refuse(400, "the head does not end where it should");
  read_fields();
  if (state_ == State::refused) return;
  state_ = parser.is_done() ? State::done : State::body;
  parser.eager(true);
}

// What the library lets pass and RFC 9112 does not, or we cannot do.
void RequestParser::read_fields() {
  const auto& head = message_->parser.get();
  request_.method = std::string(head.method_string());
  std::size_t count = 0;
  std::size_t hosts = 0;
  for (const auto& field : head) {
    if (++count > kMostFields) return refuse(431, "the head has more than 100 fields", "send fewer header fields");
    std::string name = lower({field.name_string().data(), field.name_string().size()});
    if (name == "host") ++hosts;
    const std::string_view value(field.value().data(), field.value().size());
    auto [place, fresh] = request_.headers.try_emplace(std::move(name), value);
    if (!fresh) place->second.append(", ").append(value);
  }
  const auto has = [&](std::string_view name) { return request_.headers.contains(name); };
  const auto value_of = [&](std::string_view name) {
    return has(name) ? lower(request_.headers.find(name)->second) : "";
  };
  if (head.version() != 10 && head.version() != 11) {
    return refuse(505, "this is no HTTP/1.1 or HTTP/1.0", "speak HTTP/1.1, without TLS");
  }
  if (head.version() == 11 && hosts != 1) {
    return refuse(400, hosts == 0 ? "the header Host is missing" : "the header Host is there twice",
                  "send it once: Host: localhost");
  }
  if (head.method() == http::verb::unknown) {
    return refuse(501, "the method " + text::quote(request_.method.substr(0, 40)) + " is none of HTTP's",
                  "this API takes GET and POST");
  }
  if (has("transfer-encoding") && (value_of("transfer-encoding") != "chunked" || head.version() == 10)) {
    return refuse(501, "the transfer coding is none that is known here",
                  "send a Content-Length, or the coding chunked alone");
  }
  // Which of the two holds is what request smuggling is made of (RFC 9112 6.3).
  if (has("transfer-encoding") && has("content-length")) {
    return refuse(400, kTwoLengths, "send one of them");
  }
  if (has("content-type") && !has("content-length") && !has("transfer-encoding") && head.method() == http::verb::post) {
    return refuse(411, "a Content-Type is said, and no length", "send a Content-Length, 0 where there is no body");
  }
  if (has("expect") && value_of("expect") != "100-continue") {
    return refuse(417, "the expectation is none that is known here", "100-continue alone is");
  }
  if (const auto wrong = parse_target({head.target().data(), head.target().size()}, request_)) {
    return refuse(400, *wrong, "see RFC 3986 for what a target may hold");
  }
  wants_continue_ = has("expect") && head.version() == 11;
  keep_alive_ = head.keep_alive();
}

std::size_t RequestParser::feed_body(std::string_view bytes) {
  wants_continue_ = false;
  // A chunk's line that was cut in two: the library wants it whole.
  const std::size_t before = pending_.size();
  if (before > 0) pending_.append(bytes.substr(0, most_head_));
  const std::string_view given = before > 0 ? std::string_view(pending_) : bytes;
  boost::system::error_code error;
  std::size_t used = 0;
  auto& parser = message_->parser;
  while (used < given.size() && !parser.is_done()) {
    const std::size_t count = parser.put(buffer(given.data() + used, given.size() - used), error);
    used += count;
    if (error || count == 0) break;
  }
  if (error && error != http::error::need_more) {
    refusal_ = refusal_of(error);
    refuse(refusal_.status, refusal_.detail, refusal_.hint);
    return bytes.size();
  }
  if (parser.is_done()) {
    state_ = State::done;
    pending_.clear();
    return used - before;
  }
  const std::size_t taken = given.size() - before;
  std::string rest(given.substr(used));
  pending_ = std::move(rest);
  if (pending_.size() > most_head_) refuse(400, "the line of a chunk is too long");
  return taken;
}

std::size_t RequestParser::held() const {
  return pending_.size() + (message_ ? message_->parser.get().body().size() : 0);
}

Request RequestParser::take() {
  Request request = std::exchange(request_, {});
  request.body = std::move(message_->parser.get().body());
  message_.reset();
  pending_ = {};
  state_ = State::idle;
  return request;
}

}  // namespace harden::daemon
