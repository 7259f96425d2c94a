// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/frame.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "agent/crash/rust_name.h"

using namespace harden;
using namespace harden::crash;

namespace {

struct Row {
  std::string text;
  std::string function;
  bool reliable = true;
  bool inlined = false;
  std::string module = {};
  std::string where = {};
};

void check_frames(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto frame = read_frame(row.text);
    REQUIRE(frame.has_value());
    CHECK(frame->place.function == row.function);
    CHECK(frame->reliable == row.reliable);
    CHECK(frame->inlined == row.inlined);
    CHECK(frame->place.module == row.module);
    CHECK(frame->place.where == row.where);
  }
}

}  // namespace

TEST_CASE("frames of every architecture") {
  check_frames({
      {"kfree (mm/slub.c:3567 mm/slub.c:4558) ", "kfree", true, false, "", "mm/slub.c:3567"},
      {" ? print_report.cold (mm/kasan/report.c:325 (discriminator 9))", "print_report", false, false, "",
       "mm/kasan/report.c:325"},
      {" __schedule+0x589/0x1ce0", "__schedule"},
      {" ? mark_held_locks+0xaf/0x100", "mark_held_locks", false},
      {" [<ffffffff810008f9>] __schedule+0x589/0x1ce0", "__schedule"},
      {" [<ffffffff810008f9>] ? __schedule+0x589/0x1ce0", "__schedule", false},
      {" <IRQ>  [<ffffffff816ecb37>] _sched_show_task+0x31a/0x325", "_sched_show_task"},
      {" br_forward+0x10/0x20 [bridge]", "br_forward", true, false, "bridge"},
      {" inet_release+0x1/0x2 net/ipv4/af_inet.c:425", "inet_release", true, false, "", "net/ipv4/af_inet.c:425"},
      {" context_switch kernel/sched/core.c:5178 [inline]", "context_switch", true, true, "",
       "kernel/sched/core.c:5178"},
      {" [<     inline     >] spin_lock include/linux/spinlock.h:302", "spin_lock", true, true, "",
       "include/linux/spinlock.h:302"},
      {" [<      none      >] sock_close+0x1/0x2 net/socket.c:1", "sock_close", true, false, "", "net/socket.c:1"},
      {"[<8010e5b4>] (dump_backtrace) from [<8010e8dc>] (show_stack+0x20/0x24)", "show_stack"},
      {"[<802f1a2c>] (nfs_fs_mount [nfs]) from [<801f0e54>] (mount_fs+0x34/0xe4)", "mount_fs"},
      {" dump_backtrace from show_stack+0x18/0x1c", "show_stack"},
      {"[c000000003a7f9a0] [c0000000001a2b3c] do_exit+0x1c/0xe0 (unreliable)", "do_exit", false},
      {"[c000000003a7f9a0] [c0000000001a2b3c] .do_exit+0x1c/0xe0", "do_exit"},
      {" [<000000000096ef6c>] do_signal+0x12/0x34 ", "do_signal"},
      {"([<000000000096ef6c>] do_signal+0x12/0x34)", "do_signal", false},
      {"[<ffffffe000201234>] do_trap_break+0x5e/0x92", "do_trap_break"},
      {"[<80012345>] handle_sys+0x10/0x20", "handle_sys"},
      {" bond_get_stats.isra.0.cold+0x1/0x2", "bond_get_stats"},
      {" foo.llvm.1234+0x1/0x2", "foo"},
      {" [] do_exit+0x1/0x2 ", "do_exit"},
      {" [] ? do_exit+0x1/0x2", "do_exit", false},
      {" [<ffffffff810008f9>] :bridge:br_forward+0x1/0x2", "br_forward", true, false, "bridge"},
      {"[c00000009a9b7810] c00000000007b578 .do_exit+0x1/0x2", "do_exit"},
  });
}

TEST_CASE("lines that name a function and are no frame") {
  for (const char* text : {"hardirqs last  enabled at (35855): [<ffffffff8>] _raw_spin_unlock+0x74/0xc0",
                           "RIP: 0010:foo+0x1/0x2",
                           "Call Trace:",
                           " #0: (rcu_read_lock){....}, at: debug_show_all_locks+0x53/0x269",
                           "",
                           " ",
                           "[<",
                           "[<>]",
                           "foo+",
                           "foo+0x",
                           "+0x1/0x2",
                           "? ",
                           "(",
                           "([<",
                           "context_switch [inline]",
                           "c00000000007b578 do_exit+0x1/0x2",
                           "[]do_exit+0x1/0x2",
                           " :bridge: br_forward+0x1/0x2",
                           "R10: 0000000000000774 R11: 0000000000000202",
                           "x29: ffff0000401f7c40 x28: 0"}) {
    CAPTURE(text);
    CHECK_FALSE(read_frame(text).has_value());
  }
}

