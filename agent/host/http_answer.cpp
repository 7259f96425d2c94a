// SPDX-License-Identifier: Apache-2.0
#include "agent/host/http_answer.h"

#include <algorithm>

#include "agent/core/text.h"

namespace harden {
namespace {

constexpr std::size_t kLongestHead = 64 << 10;
constexpr std::size_t kLongestLine = 1 << 10;  // of a chunk's size and its extensions, and of a trailer
constexpr std::size_t kMostTrailers = 64;

// "HTTP/1.1 200 OK" to 200.
std::optional<int> status_of(std::string_view line) {
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return std::nullopt;
  const auto status = text::to_int(line.substr(9, 3));
  if (!status || *status < 100 || *status > 599) return std::nullopt;
  return static_cast<int>(*status);
}

std::string lower(std::string_view word) {
  std::string out(word);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

}  // namespace

std::string_view field_of(const HttpFields& fields, std::string_view name) {
  for (const auto& [field, value] : fields) {
    if (field == name) return value;
  }
  return {};
}

std::unexpected<Error> HttpReader::malformed(std::string what) const {
  return fail(Errc::malformed, "the answer is not HTTP: " + std::move(what), place_);
}

Result<> HttpReader::feed(std::string_view bytes) {
  pending_ += bytes;
  for (;;) {
    const auto went_on = step();
    if (!went_on) return std::unexpected(went_on.error());
    if (!*went_on) return {};
  }
}

Result<> HttpReader::end() {
  if (state_ == State::to_the_end) state_ = State::whole;
  if (state_ == State::whole) return {};
  if (state_ == State::head) return malformed("no end of its header");
  if (chunked_) return fail(Errc::malformed, "the answer ends before its last chunk", place_);
  return fail(Errc::malformed, "the answer ends before its Content-Length", place_);
}

Result<bool> HttpReader::step() {
  switch (state_) {
    case State::head: {
      const auto read = read_head();
      if (!read) return std::unexpected(read.error());
      return state_ != State::head;
    }
    case State::counted:
    case State::chunk:
      take(left_ < pending_.size() ? static_cast<std::size_t>(left_) : pending_.size());
      if (left_ > 0) return false;
      state_ = chunked_ ? State::chunk_end : State::whole;
      return true;
    case State::to_the_end: take(pending_.size()); return false;
    case State::chunk_size: return read_chunk_size();
    case State::chunk_end:
      if (pending_.size() < 2) return false;
      if (!pending_.starts_with("\r\n")) return malformed("a chunk is longer than its size");
      pending_.erase(0, 2);
      state_ = State::chunk_size;
      return true;
    case State::trailer: {
      const auto line = next_line();
      if (!line && pending_.size() > kLongestLine) return malformed("a trailer that does not end");
      if (!line) return false;
      if (++trailers_ > kMostTrailers) return malformed("trailers that do not end");
      if (line->empty()) state_ = State::whole;
      return true;
    }
    case State::whole: pending_.clear(); return false;
  }
  return false;
}

Result<> HttpReader::read_head() {
  const auto end = std::string_view(pending_).substr(0, kLongestHead).find("\r\n\r\n");
  if (end == std::string::npos) {
    return pending_.size() >= kLongestHead ? Result<>(malformed("no end of its header")) : Result<>();
  }
  const std::string head = pending_.substr(0, end);
  pending_.erase(0, end + 4);
  if (auto read = read_fields(head); !read) return read;
  return choose_body();
}

Result<> HttpReader::read_fields(std::string_view head) {
  auto lines = text::lines(head);
  const auto status = lines.empty() ? std::nullopt : status_of(lines.front());
  if (!status) return malformed("no status line");
  status_ = *status;
  lines.erase(lines.begin());
  for (const std::string_view line : lines) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return malformed("a broken header field");
    fields_.emplace_back(lower(line.substr(0, colon)), text::trim(line.substr(colon + 1)));
  }
  return {};
}

// RFC 9112, 6.3. An answer that says its length in two ways is refused rather
// than guessed at.
Result<> HttpReader::choose_body() {
  const std::string_view encoding = field_of(fields_, "transfer-encoding");
  const auto lengths = std::ranges::count(fields_, "content-length", &HttpFields::value_type::first);
  if (status_ < 200) return malformed("an interim answer nobody asked for");
  if (!encoding.empty() && (lower(encoding) != "chunked" || lengths > 0)) return malformed("an odd transfer encoding");
  if (lengths > 1) return malformed("two lengths");
  if (!encoding.empty()) {
    chunked_ = true;
    state_ = State::chunk_size;
  } else if (lengths == 1) {
    const auto length = text::to_int(field_of(fields_, "content-length"));
    if (!length || *length < 0) return malformed("a broken header field");
    left_ = static_cast<std::uint64_t>(*length);
    state_ = State::counted;
  } else {
    state_ = status_ == 204 || status_ == 304 ? State::whole : State::to_the_end;
  }
  return {};
}

void HttpReader::take(std::size_t most) {
  body_.append(pending_, 0, most);
  pending_.erase(0, most);
  if (state_ != State::to_the_end) left_ -= most;
}

std::optional<std::string> HttpReader::next_line() {
  const auto end = std::string_view(pending_).substr(0, kLongestLine).find("\r\n");
  if (end == std::string::npos) return std::nullopt;
  std::string line = pending_.substr(0, end);
  pending_.erase(0, end + 2);
  return line;
}

Result<bool> HttpReader::read_chunk_size() {
  const auto line = next_line();
  if (!line && pending_.size() > kLongestLine) return malformed("a chunk without its size");
  if (!line) return false;
  const std::string_view digits = text::trim(std::string_view(*line).substr(0, line->find(';')));
  const auto size = digits.size() > 15 ? std::nullopt : text::to_hex(digits);
  if (!size) return malformed("a chunk without its size");
  left_ = *size;
  state_ = left_ == 0 ? State::trailer : State::chunk;
  return true;
}

}  // namespace harden
