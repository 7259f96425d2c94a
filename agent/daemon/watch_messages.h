// SPDX-License-Identifier: Apache-2.0
//
// What the kernel sends over netlink, taken apart: any bytes, never read past
// their end. And an engine's stream of events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harden/result.h"

namespace harden::daemon {

// A kernel object came or went: "add@/module/sctp", then NAME=VALUE strings,
// each with a NUL (Documentation of lib/kobject_uevent.c).
struct Uevent {
  std::string action;     // "add", "remove"
  std::string path;       // below /sys: "/module/sctp"
  std::string subsystem;  // "module"
};
std::optional<Uevent> parse_uevent(std::string_view datagram);

// The module that an event is about; nothing where it is about something else.
std::optional<std::string> module_of(const Uevent& event);

// rtnetlink(7): the interfaces of RTM_NEWLINK and RTM_DELLINK messages.
struct Links {
  struct Link {
    bool gone = false;
    int index = 0;
    std::string name;  // at most 15 bytes, as the kernel bounds it; escaped
  };
  std::vector<Link> links;
  bool overrun = false;    // NLMSG_OVERRUN, or an error message
  bool malformed = false;  // lengths that cannot be; what stood before is kept
};
Links parse_links(std::string_view datagram);

struct EngineEvent {
  std::string type;    // "container", "network", "daemon"
  std::string action;  // "create", "connect"; without what follows a colon
};

// The answer to `GET /events` (docs.docker.com/engine/api, "Monitor events"),
// in pieces of any size: HTTP/1.1, chunked or until the end of the connection,
// one JSON object a line.
class EngineStream {
 public:
  static constexpr std::size_t kLongestHead = std::size_t{16} << 10;
  static constexpr std::size_t kLongestLine = std::size_t{64} << 10;

  struct Piece {
    std::vector<EngineEvent> events;
    std::uint64_t odd = 0;  // lines that were too long or are no event: skipped
    bool opened = false;    // the head said 200
    bool ended = false;     // the last chunk
  };
  // Errc::malformed where it is not such an answer, Errc::unavailable where
  // the status is not 200. The stream is of no more use then.
  Result<Piece> feed(std::string_view bytes);

 private:
  enum class At { head, body, chunk_size, chunk, chunk_end, trailer, end };

  Result<> head(std::string_view& bytes, Piece& piece);
  Result<> step(std::string_view& bytes, Piece& piece);
  Result<> chunk_size(std::string_view& bytes);
  Result<> chunk_end(std::string_view& bytes);
  void body(std::string_view& bytes, Piece& piece);
  void content(std::string_view bytes, Piece& piece);
  void finish_line(Piece& piece);

  At at_ = At::head;
  std::string head_;
  std::string size_;
  std::uint64_t left_ = 0;  // of the chunk
  std::string line_;
  bool too_long_ = false;  // the line under way
};

}  // namespace harden::daemon