TEST_CASE("offset and size") {
  const auto place = read_place("ip6mr_sk_done+0x60/0xf0 [ipv6]");
  REQUIRE(place);
  CHECK(place->offset == 0x60U);
  CHECK(place->size == 0xf0U);
  CHECK(place->module == "ipv6");
  CHECK_FALSE(read_place("0x0"));
  CHECK_FALSE(read_place("func"));
}

TEST_CASE("instruction pointers of every architecture") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"RIP: 0010:ida_free+0x370/0x420 lib/idr.c:525", "ida_free"},
      {"RIP: 0010:[<ffffffff894dfb20>]  [<ffffffff894dfb20>] ip6mr_sk_done+0x60/0xf0", "ip6mr_sk_done"},
      {"RIP  [<ffffffff894dfb20>] ip6mr_sk_done+0x60/0xf0", "ip6mr_sk_done"},
      {"IP: [<ffffffff894dfb20>] ip6mr_sk_done+0x60/0xf0", "ip6mr_sk_done"},
      {"IP: __lock_acquire+0xd8/0x1430", "__lock_acquire"},
      {"RIP: 0010:div_u64_rem include/linux/math64.h:29 [inline]", "div_u64_rem"},
      {"RIP: 0010:kfree (mm/slub.c:3567 mm/slub.c:4558) ", "kfree"},
      {"EIP: do_exit+0x1/0x2", "do_exit"},
      {"RIP: 0010:[]  [] do_exit+0x1/0x2", "do_exit"},
      {"TPC: <do_exit+0x1/0x2>", "do_exit"},
      {"EIP is at do_exit+0x1/0x2", "do_exit"},
      {"PC is at migrate_task_rq_fair+0x58/0xa8", "migrate_task_rq_fair"},
      {"pc : __raw_readb+0x18/0x2c", "__raw_readb"},
      {"pc : [<ffff000008088218>] dump_backtrace+0x0/0x1a8", "dump_backtrace"},
      {"NIP [c0000000001a2b3c] do_exit+0x1c/0xe0", "do_exit"},
      {"epc : do_trap_break+0x5e/0x92", "do_trap_break"},
      {"epc   : 80012345 handle_sys+0x10/0x20", "handle_sys"},
      {"Krnl PSW : 0404c00180000000 000000000096ef6c (do_signal+0x12/0x34)", "do_signal"},
  };
  for (const auto& [text, function] : rows) {
    CAPTURE(text);
    const auto place = read_instruction_pointer(text);
    REQUIRE(place);
    CHECK(place->function == function);
  }
  for (const char* text : {"RIP: 0033:0x452ac9", "RIP: 0010:0x0",
                           "pc : [<c0101010>]    lr : [<c0101010>]    psr: 60000093", "RIP: ", ""}) {
    CAPTURE(text);
    CHECK_FALSE(read_instruction_pointer(text));
  }
}

TEST_CASE("Rust's symbols are paths") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"_RNvMs3_NtCshgDM7dBCdno_11rust_binder7processNtB5_7Process10update_ref",
       "<rust_binder::process::Process>::update_ref"},
      {"_RNvCscSpY9Juk0HT_7___rustc17rust_begin_unwind", "__rustc::rust_begin_unwind"},
      {"_RNvNtNtCs9jEwPDbx20M_4core9panicking11panic_const24panic_const_sub_overflow",
       "core::panicking::panic_const::panic_const_sub_overflow"},
      {"_RINvCs1_1a1fmE", "a::f<u32>"},
  };
  for (const auto& [symbol, path] : rows) {
    CAPTURE(symbol);
    CHECK(rust_path(symbol) == path);
  }
  for (const char* symbol : {"_R", "_RN", "_RNv", "_RNvC", "_RNvC99a", "_RB_", "_RNvBa_1f", "func", "",
                             "_RMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM"}) {
    CAPTURE(symbol);
    CHECK_FALSE(rust_path(symbol));
  }
}
