// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "agent/core/text.h"
#include "agent/crash/report.h"
#include "harden/crash.h"

using namespace harden;

namespace {

// The founding incident: CentOS 7.5, a container starts while its memory cgroup is full.
const std::string kIncident =
    "SLUB: Unable to allocate memory on node -1 (gfp=0xd0)\n"
    "  cache: sock_inode_cache(158:8aff71103b35), object size: 632, buffer size: 640, default order: 3, min order: 0\n"
    "socket: no more sockets\n"
    "IPv6: Failed to initialize the ICMP6 control socket (err -23)\n"
    "BUG: unable to handle kernel NULL pointer dereference at 0000000000000020\n"
    "IP: [<ffffffff894dfb20>] ip6mr_sk_done+0x60/0xf0\n"
    "PGD 0 \n"
    "Oops: 0000 [#1] SMP \n"
    "Modules linked in: xt_conntrack ipt_MASQUERADE(E) bridge(OE) stp llc [last unloaded: foo]\n"
    "CPU: 12 PID: 23113 Comm: runc:[1:CHILD] Kdump: loaded Tainted: G        W  OE  ------------ T "
    "3.10.0-862.el7.x86_64 #1\n"
    "Hardware name: Dell Inc. PowerEdge R730/0WCJNT, BIOS 2.4.3 01/17/2017\n"
    "task: ffff8aff71103b35 ti: ffff8aff71103b35 task.ti: ffff8aff71103b35\n"
    "RIP: 0010:[<ffffffff894dfb20>]  [<ffffffff894dfb20>] ip6mr_sk_done+0x60/0xf0\n"
    "RSP: 0018:ffff8b2a6f4dbc98  EFLAGS: 00010246\n"
    "CR2: 0000000000000020 CR3: 00000017f2a8e000 CR4: 00000000003607e0\n"
    "Call Trace:\n"
    " [<ffffffff894c1c3d>] rawv6_close+0x1d/0x30\n"
    " [<ffffffff8947d3d9>] inet_release+0x79/0x80\n"
    " [<ffffffff8943f5c0>] ? sock_release+0x20/0x80\n"
    " [<ffffffff894cf065>] icmpv6_sk_init+0x125/0x160\n"
    " [<ffffffff8945b2b4>] ops_init+0x44/0x150 [bridge]\n"
    "Code: 48 8b 3d 00\n"
    "---[ end trace 0123456789abcdef ]---\n"
    "Kernel panic - not syncing: Fatal exception\n";

std::vector<CrashRecord> crashes(const std::string& text) { return parse_crashes(text).crashes; }

// Every line of a text with a time, "    5.000001".
std::string at(const std::string& time, const std::string& text) {
  std::string timed;
  for (const std::string_view line : text::split(text, '\n')) {
    if (!line.empty()) timed += "[" + time + "] " + std::string(line) + "\n";
  }
  return timed;
}

std::string fed(const std::string& text, std::size_t step) {
  CrashParser parser;
  for (std::size_t at = 0; at < text.size(); at += step) parser.feed(std::string_view(text).substr(at, step));
  const auto reading = parser.finish();
  return reading.crashes.empty() ? "" : reading.crashes.front().title;
}

}  // namespace

TEST_CASE("the founding incident") {
  const auto found = crashes(kIncident);
  REQUIRE(found.size() == 1);
  const CrashRecord& crash = found.front();
  CHECK(crash.title == "BUG: unable to handle kernel NULL pointer dereference in ip6mr_sk_done");
  CHECK(crash.alternative_titles == std::vector<std::string>{"bad-access in ip6mr_sk_done"});
  CHECK(crash.type == CrashType::null_dereference);
  CHECK_FALSE(crash.corrupted);
  CHECK(crash.first);
  CHECK(crash.kernel == "3.10.0-862.el7.x86_64");
  CHECK(crash.kernel_version == "#1");
  CHECK(crash.taint == "G W OE T");
  CHECK(crash.taints == std::vector<std::string>{"the kernel warned before",
                                                 "a module from outside the tree was loaded",
                                                 "an unsigned module was loaded", "a technology preview is in use"});
  CHECK(crash.hardware == "Dell Inc. PowerEdge R730/0WCJNT, BIOS 2.4.3 01/17/2017");
  CHECK(crash.modules == std::vector<std::string>{"xt_conntrack", "ipt_MASQUERADE", "bridge", "stp", "llc"});
  CHECK(crash.cpu == 12);
  CHECK(crash.pid == 23113);
  CHECK(crash.comm == "runc:[1:CHILD]");
  CHECK(crash.fault_address == 0x20U);
  CHECK(crash.line == 5);
  REQUIRE(crash.at);
  CHECK(crash.at->function == "ip6mr_sk_done");
  CHECK(crash.at->offset == 0x60U);
  REQUIRE(crash.frames.size() == 5);
  CHECK(crash.frames[0].place.function == "rawv6_close");
  CHECK_FALSE(crash.frames[2].reliable);
  CHECK(crash.frames[4].place.module == "bridge");
  CHECK(crash.text.find("Kernel panic") != std::string::npos);
}

