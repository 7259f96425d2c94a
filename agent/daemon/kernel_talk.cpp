// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/kernel_talk.h"

#include <algorithm>
#include <array>
#include <utility>

namespace harden::daemon {
namespace {

// How the reports that agent/crash knows begin, and what is said on the way
// down. One too many costs a look; policies have more of their own.
constexpr auto kSigns = std::to_array<std::string_view>({
    "BUG:",
    "kernel BUG at",
    "WARNING:",
    "Oops",
    "Kernel panic",
    "Unable to handle",
    "unable to handle",
    "general protection",
    "divide error",
    "Internal error",
    "stack-protector",
    "stack guard page",
    "double fault",
    "cut here",
    "Call Trace",
    "Call trace",
    "INFO: task",
    "INFO: rcu",
    "rcu: INFO",
    "self-detected stall",
    "soft lockup",
    "hard LOCKUP",
    "Hardware Error",
    "Machine check",
    "KASAN",
    "KMSAN",
    "KCSAN",
    "KFENCE",
    "UBSAN",
    "refcount_t",
    "Out of memory",
    "invoked oom-killer",
    "page allocation failure",
    "SLUB: Unable",
    "Bad page",
    "Bad rss",
    "possible circular locking",
    "sleeping function",
    "scheduling while atomic",
    "unregister_netdevice",
    "invalid opcode",
    "memory leak",
    "list_add corruption",
    "list_del corruption",
});

bool may_begin_a_crash(std::string_view text) {
  return std::ranges::any_of(kSigns, [&](std::string_view sign) { return text.contains(sign); });
}

}  // namespace

std::vector<std::string> KernelTalk::take(std::string_view record) {
  std::vector<std::string> parts;
  const auto message = parse_kmsg(record);
  if (!message) return ++dropped_, parts;
  sequence_.lost_before(*message);
  if (message->facility != 0) return parts;
  begun_ = begun_ || may_begin_a_crash(message->text);
  std::string line = kmsg_line(*message);
  if (begun_ && bytes_ + line.size() > kMostBytes) {
    if (++parts_ > kMostParts) dropped_ += kept_.size();
    std::string full = part();
    if (parts_ <= kMostParts) parts.push_back(std::move(full));
  }
  bytes_ += line.size();
  kept_.push_back(std::move(line));
  while (!begun_ && (kept_.size() > kMostKept || bytes_ > kMostBytes)) {
    bytes_ -= kept_.front().size();
    kept_.pop_front();
  }
  return parts;
}

std::string KernelTalk::part() {
  std::string text;
  text.reserve(bytes_);
  for (const std::string& line : kept_) text += line;
  kept_.clear();
  bytes_ = 0;
  return text;
}

std::string KernelTalk::finish() {
  begun_ = false;
  parts_ = 0;
  return part();
}

}  // namespace harden::daemon
