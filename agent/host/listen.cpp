// SPDX-License-Identifier: Apache-2.0
#include "agent/host/listen.h"

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>

#include "agent/core/system_error.h"
#include "agent/core/text.h"

namespace harden {
namespace {

constexpr int kBacklog = 512;
constexpr mode_t kMode = 0660;

std::unexpected<Error> system_failure(const std::string& place) { return std::unexpected(system_error(errno, place)); }

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(Errc::invalid, "the path of a socket has at most 107 bytes", path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* plain(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

Result<gid_t> group_of(const std::string& name) {
  std::vector<char> buffer(std::size_t{64} << 10);
  group entry{};
  group* found = nullptr;
  const int error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (error == 0 && found != nullptr) return entry.gr_gid;
  return fail(Errc::absent, "there is no group " + text::quote(name) + ": systemd-sysusers makes it", name);
}

// Whether what is at the path may be replaced: nothing, or a socket that nobody
// listens on any more, as a killed process leaves it.
Result<> can_take(const std::string& path, const sockaddr_un& address) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) return errno == ENOENT ? Result<>() : system_failure(path);
  if (!S_ISSOCK(status.st_mode))
    return fail(Errc::invalid, "something that is no socket is there; it is left alone", path);
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.open()) return system_failure(path);
  if (::connect(probe.get(), plain(address), sizeof address) != 0 && errno == ECONNREFUSED) return {};
  return fail(Errc::unavailable, "another process answers on this socket", path);
}

Result<> own(const std::string& path, const std::string& group) {
  if (!group.empty()) {
    const auto gid = group_of(group);
    if (!gid) return std::unexpected(gid.error());
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) return system_failure(path);
    // In a folder that hands its group down it is right already, and a sandbox
    // may not let us change it.
    const bool right = status.st_uid == 0 && status.st_gid == *gid;
    if (!right && ::lchown(path.c_str(), 0, *gid) != 0) return system_failure(path);
  }
  // The kernel took the umask off the mode that the socket had.
  if (::chmod(path.c_str(), kMode) != 0) return system_failure(path);
  return {};
}

Result<> set_up(const Descriptor& socket, const std::string& draft, const std::string& path, const std::string& group) {
  const auto address = address_of(draft);
  if (!address) return std::unexpected(address.error());
  ::unlink(draft.c_str());
  // bind(2) makes the file with the mode of the socket: never wider than wanted.
  if (::fchmod(socket.get(), kMode) != 0) return system_failure(path);
  if (::bind(socket.get(), plain(*address), sizeof *address) != 0) return system_failure(path);
  if (auto owned = own(draft, group); !owned) return owned;
  if (::listen(socket.get(), kBacklog) != 0) return system_failure(path);
  // Renamed when all is right, so that nobody finds one that does not answer.
  if (::rename(draft.c_str(), path.c_str()) != 0) return system_failure(path);
  return {};
}

struct Loopback {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::optional<Loopback> loopback_of(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto port = text::to_int(address.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  Loopback out;
  const std::string host = address.substr(0, colon);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (host == "[::1]") {
    v6->sin6_family = AF_INET6;
    v6->sin6_addr = in6addr_loopback;
    v6->sin6_port = htons(static_cast<std::uint16_t>(*port));
    out.size = sizeof *v6;
    return out;
  }
  if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) != 1) return std::nullopt;
  if ((ntohl(v4->sin_addr.s_addr) >> 24) != 127) return std::nullopt;
  v4->sin_family = AF_INET;
  v4->sin_port = htons(static_cast<std::uint16_t>(*port));
  out.size = sizeof *v4;
  return out;
}

}  // namespace

Result<Descriptor> listen_unix(const std::string& path, const std::string& group) {
  const auto address = address_of(path);
  if (!address) return std::unexpected(address.error());
  if (auto free = can_take(path, *address); !free) return std::unexpected(free.error());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.open()) return system_failure(path);
  const std::string draft = path + ".new";
  if (auto made = set_up(socket, draft, path, group); !made) {
    ::unlink(draft.c_str());
    return std::unexpected(made.error());
  }
  return socket;
}

// The name that a bound socket tells is its draft's. That a path still leads to
// it shows in that a connection to the path arrives here.
void unlisten_unix(const std::string& path, const Descriptor& listener) {
  const auto address = address_of(path);
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!address || !probe.open() || !listener.open()) return;
  if (::shutdown(listener.get(), SHUT_RDWR) != 0) return;
  // Ours is shut now; whoever still answers there is somebody else.
  if (::connect(probe.get(), plain(*address), sizeof *address) == 0 || errno != ECONNREFUSED) return;
  ::unlink(path.c_str());
}

Result<Descriptor> listen_loopback(const std::string& address) {
  const auto parsed = loopback_of(address);
  if (!parsed) {
    return fail(Errc::invalid, "not a loopback address with a port, such as 127.0.0.1:9105 or [::1]:9105", address);
  }
  Descriptor socket(::socket(parsed->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.open()) return system_failure(address);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&parsed->storage), parsed->size) != 0) {
    return system_failure(address);
  }
  if (::listen(socket.get(), kBacklog) != 0) return system_failure(address);
  return socket;
}

}  // namespace harden
