// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/audit.h"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace harden::daemon {
namespace {

// Of the numbers for user space (linux/audit.h: 1100 to 1199) the one that the
// audit tools show as USYS_CONFIG, a change of the system's configuration.
constexpr std::uint16_t kSystemConfig = 1111;
static_assert(kSystemConfig >= AUDIT_FIRST_USER_MSG && kSystemConfig <= AUDIT_LAST_USER_MSG);

constexpr std::size_t kLongest = 1024;

struct Message {
  nlmsghdr head;
  std::array<char, kLongest> text;
};

struct Answer {
  nlmsghdr head;
  nlmsgerr error;
  std::array<char, 2 * kLongest> rest;
};

std::string sentence(int number) { return std::generic_category().message(number); }

// The kernel's word for the message: an errno, 0 for none.
int send(const Descriptor& socket, const std::string& text) {
  Message message{};
  const std::size_t size = std::min(text.size(), kLongest - 1);
  message.head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(size + 1));
  message.head.nlmsg_type = kSystemConfig;
  message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  std::memcpy(message.text.data(), text.data(), size);
  if (::send(socket.get(), &message, message.head.nlmsg_len, MSG_NOSIGNAL) < 0) return errno;
  Answer answer{};
  const ssize_t got = ::recv(socket.get(), &answer, sizeof(answer), 0);
  if (got < 0) return errno;
  if (static_cast<std::size_t>(got) < sizeof(nlmsghdr) + sizeof(int) || answer.head.nlmsg_type != NLMSG_ERROR) {
    return EPROTO;
  }
  return -answer.error.error;
}

}  // namespace

Audit::Audit() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT)) {
  if (!socket_.open()) {
    trouble_ = sentence(errno);
    return;
  }
  // The kernel answers before `send` returns; this is for a kernel that does not.
  const timeval patience{1, 0};
  (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

std::string Audit::write(const Record& record) {
  if (trouble_.empty()) {
    const Caller caller = record.caller.value_or(Caller{});
    const std::string text = "op=hardend-change transaction=" + std::to_string(record.transaction) +
                             " caller_uid=" + std::to_string(caller.uid) + " caller_pid=" + std::to_string(caller.pid) +
                             " res=" + (record.succeeded ? "success" : "failed");
    const int number = send(socket_, text);
    if (number != 0) trouble_ = sentence(number);
  }
  if (trouble_.empty() || std::exchange(said_, true)) return {};
  return "changes are not written to the audit trail: " + trouble_;
}

}  // namespace harden::daemon
