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

// The kernel's word for a message: an errno, 0 for none. An answer that came too
// late for an earlier message is passed over.
int answer_to(const Descriptor& socket, std::uint32_t sequence) {
  constexpr int kMostLate = 16;
  for (int late = 0; late < kMostLate; ++late) {
    Answer answer{};
    const ssize_t got = ::recv(socket.get(), &answer, sizeof(answer), 0);
    if (got < 0) return errno;
    if (static_cast<std::size_t>(got) < sizeof(nlmsghdr) + sizeof(int)) return EPROTO;
    if (answer.head.nlmsg_type == NLMSG_ERROR && answer.head.nlmsg_seq == sequence) return -answer.error.error;
  }
  return EPROTO;
}

int send(const Descriptor& socket, const std::string& text, std::uint32_t sequence) {
  Message message{};
  const std::size_t size = std::min(text.size(), kLongest - 1);
  message.head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(size + 1));
  message.head.nlmsg_type = kSystemConfig;
  message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  message.head.nlmsg_seq = sequence;
  std::memcpy(message.text.data(), text.data(), size);
  if (::send(socket.get(), &message, message.head.nlmsg_len, MSG_NOSIGNAL) < 0) return errno;
  return answer_to(socket, sequence);
}

std::string text_of(const Record& record) {
  const Caller caller = record.caller.value_or(Caller{});
  return "op=hardend-change transaction=" + std::to_string(record.transaction) +
         " caller_uid=" + std::to_string(caller.uid) + " caller_pid=" + std::to_string(caller.pid) +
         " res=" + (record.succeeded ? "success" : "failed");
}

}  // namespace

Audit::Audit() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT)) {
  if (!socket_.open()) {
    closed_ = errno;
    return;
  }
  // The kernel answers before `send` returns; this is for a kernel that does not.
  const timeval patience{1, 0};
  (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

std::string Audit::write(const Record& record) {
  const int trouble = socket_.open() ? send(socket_, text_of(record), ++sequence_) : closed_;
  if (std::exchange(told_, trouble) == trouble || trouble == 0) return {};
  return "changes are not written to the audit trail: " + sentence(trouble);
}

}  // namespace harden::daemon
