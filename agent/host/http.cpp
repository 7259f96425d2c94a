// SPDX-License-Identifier: Apache-2.0
#include "agent/host/http.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "agent/host/http_answer.h"

namespace harden {
namespace {

constexpr std::size_t kLongestHead = 64 << 10;

}  // namespace

Result<Descriptor> connect_unix(const std::string& socket, Deadline deadline) {
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

Result<HttpResponse> parse_http_response(std::string_view stream, const std::string& place) {
  HttpReader reader(place);
  if (auto fed = reader.feed(stream); !fed) return std::unexpected(fed.error());
  if (auto ended = reader.end(); !ended) return std::unexpected(ended.error());
  if (reader.is_chunked()) {
    return fail(Errc::malformed, "the answer is not HTTP: a transfer encoding nobody asked for", place);
  }
  return HttpResponse{reader.status(), reader.take_body()};
}

Result<HttpResponse> unix_get(const std::string& socket, const std::string& target, const Limit& limit) {
  const Deadline deadline = deadline_of(limit);
  auto connection = connect_unix(socket, deadline);
  if (!connection) return std::unexpected(connection.error());
  const std::string request = "GET " + target + " HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n";
  if (auto sent = send_all(*connection, request, deadline, socket); !sent) return std::unexpected(sent.error());
  auto stream = read_all(*connection, {limit.bytes + kLongestHead, limit.time}, socket);
  if (!stream) return std::unexpected(stream.error());
  return parse_http_response(*stream, socket);
}

}  // namespace harden
