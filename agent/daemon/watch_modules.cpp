// SPDX-License-Identifier: Apache-2.0
//
// inotify sees nothing of what the kernel itself does in /sys/module; uevents
// tell it. A filter in the kernel keeps all others from waking us.
#include <linux/filter.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>

#include "agent/daemon/watch_messages.h"
#include "agent/daemon/watch_netlink.h"
#include "agent/daemon/watch_parts.h"

namespace harden::daemon {
namespace {

constexpr const char* kSource = "modules";
constexpr unsigned kFromKernel = 1;  // the group of lib/kobject_uevent.c
constexpr Teller::Pace kPace{milliseconds(0), milliseconds(200)};
constexpr int kMostAtOnce = 64;

constexpr std::uint32_t word(const char (&text)[5]) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(text[i]);
  return value;
}

// Lets "add@/mod…" and "remove@/modu…" pass. Where it cannot be set, the rest is thrown
// away after it was read.
void let_modules_pass(const Descriptor& socket) {
  constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
  constexpr std::uint16_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;
  std::array<sock_filter, 11> code{{
      {kLoad, 0, 0, 0},
      {kEqual, 0, 2, word("add@")},
      {kLoad, 0, 0, 4},
      {kEqual, 5, 6, word("/mod")},
      {kEqual, 0, 5, word("remo")},
      {kLoad, 0, 0, 4},
      {kEqual, 0, 3, word("ve@/")},
      {kLoad, 0, 0, 8},
      {kEqual, 0, 1, word("modu")},
      {BPF_RET | BPF_K, 0, 0, 0xffffffff},
      {BPF_RET | BPF_K, 0, 0, 0},
  }};
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

class ModuleSource final : public WatchSource {
 public:
  ModuleSource(WatchTools tools, std::function<void()> on_change)
      : tools_(std::move(tools)), on_change_(std::move(on_change)) {
    auto socket = open_netlink(NETLINK_KOBJECT_UEVENT, kFromKernel);
    if (!socket) {
      trouble_ = describe(socket.error());
      return;
    }
    let_modules_pass(*socket);
    socket_.emplace(tools_.executor, std::move(*socket), [this] { return read(); });
  }

  WatchState state() const override { return {kSource, socket_.has_value(), trouble_, ""}; }

 private:
  bool read() {
    for (int count = 0; count < kMostAtOnce; ++count) {
      const Received received = receive(socket_->file(), datagram_);
      if (received == Received::nothing) return false;
      if (received == Received::overrun) {
        on_change_();
        tools_.teller.lost(kSource);
        continue;
      }
      const auto event = parse_uevent(datagram_);
      const auto module = event ? module_of(*event) : std::nullopt;
      if (!module) continue;
      on_change_();
      tools_.teller.tell(kSource, {Sighting::Kind::module, *module, 0, {}, now_in_microseconds()}, kPace);
    }
    return true;
  }

  WatchTools tools_;
  std::function<void()> on_change_;
  std::string trouble_;
  std::string datagram_;
  std::optional<Readable> socket_;
};

}  // namespace

std::unique_ptr<WatchSource> watch_modules(WatchTools tools, std::function<void()> on_change) {
  return std::make_unique<ModuleSource>(std::move(tools), std::move(on_change));
}

}  // namespace harden::daemon
