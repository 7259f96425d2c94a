// SPDX-License-Identifier: Apache-2.0
//
// Which reports are said to be cut off or mixed, and which are not.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "harden/crash.h"

using namespace harden;

namespace {

const std::string kPointed = "RIP: 0010:guilty+0x1/0x2\n";
const std::string kTrace = "Call Trace:\n guilty+0x1/0x2\n caller+0x1/0x2\n";

struct Row {
  const char* what;
  std::string text;
  bool whole;
};

}  // namespace

TEST_CASE("reports that are cut off or mixed are said to be so") {
  const std::string gpf = "general protection fault: 0000 [#1] SMP\n";
  const std::string kasan = "BUG: KASAN: use-after-free in guilty+0x1/0x2\nRead of size 8 at addr ffff88 by task a/1\n";
  const std::vector<Row> rows = {
      {"all of it", gpf + kPointed + kTrace, true},
      {"nothing but its first line", "WARNING: CPU: 2 PID: 1 at ipc/shm.c:162 shm_open+0x74/0x80\n", false},
      {"no stack", gpf + kPointed, false},
      {"a stack without frames", gpf + kPointed + "Call Trace:\nKernel Offset: disabled\n", false},
      {"nothing below the machinery",
       "WARNING: CPU: 2 PID: 1 at a.c:1 guilty+0x1/0x2\nCall Trace:\n "
       "dump_stack+0x1/0x2\n __warn+0x1/0x2\n",
       false},
      {"doubtful frames alone", gpf + kPointed + "Call Trace:\n ? guilty+0x1/0x2\n ? caller+0x1/0x2\n", false},
      {"stacks of whoever took and gave back",
       kasan + kTrace +
           "Allocated by task 1:\n f+0x1/0x2\nFreed by task 2:\n "
           "g+0x1/0x2\n",
       true},
      {"one of them missing", kasan + kTrace + "Allocated by task 1:\nFreed by task 2:\n g+0x1/0x2\n", false},
      {"one the kernel does not have", kasan + kTrace + "Allocated by task 1:\n(stack is not available)\n", true},
      {"what led to a panic", "Kernel panic - not syncing: panic_on_warn set ...\n" + kTrace, false},
      {"a panic of its own", "Kernel panic - not syncing: Attempted to kill init!\n" + kTrace, true},
      {"what was read or written", "BUG: KASAN: use-after-free in guilty+0x1/0x2 at addr ffff88\n" + kTrace, false},
      {"another stack in its midst",
       "BUG: bad unlock balance detected!\nFAULT_FLAG_ALLOW_RETRY missing 30\n" + kTrace +
           "a/1 is trying to release lock (b) at:\n[<ffffffff834dea24>] guilty+0xe4/0x140\n",
       false},
      {"what has no stack", "unregister_netdevice: waiting for lo to become free. Usage count = 2\n", true},
      {"nor has this", "WARNING: lock held when returning to user space!\n #0:  (x){+.+.}, at: guilty+0x1/0x2\n", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto found = parse_crashes(row.text).crashes;
    REQUIRE(found.size() == 1);
    CHECK(found[0].corrupted == !row.whole);
    CHECK(found[0].corrupted_why.empty() == row.whole);
  }
}

TEST_CASE("a function that the words name is kept where the report is cut off") {
  const auto found = parse_crashes("WARNING: CPU: 2 PID: 1 at ipc/shm.c:162 shm_open+0x74/0x80\n").crashes;
  REQUIRE(found.size() == 1);
  CHECK(found[0].title == "WARNING in shm_open");
}

TEST_CASE("a program's fault gives no record, with lines of other things after it") {
  CHECK(parse_crashes("Unhandled fault: synchronous external abort (0x92000210) at 0x0000007f87888000\n"
                      "clocksource: Switched to clocksource tsc\nsystemd[1]: Unlocked.\n")
            .crashes.empty());
}

TEST_CASE("a stack that lost its times behind a line that has one belongs to it") {
  const auto found = parse_crashes(
                         "[ 1045.726726] BUG: scheduling while atomic: a/0/0x10010000\n[ 1045.726787] Call Trace:\n "
                         "dump_stack+0x1/0x2\n __schedule_bug+0x1/0x2\n __schedule+0x1/0x2\n guilty+0x1/0x2\n")
                         .crashes;
  REQUIRE(found.size() == 1);
  CHECK(found[0].title == "BUG: scheduling while atomic in guilty");
}
