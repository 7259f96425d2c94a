// SPDX-License-Identifier: Apache-2.0
//
// Which messages of the kernel are handed on, in parts of what size.
#include "agent/daemon/kernel_talk.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace harden::daemon;

namespace {

// Records with ascending numbers, as the kernel gives them.
class Kernel {
 public:
  std::string says(const std::string& text, int facility = 0) {
    const std::string prefix = std::to_string(facility * 8 + 4) + "," + std::to_string(++number_) + ",5140900,-;";
    return prefix + text + "\n";
  }
  void skip(int count) { number_ += count; }

 private:
  int number_ = 100;
};

std::size_t lines_of(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

}  // namespace

TEST_CASE("ordinary messages begin nothing") {
  Kernel kernel;
  KernelTalk talk;
  for (int i = 0; i < 1000; ++i) CHECK(talk.take(kernel.says("usb 1-1: new device")).empty());
  CHECK_FALSE(talk.begun());
  CHECK(talk.lost() == 0);
}

TEST_CASE("what may be a crash comes with what was said before it and after") {
  Kernel kernel;
  KernelTalk talk;
  talk.take(kernel.says("IPv6: Failed to initialize the ICMP6 control socket"));
  talk.take(kernel.says("BUG: unable to handle kernel NULL pointer dereference"));
  CHECK(talk.begun());
  talk.take(kernel.says("RIP: 0010:ip6mr_sk_done+0x60/0xf0"));
  CHECK(talk.finish() ==
        "[    5.140900] IPv6: Failed to initialize the ICMP6 control socket\n"
        "[    5.140900] BUG: unable to handle kernel NULL pointer dereference\n"
        "[    5.140900] RIP: 0010:ip6mr_sk_done+0x60/0xf0\n");
  CHECK_FALSE(talk.begun());
  CHECK(talk.finish().empty());
}

TEST_CASE("many ways to begin one") {
  for (const char* text :
       {"kernel BUG at mm/slub.c:1", "Kernel panic - not syncing: x", "Oops: 0000 [#1] SMP", "INFO: task x:1 blocked",
        "watchdog: BUG: soft lockup - CPU#0 stuck", "rcu: INFO: rcu_sched self-detected stall on CPU",
        "general protection fault: 0000", "Unable to handle kernel paging request", "WARNING: CPU: 0 PID: 1 at x",
        "unregister_netdevice: waiting for lo to become free", "mysqld invoked oom-killer: gfp_mask=0x0"}) {
    CAPTURE(text);
    Kernel kernel;
    KernelTalk talk;
    talk.take(kernel.says(text));
    CHECK(talk.begun());
  }
}

TEST_CASE("what programs write into the kernel's log is not the kernel's") {
  Kernel kernel;
  KernelTalk talk;
  talk.take(kernel.says("BUG: made up by somebody", 1));
  CHECK_FALSE(talk.begun());
  talk.take(kernel.says("BUG: true"));
  CHECK(lines_of(talk.finish()) == 1);
}

TEST_CASE("of what came before the last messages are kept, and no more") {
  Kernel kernel;
  KernelTalk talk;
  for (int i = 0; i < 1000; ++i) talk.take(kernel.says("message " + std::to_string(i)));
  talk.take(kernel.says("BUG: x"));
  const std::string text = talk.finish();
  CHECK(lines_of(text) == KernelTalk::kMostKept + 1);
  CHECK(text.contains("message 999\n"));
  CHECK_FALSE(text.contains("message 799\n"));
}

TEST_CASE("a long row comes in parts, and one that does not end is dropped and counted") {
  Kernel kernel;
  KernelTalk talk;
  talk.take(kernel.says("BUG: x"));
  const std::string line(1000, 'x');
  std::size_t parts = 0;
  std::size_t lines = 0;
  for (int i = 0; i < 3000; ++i) {
    for (const std::string& part : talk.take(kernel.says(line))) {
      CHECK(part.size() <= KernelTalk::kMostBytes);
      ++parts;
      lines += lines_of(part);
    }
  }
  CHECK(parts == KernelTalk::kMostParts);
  CHECK(talk.lost() > 0);
  lines += lines_of(talk.finish());
  CHECK(lines + talk.lost() == 3001);
}

TEST_CASE("messages that were overwritten are counted, and so is what is no record") {
  Kernel kernel;
  KernelTalk talk;
  talk.take(kernel.says("a"));
  kernel.skip(7);
  talk.take(kernel.says("b"));
  CHECK(talk.lost() == 7);
  talk.take("no record");
  talk.take("");
  CHECK(talk.lost() == 9);
}
