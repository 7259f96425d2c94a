// SPDX-License-Identifier: Apache-2.0
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "agent/daemon/watch_messages.h"
#include "agent/daemon/watch_netlink.h"
#include "agent/daemon/watch_parts.h"

namespace harden::daemon {
namespace {

constexpr const char* kSource = "interfaces";
constexpr Teller::Pace kPace{milliseconds(0), milliseconds(100)};
constexpr int kMostAtOnce = 64;

class InterfaceSource final : public WatchSource {
 public:
  InterfaceSource(WatchTools tools, std::function<void()> on_change)
      : tools_(std::move(tools)), on_change_(std::move(on_change)) {
    auto socket = open_netlink(NETLINK_ROUTE, RTMGRP_LINK);
    if (!socket) {
      trouble_ = describe(socket.error());
      return;
    }
    socket_.emplace(tools_.executor, std::move(*socket), [this] { return read(); });
  }

  WatchState state() const override { return {kSource, socket_.has_value(), trouble_, ""}; }

 private:
  bool read() {
    Links found;
    int count = 0;
    for (; count < kMostAtOnce; ++count) {
      const Received received = receive(socket_->file(), datagram_);
      if (received == Received::nothing) break;
      Links links = received == Received::message ? parse_links(datagram_) : Links{{}, true, false};
      found.overrun |= links.overrun || links.malformed;
      for (auto& link : links.links) found.links.push_back(std::move(link));
    }
    tell(found);
    return count == kMostAtOnce;
  }

  void tell(const Links& found) {
    if (found.links.empty() && !found.overrun) return;
    if (found.overrun) names_.clear();
    bool other = found.overrun;
    for (const auto& link : found.links) other |= is_other(link);
    if (other) on_change_();
    if (found.overrun) tools_.teller.lost(kSource);
    for (const auto& link : found.links) {
      tools_.teller.tell(kSource, {Sighting::Kind::interface, link.name, 0, {}, now_in_microseconds()}, kPace);
    }
  }

  // Whether it came, went or has another name; most messages are about flags.
  bool is_other(const Links::Link& link) {
    if (link.gone) {
      names_.erase(link.index);
      return true;
    }
    return std::exchange(names_[link.index], link.name) != link.name;
  }

  WatchTools tools_;
  std::function<void()> on_change_;
  std::string trouble_;
  std::string datagram_;
  std::map<int, std::string> names_;
  std::optional<Readable> socket_;
};

}  // namespace

std::unique_ptr<WatchSource> watch_interfaces(WatchTools tools, std::function<void()> on_change) {
  return std::make_unique<InterfaceSource>(std::move(tools), std::move(on_change));
}

}  // namespace harden::daemon