TEST_CASE("what the kernel said before is kept with the crash") {
  const auto before = parse_crashes(kIncident, {"Failed to initialize the ICMP6 control socket", "never said"})
                          .crashes.at(0)
                          .precursors;
  REQUIRE(before.size() == 4);
  CHECK(before[0].kind == Precursor::Kind::slab_failure);
  CHECK(before[0].text == "SLUB: Unable to allocate memory on node -1 (gfp=0xd0)");
  CHECK(before[1].text.starts_with("cache: sock_inode_cache("));
  CHECK(before[2].text == "socket: no more sockets");
  CHECK(before[3].kind == Precursor::Kind::pattern);
  CHECK(before[3].text == "IPv6: Failed to initialize the ICMP6 control socket (err -23)");
}

TEST_CASE("precursors without a crash are told alone, and counted") {
  std::string text;
  for (int i = 0; i < 5; ++i)
    text += "[ " + std::to_string(i) + ".5] SLUB: Unable to allocate memory on node -1 (gfp=0xd" + std::to_string(i) +
            ")\n";
  const auto reading = parse_crashes(text);
  CHECK(reading.crashes.empty());
  REQUIRE(reading.precursors.size() == 1);
  CHECK(reading.precursors[0].count == 5);
}

TEST_CASE("the pieces in which a text comes do not matter") {
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, kIncident.size()}) {
    CHECK(fed(kIncident, step) == "BUG: unable to handle kernel NULL pointer dereference in ip6mr_sk_done");
  }
}

TEST_CASE("a crash that is printed again is counted") {
  const auto found = crashes(kIncident + kIncident + kIncident);
  REQUIRE(found.size() == 1);
  CHECK(found[0].count == 3);
  CHECK(found[0].line == 5);
}

// As pstore keeps it at the oops, and again at the panic that follows.
TEST_CASE("a crash that the text has twice is counted once") {
  const std::string banner = "[    0.000000] Linux version 3.10.0-862.el7.x86_64 (a@b) (gcc) #1 SMP\n";
  const std::string kept = banner + at("  312.000001", kIncident) + at("  313.000001", kIncident);
  const auto found = crashes("Panic#2 Part1\n" + kept + "Oops#1 Part1\n" + kept);
  REQUIRE(found.size() == 1);
  CHECK(found[0].count == 2);
}

TEST_CASE("each boot has its first crash") {
  const std::string banner =
      "[    0.000000] Linux version 6.1.0-18-amd64 (a@b) (gcc) #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)\n";
  const std::string warning =
      "------------[ cut here ]------------\nit is odd\n"
      "WARNING: CPU: 0 PID: 7 at a/b.c:1 odd_one+0x1/0x2\nCall Trace:\n odd_one+0x1/0x2\n";
  std::string other = warning;
  for (int i = 0; i < 2; ++i) other.replace(other.find("odd_one"), 7, "two_odd");
  const auto reading = parse_crashes(banner + at("    5.000001", warning + other) + banner + at("    5.100001", other));
  REQUIRE(reading.crashes.size() == 2);
  CHECK(reading.kernel == "6.1.0-18-amd64");
  CHECK(reading.crashes[0].title == "WARNING in odd_one");
  CHECK(reading.crashes[0].first);
  CHECK_FALSE(reading.crashes[1].first);
  CHECK(reading.crashes[1].count == 2);
  CHECK(reading.crashes[0].kernel == "6.1.0-18-amd64");
  CHECK(reading.crashes[0].kernel_version == "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)");
  CHECK(reading.crashes[0].uptime.value_or(0) == doctest::Approx(5));
  CHECK(reading.crashes[0].text.find("it is odd") != std::string::npos);
  REQUIRE(reading.crashes[1].precursors.size() == 1);
  CHECK(reading.crashes[1].precursors[0].kind == Precursor::Kind::warning);
}

