// SPDX-License-Identifier: Apache-2.0
//
// Reading an HTTP/1.x answer (RFC 9112) as it comes, in pieces of any size. The
// server is not trusted: its head, its chunk sizes and its body are bounded, and
// what is not plainly HTTP ends the reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harden/result.h"

namespace harden {

// In the order in which they came, names in lower case, values trimmed.
using HttpFields = std::vector<std::pair<std::string, std::string>>;

// The first of that name, or "".
std::string_view field_of(const HttpFields& fields, std::string_view name);

class HttpReader {
 public:
  // `place` is that of the errors.
  explicit HttpReader(std::string place) : place_(std::move(place)) {}

  // Takes what came. Errc::malformed where it is not HTTP; nothing may be fed
  // after an error, and what comes after the end of the body is dropped.
  Result<> feed(std::string_view bytes);

  // The server has closed. Errc::malformed where the answer is not whole.
  Result<> end();

  bool has_head() const { return state_ > State::head; }
  bool is_whole() const { return state_ == State::whole; }
  int status() const { return status_; }
  const HttpFields& fields() const { return fields_; }
  // Whether the body comes in chunks, which a server must not send to HTTP/1.0.
  bool is_chunked() const { return chunked_; }

  // What has come of the body since this was called last.
  std::string take_body() { return std::exchange(body_, {}); }
  std::size_t body_size() const { return body_.size(); }

 private:
  enum class State { head, counted, to_the_end, chunk_size, chunk, chunk_end, trailer, whole };

  Result<> read_head();
  Result<> read_fields(std::string_view head);
  Result<> choose_body();
  Result<bool> step();  // false: more bytes are needed
  Result<bool> read_chunk_size();
  void take(std::size_t most);
  std::unexpected<Error> malformed(std::string what) const;
  std::optional<std::string> next_line();

  std::string place_;
  State state_ = State::head;
  std::string pending_;  // came and is not yet read
  int status_ = 0;
  HttpFields fields_;
  bool chunked_ = false;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  std::size_t trailers_ = 0;
  std::string body_;
};

}  // namespace harden
