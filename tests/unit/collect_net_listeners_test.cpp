// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/collect/net_owners.h"
#include "agent/collect/processes.h"
#include "harden/collector.h"
#include "tests/support/fault_host.h"
#include "tests/support/memory_host.h"

using namespace harden;
using test::FaultHost;
using test::MemoryHost;

namespace {

const std::string kHead = "  sl  local_address rem_address   st\n";
const std::string kTail = " 00000000:00000000 00:00000000 00000000 0 0 ";

std::string tcp_row(const std::string& local, int inode) {
  return " 0: " + local + " 00000000:0000 0A" + kTail + std::to_string(inode) + " 1\n";
}

std::string tcp6_row(const std::string& local, int inode) {
  return " 0: " + local + " 00000000000000000000000000000000:0000 0A" + kTail + std::to_string(inode) + " 1\n";
}

std::string udp_row(const std::string& local, int inode) {
  return " 0: " + local + " 00000000:0000 07" + kTail + std::to_string(inode) + " 1\n";
}

MemoryHost usual_host() {
  MemoryHost host{{"/proc/net/tcp", kHead + tcp_row("00000000:0016", 100) + tcp_row("0100007F:0277", 101)},
                  {"/proc/net/tcp6", kHead + tcp6_row("00000000000000000000000000000000:0016", 102)},
                  {"/proc/net/udp", kHead + udp_row("00000000:0044", 103)},
                  {"/proc/net/udp6", kHead},
                  {"/proc/7/comm", "sshd\n"},
                  {"/proc/10/comm", "cupsd\n"},
                  {"/proc/self/comm", "hardend\n"}};
  host.link("/proc/7/fd/0", "/dev/null").link("/proc/7/fd/3", "socket:[100]").link("/proc/7/fd/4", "socket:[102]");
  host.link("/proc/10/fd/5", "socket:[101]").link("/proc/10/fd/6", "pipe:[103]");
  return host;
}

Facts listeners_of(const MemoryHost& host) {
  Wanted wanted;
  wanted.add("net.listeners");
  return collect(std::make_shared<const MemoryHost>(host), wanted, std::chrono::minutes(1));
}

List known(const Facts& facts) {
  const Value* value = facts.value("net.listeners");
  REQUIRE(value != nullptr);
  REQUIRE_MESSAGE(value->is(Value::Kind::list), to_text(*value));
  return value->list();
}

Error unknown(const Facts& facts) {
  const Value* value = facts.value("net.listeners");
  REQUIRE(value != nullptr);
  REQUIRE_MESSAGE(value->is(Value::Kind::unknown), to_text(*value));
  return value->missing().front().error;
}

const Value& field(const Value& record, const char* name) { return *record.map().find(name); }

}  // namespace

TEST_CASE("listeners are told with who holds them") {
  const List listeners = known(listeners_of(usual_host()));
  REQUIRE(listeners.size() == 4);
  CHECK(listeners[0] == Value(Map({{"family", "ipv4"},
                                   {"protocol", "tcp"},
                                   {"address", "0.0.0.0"},
                                   {"port", 22},
                                   {"loopback", false},
                                   {"process", "sshd"},
                                   {"pid", 7}})));
  CHECK(field(listeners[1], "process") == Value("cupsd"));
  CHECK(field(listeners[1], "loopback") == Value(true));
  CHECK(field(listeners[2], "family") == Value("ipv6"));
  CHECK(field(listeners[2], "pid") == Value(7));
  CHECK(field(listeners[3], "protocol") == Value("udp"));
}

TEST_CASE("a holder that cannot be seen has no name, and its socket still listens") {
  MemoryHost host = usual_host();
  host.error("/proc/7/fd", Errc::denied).error("/proc/10/fd", Errc::absent);
  const List listeners = known(listeners_of(host));
  REQUIRE(listeners.size() == 4);
  for (const Value& listener : listeners) {
    CHECK(field(listener, "process") == Value(""));
    CHECK(field(listener, "pid") == Value(0));
  }
}

TEST_CASE("a process without a readable name keeps its id") {
  MemoryHost host = usual_host();
  host.error("/proc/7/comm", Errc::denied);
  const List listeners = known(listeners_of(host));
  CHECK(field(listeners[0], "process") == Value(""));
  CHECK(field(listeners[0], "pid") == Value(7));
}

TEST_CASE("a hostile name is kept as it is") {
  MemoryHost host = usual_host();
  host.file("/proc/7/comm", "\x1b[2J\n\xff\n");
  CHECK(field(known(listeners_of(host))[0], "process") == Value("\x1b[2J\n\xff"));
}

TEST_CASE("a kernel without IPv6 has no tables of it") {
  MemoryHost host = usual_host();
  host.remove("/proc/net/tcp6").remove("/proc/net/udp6");
  CHECK(known(listeners_of(host)).size() == 3);
}

TEST_CASE("no table at all is not the same as no listener") {
  CHECK(unknown(listeners_of(MemoryHost())).code == Errc::absent);
  CHECK(known(listeners_of(MemoryHost{{"/proc/net/udp", kHead}})).empty());
}

