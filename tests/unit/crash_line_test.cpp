// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/line.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace harden::crash;

namespace {

struct Row {
  std::string raw;
  std::string text;
  double time = -1;  // -1: none
  std::int64_t caller = kNoCaller;
  bool stamped = true;
};

}  // namespace

TEST_CASE("every wrapping is taken off a line") {
  const std::vector<Row> rows = {
      {"plain words", "plain words", -1, kNoCaller, false},
      {"[   12.345678] BUG: x", "BUG: x", 12.345678},
      {"<4>[   12.345678] BUG: x", "BUG: x", 12.345678},
      {"<4>BUG: x", "BUG: x"},
      {"<4> [12.345678] BUG: x", "BUG: x", 12.345678},
      {"[    0.000000][    T0] Linux version 6.1", "Linux version 6.1", 0, 0},
      {"[ 1740.381206][    C0] WARNING: y", "WARNING: y", 1740.381206, (std::int64_t{1} << 40)},
      {"[    T1] Linux version 6.1", "Linux version 6.1", -1, 1},
      {"<4>[    C0]  frame+0x1/0x2", " frame+0x1/0x2", -1, (std::int64_t{1} << 40)},
      {"[  246.1][ T123]  frame+0x1/0x2", " frame+0x1/0x2", 246.1, 123},
      {"[   12.345678] Call Trace:\r", "Call Trace:", 12.345678},
      {"[   12.345678]  <TASK>", " <TASK>", 12.345678},
      {"Nov 26 11:11:11 host kernel: [ 12.345678] BUG: x", "BUG: x", 12.345678},
      {"Nov 26 11:11:11 host kernel: BUG: x", "BUG: x"},
      {"2026-11-26T11:11:11.123456+00:00 host kernel: [ 12.5] BUG: x", "BUG: x", 12.5},
      {"2026-11-26T11:11:11,123456+00:00 BUG: x", "BUG: x"},
      {"Mar 31 19:38:20 host 4,1413,238140695,-;BUG: x", "BUG: x", 238.140695},
      {"6,1234,5000000,-,caller=T42;text; more", "text; more", 5, 42},
      {"kern  :warn  : [   12.5] BUG: x", "BUG: x", 12.5},
      {"[Thu Nov 26 11:11:11 2026] BUG: x", "BUG: x"},
      {"[Nov26 11:11] BUG: x", "BUG: x"},
      {"[  +0.000012] BUG: x", "BUG: x"},
      {"[  240.] BUG: x", "BUG: x", 240},
      {"[2021/07/05, 13:43:52.334] [<c0011725>] (a) from [<c000fdcf>]", "[<c0011725>] (a) from [<c000fdcf>]"},
      {"[2021-07-05 13:43:52]  frame+0x1/0x2", " frame+0x1/0x2"},
      {"[13:43:52:334] [   12.5] BUG: x", "BUG: x", 12.5},
      {"[guest0/uart0] [    1.885337] BUG: x", "BUG: x", 1.885337},
      {"> [   12.345678]  frame+0x1/0x2", " frame+0x1/0x2", 12.345678},
      {"Fri Jul  7 07:29:14 2017 kern.warn kernel: [81118.851032] BUG: x", "BUG: x", 81118.851032},
      {"[   12.345678] [pid:1,cpu0,swapper/0]BUG: x", "BUG: x", 12.345678},
      {"<4>[   12.345678]  (2)[4711:worker]BUG: x", "BUG: x", 12.345678},
      {"[   49.655037]@0 BUG: x", "BUG: x", 49.655037},
      {"    [   12.345678] BUG: x", "BUG: x", 12.345678},
      {"\t<4>[   12.345678]  frame+0x1/0x2", " frame+0x1/0x2", 12.345678},
      {"> > Nov 26 11:11:11 host kernel: BUG: x", "BUG: x"},
      {"    frame+0x1/0x2", "    frame+0x1/0x2", -1, kNoCaller, false},
      {"> > BUG: x", "BUG: x", -1, kNoCaller, false},
      {">>  frame+0x1/0x2", " frame+0x1/0x2", -1, kNoCaller, false},
      {"[   12.345678] c1   1042 BUG: x", "BUG: x", 12.345678},
      {"[   12.345678] c1 failed", "c1 failed", 12.345678},
      {"[::1] is an address", "[::1] is an address", -1, kNoCaller, false},
      {"[fe80:1234:5678] is one", "[fe80:1234:5678] is one", -1, kNoCaller, false},
      {"host login: [  709.689951] INFO: x", "INFO: x", 709.689951},
      {"** 12 printk messages dropped ** [ 12.5] BUG: x", "BUG: x", 12.5},
      {"[  168.3] <IRQ> [  168.317567]   dump_stack+0xc1/0x128", "   dump_stack+0xc1/0x128", 168.3},
      {"the kernel: a history", "the kernel: a history", -1, kNoCaller, false},
      {"[12] not a time", "[12] not a time", -1, kNoCaller, false},
      {"[<ffffffff810008f9>] __schedule+0x1/0x2", "[<ffffffff810008f9>] __schedule+0x1/0x2", -1, kNoCaller, false},
      {"", "", -1, kNoCaller, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.raw);
    const Line line = read_line(row.raw);
    CHECK(line.text == row.text);
    CHECK(line.time.value_or(-1) == doctest::Approx(row.time));
    CHECK(line.caller == row.caller);
    CHECK(line.stamped == row.stamped);
  }
}

