// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "harden/crash_match.h"
#include "tests/support/sample_crash.h"

using namespace harden;
using test::crash_of;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Row {
  std::vector<std::string> functions;
  const char* guilty;
  const char* subsystem;
};

const std::vector<Row> kRows{
    {{"ip6mr_sk_done", "rawv6_close"}, "ip6mr_sk_done", "IPv6 multicast routing"},
    {{"memcpy", "__kmalloc", "ext4_readdir", "vfs_read"}, "ext4_readdir", "the ext4 file system"},
    {{"__list_del_entry_valid", "nf_tables_newrule"}, "nf_tables_newrule", "netfilter"},
    {{"native_queued_spin_lock_slowpath", "_raw_spin_lock", "bfq_insert_requests"},
     "bfq_insert_requests",
     "the BFQ scheduler of disks"},
    {{"refcount_warn_saturate", "something_own"}, "something_own", ""},
    {{"memcpy"}, "memcpy", ""},
    {{}, "", ""},
};

}  // namespace

TEST_CASE("the guilty function is the first that is no helper") {
  for (const Row& row : kRows) {
    CAPTURE(row.guilty);
    const CrashHint hint = look_into(crash_of("WARNING in x", row.functions));
    CHECK(hint.guilty == row.guilty);
    CHECK(hint.subsystem == row.subsystem);
    CHECK(hint.subsystem.empty() == hint.subsystem_because.empty());
  }
}

TEST_CASE("a doubtful frame is never guilty") {
  CrashRecord record = crash_of("WARNING in x", {});
  record.frames = {test::frame_of("tcp_ack", false), test::frame_of("xfs_iget")};
  CHECK(look_into(record).guilty == "xfs_iget");
}

TEST_CASE("a file tells more than a module, and a module more than a name") {
  CrashRecord record = crash_of("WARNING in x", {"tcp_strange"});
  CHECK(look_into(record).subsystem == "TCP");
  record.at->module = "rogue";
  CHECK(look_into(record).subsystem == "the module rogue");
  CHECK(look_into(record).guilty_where == "[rogue]");
  record.at->where = "./drivers/net/rogue.c:12";
  CHECK(look_into(record).subsystem == "a network driver");
  CHECK(contains(look_into(record).subsystem_because, "rogue.c:12"));
  CHECK(look_into(record).guilty_where == "./drivers/net/rogue.c:12");
}

TEST_CASE("what led to a crash is told as its cause") {
  const CrashHint hint = look_into(test::incident());
  REQUIRE(hint.causes.size() == 4);
  CHECK(contains(hint.causes[0], "an allocation of kernel memory had failed before"));
  CHECK(contains(hint.causes[0], "(2 times)"));
  CHECK(contains(hint.causes[1], "it was the container's limit that was reached and not the host's memory"));
  CHECK_FALSE(contains(hint.causes[0], "container's limit"));
  CHECK(contains(hint.causes[2], "'socket: no more sockets'"));
}

TEST_CASE("a message is told once, by its kind where that is known, and not at length") {
  CrashRecord record;
  record.precursors = {{Precursor::Kind::pattern, "a message", 1},
                       {Precursor::Kind::slab_failure, "a message", 1},
                       {Precursor::Kind::pattern, std::string(500, 'x'), 1}};
  const CrashHint hint = look_into(record);
  REQUIRE(hint.causes.size() == 2);
  CHECK(hint.causes[0] == "an allocation of kernel memory had failed before: 'a message'");
  CHECK(hint.causes[1].size() < 200);
  CHECK(contains(hint.causes[1], "x...'"));
}

TEST_CASE("every kind of precursor has its words") {
  using enum Precursor::Kind;
  std::vector<std::string> causes;
  for (const auto kind : {out_of_memory, slab_failure, hung_task, soft_lockup, rcu_stall, machine_check, io_error,
                          Precursor::Kind::warning, pattern}) {
    CrashRecord record;
    record.precursors = {{kind, "a message", 1}};
    const CrashHint hint = look_into(record);
    REQUIRE(hint.causes.size() == 1);
    CHECK(contains(hint.causes[0], "'a message'"));
    causes.push_back(hint.causes[0]);
  }
  std::ranges::sort(causes);
  CHECK(std::ranges::adjacent_find(causes) == causes.end());
}

TEST_CASE("what to search for is told, the narrowest first") {
  const CrashHint hint = look_into(crash_of("WARNING in tcp_ack", {"tcp_ack", "memcpy", "tcp_rcv"}, "6.1.0"));
  CHECK(hint.search == std::vector<std::string>{"\"WARNING in tcp_ack\"", "tcp_ack tcp_rcv", "tcp_ack 6.1.0",
                                                "git log --grep=tcp_ack in the kernel's source"});
  CHECK(look_into(crash_of("panic", {})).search == std::vector<std::string>{"\"panic\""});
}