TEST_CASE("one table that cannot be read makes the fact unknown") {
  for (const char* path :
       {"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6", "/proc/net/sctp/eps"}) {
    for (const Errc code : {Errc::denied, Errc::timeout, Errc::failed}) {
      CAPTURE(path);
      MemoryHost host = usual_host();
      host.error(path, code);
      const Error error = unknown(listeners_of(host));
      CHECK(error.code == code);
      CHECK(error.place == path);
    }
    MemoryHost host = usual_host();
    host.file(path, kHead + "garbage\n");
    CHECK(unknown(listeners_of(host)).code == Errc::malformed);
    CHECK(unknown(listeners_of(host)).place == path + std::string(path[10] == 's' ? ":1" : ":2"));
  }
}

TEST_CASE("a table without an end is too large") {
  auto host = std::make_shared<FaultHost>(std::make_shared<const MemoryHost>(usual_host()));
  host->endless("/proc/net/udp");
  Wanted wanted;
  wanted.add("net.listeners");
  CHECK(unknown(collect(host, wanted)).code == Errc::too_large);
}

TEST_CASE("sctp endpoints are listeners too") {
  MemoryHost host = usual_host();
  host.file("/proc/net/sctp/eps",
            " ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS\n0 0 2 10 29 36412 0 100 10.0.0.1\n");
  const List listeners = known(listeners_of(host));
  REQUIRE(listeners.size() == 5);
  CHECK(field(listeners[4], "protocol") == Value("sctp"));
  CHECK(field(listeners[4], "process") == Value("sshd"));
}

TEST_CASE("a socket that several processes hold is the one's with the lowest id") {
  MemoryHost host;
  for (const char* pid : {"100", "9", "23"}) {
    host.file("/proc/" + std::string(pid) + "/comm", "worker" + std::string(pid) + "\n");
    host.link("/proc/" + std::string(pid) + "/fd/3", "socket:[5]");
  }
  const auto owners = socket_owners(host, {5});
  REQUIRE(owners.contains(5));
  CHECK(owners.at(5).pid == 9);
  CHECK(owners.at(5).process == "worker9");
}

TEST_CASE("once every socket has its owner nobody else is looked at") {
  MemoryHost host = usual_host();
  CHECK(socket_owners(host, {100, 102}, {.threads = 1}).size() == 2);
  CHECK(host.was_asked("list /proc/7/fd"));
  CHECK_FALSE(host.was_asked("list /proc/10/fd"));
}

TEST_CASE("no more links are read than allowed") {
  MemoryHost host;
  for (int fd = 0; fd < 50; ++fd) host.link("/proc/7/fd/" + std::to_string(100 + fd), "socket:[1]");
  host.link("/proc/8/fd/0", "socket:[2]");
  CHECK(socket_owners(host, {2}, {.links = 50, .threads = 1}).empty());
  CHECK(socket_owners(host, {2}, {.links = 51, .threads = 1}).size() == 1);
}

TEST_CASE("on several threads the holder with the lowest id is found too") {
  MemoryHost host;
  for (int pid = 1; pid <= 300; ++pid) {
    host.file("/proc/" + std::to_string(pid) + "/comm", "worker\n");
    for (int i = 0; i <= pid % 7; ++i) {
      host.link("/proc/" + std::to_string(pid) + "/fd/" + std::to_string(i),
                "socket:[" + std::to_string((pid + i) % 100 + 1) + "]");
    }
  }
  std::unordered_set<std::uint64_t> wanted;
  for (std::uint64_t inode = 1; inode <= 100; ++inode) wanted.insert(inode);
  const auto alone = socket_owners(host, wanted, {.threads = 1});
  const auto together = socket_owners(host, wanted, {.threads = 4});
  REQUIRE(alone.size() == 100);
  REQUIRE(together.size() == 100);
  for (const auto& [inode, owner] : alone) CHECK(together.at(inode).pid == owner.pid);
}

TEST_CASE("sockets without an inode are not searched for") {
  MemoryHost host = usual_host();
  CHECK(socket_owners(host, {0}).empty());
  CHECK_FALSE(host.was_asked("list /proc"));
}

TEST_CASE("links that are no sockets") {
  MemoryHost host;
  int fd = 0;
  for (const char* text :
       {"socket:[]", "socket:[-1]", "socket:[x]", "socket:[1", "socket:1]", "socket", "", "socket:[0]"}) {
    host.link("/proc/7/fd/" + std::to_string(fd++), text);
  }
  host.file("/proc/7/fd/x", "no link");
  CHECK(socket_owners(host, {0, 1}).empty());
}

TEST_CASE("processes are the numbered folders of /proc, the lowest first") {
  MemoryHost host{{"/proc/10/comm", "b\n"}, {"/proc/9/comm", "a\n"}, {"/proc/net/tcp", ""}, {"/proc/12", "a file"}};
  host.folder("/proc/0").folder("/proc/-3").folder("/proc/99999999999999999999");
  CHECK(*process_ids(host) == std::vector<std::int64_t>{9, 10});
  CHECK(process_name(host, 9) == "a");
  CHECK(process_name(host, 11).empty());
  CHECK(process_ids(MemoryHost()).error().code == Errc::absent);
}