TEST_CASE("a program's line is told from the kernel's") {
  for (const char* raw : {"systemd[1]: x", "[    5.000001] systemd[1]: x", "Nov 26 11:11:11 host sshd[123]: BUG: x",
                          "2026-11-26T11:11:11.123456+00:00 host my-app.sh[4711]: Kernel panic"}) {
    CAPTURE(raw);
    CHECK(from_program(read_line(raw)));
  }
  for (const char* raw : {"BUG: soft lockup - CPU#0 stuck for 22s! [a:1]", "Oops[#1]: x", "CPU: 0 Process a[1]: x",
                          "Nov 26 11:11:11 host kernel[0]: BUG: x", "[]: x", "[1]: x", "a[]: x", "a[x]: y", "a[1]:x"}) {
    CAPTURE(raw);
    CHECK_FALSE(from_program(read_line(raw)));
  }
}

TEST_CASE("what only looks like a prefix is left") {
  for (const char* raw : {"<", "<4", "<444444>x", "[", "[ ", "[ 1", "[ 1.", "[ 1.2", "[T", "[Thu", "6,", "6,1,",
                          "6,1,2,", "** ", "kern", "Nov 26 kernel", "2026-11-26T", "[99999999999999.1] x"}) {
    CAPTURE(raw);
    CHECK(read_line(raw).text.size() <= std::string(raw).size());
    CHECK_FALSE(read_line(raw).time.has_value());
  }
}

TEST_CASE("messages whose line ends were lost are told apart by their times") {
  const auto messages = [](std::string_view rest) {
    std::vector<std::string> all;
    for (std::string_view one; next_message(rest, one);) all.emplace_back(read_line(one).text);
    return all;
  };
  using Texts = std::vector<std::string>;
  CHECK(messages("") == Texts{""});
  CHECK(messages("no time") == Texts{"no time"});
  CHECK(messages("[    1.000001] one [    1.000002][    T1] two[    1.000003]  three") ==
        Texts{"one", "two", " three"});
  CHECK(messages("[    1.000001] <IRQ> [    1.000002]  f+0x1/0x2") == Texts{"<IRQ>", " f+0x1/0x2"});
  CHECK(messages("[    1.000001] took [1.5] s") == Texts{"took [1.5] s"});
  CHECK(messages("host login: [    1.000001] one") == Texts{"one"});
  CHECK(messages("[    1.000001] [<ffffffff810008f9>] f+0x1/0x2") == Texts{"[<ffffffff810008f9>] f+0x1/0x2"});
  CHECK(messages("[    1.00000") == Texts{"[    1.00000"});
}

TEST_CASE("escape sequences and control characters are dropped, tabs kept") {
  CHECK_FALSE(needs_cleaning("rcu: \t1-....: (1 ticks)"));
  CHECK(needs_cleaning(std::string("a\0b", 3)));
  CHECK(cleaned(std::string("a\0b", 3)) == "ab");
  CHECK(cleaned("\x1b[31mBUG:\x1b[0m x\r") == "BUG: x");
  CHECK(cleaned("end\x1b[") == "end");
  CHECK(cleaned("end\x1b") == "end");
  CHECK(cleaned("a\tb") == "a\tb");
}