TEST_CASE("lines of other callers are not part of a report") {
  const auto found = crashes(
      "[    5.0][ T1] BUG: unable to handle page fault for address: ffffffff89c00000\n"
      "[    5.0][ T2]  other_task+0x1/0x2\n"
      "[    5.0][ T1] #PF: supervisor read access in kernel mode\n"
      "[    5.0][ T1] RIP: 0010:memcpy+0x1/0x2\n"
      "[    5.0][ T1] Call Trace:\n"
      "[    5.0][ C1]  other_cpu+0x1/0x2\n"
      "[    5.0][ T1]  guilty+0x1/0x2\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0].title == "BUG: unable to handle kernel paging request in guilty");
  CHECK(found[0].fault_address == 0xffffffff89c00000U);
  REQUIRE(found[0].frames.size() == 1);
}

TEST_CASE("a letter of the taint means what that kernel means by it") {
  CHECK(crash::taint_words("G T", "3.10.0-862.el7.x86_64") ==
        std::vector<std::string>{"a technology preview is in use"});
  CHECK(crash::taint_words("G T", "6.1.0-18-amd64") ==
        std::vector<std::string>{"built with structure layout randomisation"});
  CHECK(crash::taint_words("H", "2.6.32-754.el6.x86_64").size() == 1);
  CHECK(crash::taint_words("H", "6.1.0-18-amd64").empty());
}

TEST_CASE("a log without times has its boots and its kernel") {
  const std::string banner =
      "Linux version 5.10.0-18-amd64 (a@b) (gcc-10, GNU ld) #1 SMP Debian 5.10.140-1 (2022-09-02)\n";
  const std::string fault =
      "BUG: kernel NULL pointer dereference, address: 0000000000000020\nRIP: 0010:guilty+0x30/0xf0\nCall Trace:\n "
      "caller+0x1e/0x30\n";
  for (const char* level : {"", "<5>", "kern  :notice: "}) {
    CAPTURE(level);
    const auto reading = parse_crashes(level + banner + fault + level + banner + "Command line: quiet\n" + fault);
    CHECK(reading.kernel == "5.10.0-18-amd64");
    REQUIRE(reading.crashes.size() == 1);
    CHECK(reading.crashes[0].count == 2);
    CHECK(reading.crashes[0].kernel == "5.10.0-18-amd64");
    CHECK(reading.crashes[0].kernel_version == "#1 SMP Debian 5.10.140-1 (2022-09-02)");
  }
}

TEST_CASE("callers tell reports apart where there are no times") {
  const auto found = crashes(
      "[    T7] BUG: kernel NULL pointer dereference, address: 0000000000000020\n[    T8] an ordinary line\n"
      "[    T7] RIP: 0010:guilty+0x30/0xf0\n[    T8]  stranger+0x1/0x2\n[    T7] Call Trace:\n[    T7]  "
      "caller+0x1/0x2\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0].title == "BUG: unable to handle kernel NULL pointer dereference in guilty");
  REQUIRE(found[0].frames.size() == 1);
  CHECK(found[0].frames[0].place.function == "caller");
}

TEST_CASE("what stood before a report is clean too") {
  const auto found = crashes(std::string("[ 5.0] ---[ cut here ]---\0\n[ 5.0] it is \x1b[31modd\n", 49) +
                             "[ 5.0] WARNING: CPU: 0 PID: 7 at a/b.c:1 odd_one+0x1/0x2\n[ 5.0] Call Trace:\n[ 5.0]  "
                             "odd_one+0x1/0x2\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0].text.starts_with("---[ cut here ]---\nit is odd\nWARNING: "));
}

TEST_CASE("two reports mixed are two records") {
  const auto found = crashes(
      "[    5.0][ T1] WARNING: CPU: 0 PID: 1 at a.c:1 first+0x1/0x2\n"
      "[    5.0][ T2] WARNING: CPU: 1 PID: 2 at b.c:1 second+0x1/0x2\n"
      "[    5.0][ T1] Call Trace:\n[    5.0][ T2] Call Trace:\n"
      "[    5.0][ T1]  first+0x1/0x2\n[    5.0][ T2]  second+0x1/0x2\n");
  REQUIRE(found.size() == 2);
  CHECK(found[0].title == "WARNING in first");
  CHECK(found[0].frames.at(0).place.function == "first");
  CHECK(found[1].title == "WARNING in second");
  CHECK(found[1].frames.at(0).place.function == "second");
}

TEST_CASE("a report that is cut off says so") {
  const auto found = crashes("[    5.0] general protection fault: 0000 [#1] SMP\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0].title == "general protection fault in corrupted");
  CHECK(found[0].corrupted);
  CHECK_FALSE(found[0].corrupted_why.empty());
}

TEST_CASE("harmless lines with loud words give no record") {
  for (const char* line : {"WARNING: Support for this driver is deprecated",
                           "INFO: recovery required on readonly filesystem",
                           "EXT4-fs (sda1): INFO: recovery required on readonly filesystem",
                           "systemd[1]: DEBUG: BUG: none",
                           "Running with BUG: off",
                           "debugfs: Boot_DEBUG: x",
                           "lockdep: INFO: lockdep is turned off.",
                           "INFO: lockdep is turned off.",
                           "x86/cpu: Warning: Oops none",
                           "audit: comm=\"BUG:\"",
                           "INFO: NMI handler (perf_event_nmi_handler) took too long to run",
                           "rcu: INFO: Stall ended before state dump start",
                           "bug: a bug",
                           "WARNING: this may be slow",
                           "kernel: Kernel panic never",
                           "Command line: panic=10 oops=panic softlockup_panic=1",
                           "panic_on_warn=1",
                           "Oops",
                           "BUG",
                           "WARNING: http://[::1]:80 at least is down",
                           "WARNING: see README.txt:12",
                           "app[12]: BUG: no user",
                           "app[12]: general protection fault: 0000 [#1]",
                           "app[12]: INFO: task a:1 blocked for more than 143 seconds."}) {
    CAPTURE(line);
    CHECK(crashes(std::string("[    5.0] ") + line + "\n[    6.0] next\n").empty());
    CHECK(crashes(std::string(line) + "\n").empty());
  }
}

TEST_CASE("what programs write into a syslog gives no record, and ends none") {
  const std::string program = "Nov 26 11:11:11 host app[12]: ";
  const std::string kernel = "Nov 26 11:11:11 host kernel: ";
  for (const char* line : {"BUG: unable to handle page fault for address: 1", "Kernel panic - not syncing: tried",
                           "WARNING: CPU: 0 PID: 1 at a/b.c:1 f+0x1/0x2"}) {
    CAPTURE(line);
    CHECK(crashes(program + line + "\n").empty());
    const auto found = crashes(kernel + "BUG: kernel NULL pointer dereference, address: 0000000000000008\n" + program +
                               line + "\n" + kernel + "RIP: 0010:guilty+0x1/0x2\n");
    REQUIRE(found.size() == 1);
    CHECK(found[0].title == "BUG: unable to handle kernel NULL pointer dereference in guilty");
  }
}

TEST_CASE("memory stays bounded whatever comes") {
  CrashParser parser;
  const std::string report = "[    5.0] WARNING: CPU: 0 PID: 1 at a.c:1 f";
  for (int i = 0; i < 3000; ++i) {
    std::string name = std::to_string(i);
    for (char& digit : name) digit = static_cast<char>(digit - '0' + 'a');
    parser.feed(report + name + "+0x1/0x2\n[    5.0] Call Trace:\n[    5.0]  f" + name + "+0x1/0x2\n");
  }
  const auto reading = parser.finish();
  CHECK(reading.crashes.size() == 1000);
  CHECK(reading.more);
}

TEST_CASE("lines of any length and bytes of any kind are read") {
  CrashParser parser;
  const std::string long_line(1 << 20, 'x');
  parser.feed("[ 1.0] BUG: unable to handle page fault for address: 1 " + long_line);
  for (int i = 0; i < 256; ++i) parser.feed(std::string(3, static_cast<char>(i)));
  parser.feed(long_line);
  const auto reading = parser.finish();
  REQUIRE(reading.crashes.size() == 1);
  CHECK(reading.crashes[0].text.size() < (64U << 10));
}

TEST_CASE("a parser is as new after it finished") {
  CrashParser parser;
  parser.watch_for({"no more sockets"});
  parser.feed(kIncident);
  CHECK(parser.finish().crashes.size() == 1);
  CHECK(parser.finish().crashes.empty());
  parser.feed("socket: no more sockets\n");
  const auto reading = parser.finish();
  CHECK(reading.crashes.empty());
  CHECK(reading.precursors.size() == 2);  // by the table and by the pattern
}

TEST_CASE("fingerprints are of the crash, not of the host") {
  auto one = crashes(kIncident).at(0);
  auto other = one;
  other.comm = "other";
  other.kernel = "3.10.0-957.el7.x86_64";
  other.fault_address = 1;
  CHECK(fingerprint(one) == fingerprint(other));
  CHECK(fingerprint(one).size() == 16);
  other.frames[0].place.function = "else";
  CHECK(fingerprint(one) != fingerprint(other));
  other = one;
  other.title += "x";
  CHECK(fingerprint(one) != fingerprint(other));
}

TEST_CASE("types have words, each its own") {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(CrashType::other); ++i) {
    const auto type = static_cast<CrashType>(i);
    CHECK(words.insert(to_string(type)).second);
    CHECK(crash_type_from(to_string(type)) == type);
  }
  CHECK_FALSE(crash_type_from("crash").has_value());
  CHECK(to_string(Precursor::Kind::machine_check) == "machine_check");
}
