// SPDX-License-Identifier: Apache-2.0
#include "agent/host/client.h"

#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "agent/host/file.h"
#include "agent/host/http.h"

namespace harden {
namespace {

std::string head_of(const ClientRequest& request) {
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.fields) head += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method == "POST") {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return head + "\r\n";
}

}  // namespace

Result<UnixClient> UnixClient::connect(const std::string& socket, std::chrono::milliseconds patience) {
  auto connection = connect_unix(socket, deadline_of({.time = patience}));
  if (!connection) return std::unexpected(connection.error());
  return UnixClient(std::move(*connection), socket);
}

Result<bool> UnixClient::read_more(Deadline deadline) {
  std::array<char, 16 << 10> block;
  for (;;) {
    const ssize_t count = ::recv(connection_.get(), block.data(), block.size(), 0);
    if (count > 0) {
      const auto fed = reader_.feed({block.data(), static_cast<std::size_t>(count)});
      return fed ? Result<bool>(true) : std::unexpected(fed.error());
    }
    if (count == 0) {
      ended_ = true;
      const auto ended = reader_.end();
      return ended ? Result<bool>(true) : std::unexpected(ended.error());
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return std::unexpected(system_error(errno, place_));
    const auto ready = wait_for(connection_, POLLIN, deadline, place_);
    if (!ready && ready.error().code == Errc::timeout) return false;
    if (!ready) return std::unexpected(ready.error());
  }
}

Result<ClientAnswer> UnixClient::follow(const ClientRequest& request, std::chrono::milliseconds patience) {
  const Deadline deadline = deadline_of({.time = patience});
  // A server may answer before it has read everything, and hang up: what it
  // said is worth more than that the rest could not be sent.
  const auto sent = send_all(connection_, head_of(request) + request.body, deadline, place_);
  while (!reader_.has_head()) {
    const auto came = read_more(deadline);
    if (!came) return std::unexpected(sent ? came.error() : sent.error());
    if (!*came) return fail(Errc::timeout, "no answer in time", place_);
  }
  return ClientAnswer{reader_.status(), reader_.fields(), {}};
}

Result<ClientAnswer> UnixClient::ask(const ClientRequest& request, const Limit& limit) {
  const Deadline deadline = deadline_of(limit);
  auto answer = follow(request, limit.time);
  if (!answer) return answer;
  while (!reader_.is_whole()) {
    if (reader_.body_size() > limit.bytes) break;
    const auto came = read_more(deadline);
    if (!came) return std::unexpected(came.error());
    if (!*came) return fail(Errc::timeout, "no answer in time", place_);
  }
  answer->body = reader_.take_body();
  if (answer->body.size() > limit.bytes) {
    return fail(Errc::too_large, "more than " + std::to_string(limit.bytes) + " bytes", place_);
  }
  return answer;
}

Result<std::optional<std::string>> UnixClient::next(std::chrono::milliseconds patience) {
  const Deadline deadline = deadline_of({.time = patience});
  while (reader_.body_size() == 0) {
    if (reader_.is_whole() || ended_) return std::nullopt;
    const auto came = read_more(deadline);
    if (!came) return std::unexpected(came.error());
    if (!*came) break;
  }
  return reader_.take_body();
}

std::optional<std::string> group_of_file(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  const group* found = ::getgrgid(status.st_gid);
  return found == nullptr ? std::to_string(status.st_gid) : std::string(found->gr_name);
}

}  // namespace harden
