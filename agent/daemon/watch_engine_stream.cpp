// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "agent/core/text.h"
#include "agent/daemon/watch_messages.h"

namespace harden::daemon {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestSize = 64;  // of a line that says how long a chunk is, extensions included
constexpr std::uint64_t kLongestChunk = std::uint64_t{16} << 20;
constexpr std::size_t kLongestWord = 64;

std::unexpected<Error> malformed(const char* what) { return fail(Errc::malformed, what, "/events"); }

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// A word of the engine's own vocabulary; "" for everything else.
std::string word(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  std::string_view text = value->get_string();
  text = text.substr(0, text.find(':'));  // "exec_create: sh", "health_status: healthy"
  const bool plain = std::ranges::all_of(
      text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-'; });
  return plain && text.size() <= kLongestWord ? std::string(text) : std::string();
}

std::optional<EngineEvent> event_of(const std::string& line) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  if (error || !value.is_object()) return std::nullopt;
  EngineEvent event{word(value.get_object(), "Type"), word(value.get_object(), "Action")};
  if (event.type.empty() || event.action.empty()) return std::nullopt;
  return event;
}

// "200" of the status line, and whether the body comes in chunks.
struct Head {
  std::string_view status;
  bool chunked = false;
};

std::optional<Head> parse_head(std::string_view text) {
  const auto lines = text::lines(text);
  if (lines.empty() || !lines.front().starts_with("HTTP/1.")) return std::nullopt;
  const auto words = text::words(lines.front());
  if (words.size() < 2) return std::nullopt;
  Head head{words[1]};
  for (const std::string_view line : lines) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || lower(line.substr(0, colon)) != "transfer-encoding") continue;
    if (lower(text::trim(line.substr(colon + 1))) != "chunked") return std::nullopt;
    head.chunked = true;
  }
  return head;
}

// Up to and with the next line feed, moved to `line`; whether it was there.
bool take_line(std::string_view& bytes, std::string& line) {
  const auto end = bytes.find('\n');
  const auto count = end == std::string_view::npos ? bytes.size() : end + 1;
  line += bytes.substr(0, count);
  bytes.remove_prefix(count);
  return end != std::string_view::npos;
}

}  // namespace

Result<> EngineStream::head(std::string_view& bytes, Piece& piece) {
  std::size_t length = head_.size();
  head_ += bytes.substr(0, kLongestHead + 4 - std::min(head_.size(), kLongestHead + 4));
  const auto end = head_.find("\r\n\r\n", length < 3 ? 0 : length - 3);
  if (end == std::string::npos) {
    if (head_.size() >= kLongestHead) return malformed("the head does not end");
    bytes = {};
    return {};
  }
  bytes.remove_prefix(end + 4 - length);
  const auto found = parse_head(std::string_view(head_).substr(0, end));
  if (!found) return malformed("the answer is not HTTP");
  if (found->status != "200") {
    return fail(Errc::unavailable, "the engine answers " + text::printable(found->status.substr(0, 8)), "/events");
  }
  at_ = found->chunked ? At::chunk_size : At::body;
  piece.opened = true;
  head_.clear();
  return {};
}

Result<> EngineStream::chunk_size(std::string_view& bytes) {
  const bool whole = take_line(bytes, size_);
  if (size_.size() > kLongestSize) return malformed("the size of a chunk does not end");
  if (!whole) return {};
  const std::string_view digits = text::trim(std::string_view(size_).substr(0, size_.find(';')));
  const auto size = digits.starts_with('-') || digits.starts_with('+') ? std::nullopt : text::to_hex(digits);
  if (!size || *size > kLongestChunk) return malformed("the size of a chunk is none");
  size_.clear();
  left_ = *size;
  at_ = left_ == 0 ? At::trailer : At::chunk;
  return {};
}

Result<> EngineStream::chunk_end(std::string_view& bytes) {
  const bool whole = take_line(bytes, size_);
  if (size_.size() > 2 || (whole && size_ != "\r\n" && size_ != "\n"))
    return malformed("a chunk is longer than it says");
  if (!whole) return {};
  size_.clear();
  at_ = At::chunk_size;
  return {};
}

void EngineStream::body(std::string_view& bytes, Piece& piece) {
  const auto count = at_ == At::body ? bytes.size() : std::min<std::uint64_t>(left_, bytes.size());
  content(bytes.substr(0, count), piece);
  bytes.remove_prefix(count);
  if (at_ == At::body) return;
  left_ -= count;
  if (left_ == 0) at_ = At::chunk_end;
}

// A line that is too long is no event, and what follows it may be one.
void EngineStream::content(std::string_view bytes, Piece& piece) {
  while (!bytes.empty()) {
    const bool whole = take_line(bytes, line_);
    if (line_.size() > kLongestLine) {
      too_long_ = true;
      line_.clear();
    }
    if (whole) finish_line(piece);
  }
}

void EngineStream::finish_line(Piece& piece) {
  const std::string line(text::trim(line_));
  line_.clear();
  const bool skipped = std::exchange(too_long_, false);
  if (line.empty() && !skipped) return;
  auto event = skipped ? std::nullopt : event_of(line);
  if (event) {
    piece.events.push_back(std::move(*event));
  } else {
    ++piece.odd;
  }
}

Result<> EngineStream::step(std::string_view& bytes, Piece& piece) {
  switch (at_) {
    case At::head: return head(bytes, piece);
    case At::chunk_size: return chunk_size(bytes);
    case At::chunk_end: return chunk_end(bytes);
    case At::body:
    case At::chunk: body(bytes, piece); return {};
    case At::trailer:
    case At::end:
      bytes = {};
      at_ = At::end;
      piece.ended = true;
      return {};
  }
  return {};
}

Result<EngineStream::Piece> EngineStream::feed(std::string_view bytes) {
  Piece piece;
  while (!bytes.empty()) {
    if (auto done = step(bytes, piece); !done) return std::unexpected(done.error());
  }
  return piece;
}

}  // namespace harden::daemon
