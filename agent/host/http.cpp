// SPDX-License-Identifier: Apache-2.0
#include "agent/host/http.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "agent/core/text.h"
#include "agent/host/file.h"

namespace harden {
namespace {

constexpr std::size_t kLongestHead = 64 << 10;

bool same_word(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

std::unexpected<Error> not_http(std::string what, const std::string& place) {
  return fail(Errc::malformed, "the answer is not HTTP: " + std::move(what), place);
}

// "HTTP/1.1 200 OK" to 200.
std::optional<int> status_of(std::string_view line) {
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return std::nullopt;
  const auto status = text::to_int(line.substr(9, 3));
  if (!status || *status < 100 || *status > 599) return std::nullopt;
  return static_cast<int>(*status);
}

struct Head {
  std::optional<std::int64_t> content_length;
  bool encoded = false;  // a Transfer-Encoding, which HTTP/1.0 does not have
};

std::optional<Head> parse_fields(const std::vector<std::string_view>& lines) {
  Head head;
  for (const std::string_view line : lines) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = text::trim(line.substr(colon + 1));
    if (same_word(name, "transfer-encoding")) head.encoded = true;
    if (!same_word(name, "content-length")) continue;
    head.content_length = text::to_int(value);
    if (!head.content_length || *head.content_length < 0) return std::nullopt;
  }
  return head;
}

Result<Descriptor> connect_to(const std::string& socket, Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path)
    return fail(Errc::invalid, "the path of the socket is too long", socket);
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  Descriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!connection.open()) return std::unexpected(system_error(errno, socket));
  // A unix socket's connect never is in progress: it succeeds, fails, or says
  // EAGAIN because the server's backlog is full.
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  while (::connect(connection.get(), generic, sizeof address) != 0) {
    if (errno != EAGAIN && errno != EINTR) return std::unexpected(system_error(errno, socket));
    if (std::chrono::steady_clock::now() > deadline) return fail(Errc::timeout, "its backlog is full", socket);
    ::poll(nullptr, 0, 10);
  }
  return connection;
}

Result<> send_all(const Descriptor& connection, std::string_view data, Deadline deadline, const std::string& place) {
  while (!data.empty()) {
    const ssize_t count = ::send(connection.get(), data.data(), data.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      data.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      if (auto ready = wait_for(connection, POLLOUT, deadline, place); !ready) return ready;
    } else if (errno != EINTR) {
      return std::unexpected(system_error(errno, place));
    }
  }
  return {};
}

}  // namespace

Result<HttpResponse> parse_http_response(std::string_view stream, const std::string& place) {
  const auto end = stream.substr(0, kLongestHead).find("\r\n\r\n");
  if (end == std::string_view::npos) return not_http("no end of its header", place);
  auto lines = text::lines(stream.substr(0, end));
  const auto status = lines.empty() ? std::nullopt : status_of(lines.front());
  if (!status) return not_http("no status line", place);
  lines.erase(lines.begin());
  const auto head = parse_fields(lines);
  if (!head) return not_http("a broken header field", place);
  if (head->encoded) return not_http("a transfer encoding nobody asked for", place);
  std::string_view body = stream.substr(end + 4);
  if (head->content_length) {
    const auto length = static_cast<std::size_t>(*head->content_length);
    if (body.size() < length) return fail(Errc::malformed, "the answer ends before its Content-Length", place);
    body = body.substr(0, length);
  }
  return HttpResponse{*status, std::string(body)};
}

Result<HttpResponse> unix_get(const std::string& socket, const std::string& target, const Limit& limit) {
  const Deadline deadline = deadline_of(limit);
  auto connection = connect_to(socket, deadline);
  if (!connection) return std::unexpected(connection.error());
  const std::string request = "GET " + target + " HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n";
  if (auto sent = send_all(*connection, request, deadline, socket); !sent) return std::unexpected(sent.error());
  auto stream = read_all(*connection, {limit.bytes + kLongestHead, limit.time}, socket);
  if (!stream) return std::unexpected(stream.error());
  return parse_http_response(*stream, socket);
}

}  // namespace harden
