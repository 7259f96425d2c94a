// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/collected.h"
#include "tests/support/fault_host.h"

using namespace harden;
using namespace harden::test;

namespace {

MemoryHost machine() {
  return {{"/proc/sys/net/ipv4/tcp_sack", "1\n"},
          {"/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n"},
          {"/proc/sys/net/ipv4/route/flush", "x"},
          {"/proc/sys/net/ipv4/conf/eth0.100/forwarding", "0\n"},
          {"/proc/sys/kernel/core_pattern", "|/usr/bin/x %P\n"},
          {"/proc/sys/kernel/random/uuid", "f00"},
          {"/proc/sys/vm/stat_refresh", ""},
          {"/proc/sys/fs/binfmt_misc/register", ""}};
}

Wanted keys(std::initializer_list<std::string_view> names) {
  Wanted wanted;
  for (const auto name : names) wanted.add("sysctl", name);
  return wanted;
}

std::string key(const Facts& facts, std::string_view name) { return shown(facts, "sysctl", {name}); }

}  // namespace

TEST_CASE("wanted keys are read one by one, and nothing else is") {
  const auto host = std::make_shared<MemoryHost>(machine());
  const Facts facts =
      collected("sysctl", host, keys({"net.ipv4.tcp_sack", "net.ipv4.conf.eth0/100.forwarding", "kernel.nothing"}));
  CHECK(key(facts, "net.ipv4.tcp_sack") == "1");
  CHECK(key(facts, "net.ipv4.conf.eth0/100.forwarding") == "0");
  CHECK(key(facts, "kernel.nothing") == "none");
  CHECK(facts.value("sysctl")->map().size() == 2);
  CHECK(facts.source("sysctl", "net.ipv4.tcp_sack") == "/proc/sys/net/ipv4/tcp_sack");
  CHECK(std::ranges::none_of(host->asked(), [](const auto& what) { return what.starts_with("list "); }));
  CHECK(std::ranges::count_if(host->asked(), [](const auto& what) { return what.starts_with("read "); }) == 3);
}

TEST_CASE("secrets are not read, whoever asks") {
  MemoryHost host{{"/proc/sys/net/ipv4/tcp_fastopen_key", "11111111-22222222-33333333-44444444\n"},
                  {"/proc/sys/net/ipv6/conf/eth0/stable_secret", "fe80::1\n"}};
  const auto shared = std::make_shared<MemoryHost>(host);
  Wanted all;
  all.add("sysctl");
  const Facts facts = collected("sysctl", shared, all);
  REQUIRE(facts.value("sysctl")->map().size() == 2);
  for (const auto& [name, value] : facts.value("sysctl")->map().entries()) CHECK(value.is(Value::Kind::unknown));
  CHECK(key(collected("sysctl", shared, keys({"net.ipv6.conf.lo.stable_secret"})), "net.ipv6.conf.lo.stable_secret") ==
        "none");
  CHECK(std::ranges::none_of(shared->asked(), [](const auto& what) { return what.starts_with("read "); }));
}

TEST_CASE("keys that can only be read are told from those that cannot be, and from those that are not there") {
  MemoryHost host = machine();
  host.read_only("/proc/sys/net/ipv4/tcp_sack").read_only("/proc/sys/net/ipv4/conf/eth0.100/forwarding");
  Wanted wanted = keys({"net.ipv4.tcp_sack"});
  for (const char* name : {"net.ipv4.tcp_sack", "net.ipv4.tcp_rmem", "net.ipv4.conf.*.forwarding", "kernel.nothing"}) {
    wanted.add("sysctl_read_only", name);
  }
  const Facts facts = collected("sysctl", host, wanted);
  CHECK(shown(facts, "sysctl_read_only", {"net.ipv4.tcp_sack"}) == "\"it can only be read\"");
  CHECK(shown(facts, "sysctl_read_only", {"net.ipv4.conf.eth0/100.forwarding"}) == "\"it can only be read\"");
  CHECK(facts.value("sysctl_read_only")->map().size() == 2);
  CHECK(collected("sysctl", host, Wanted::everything()).value("sysctl_read_only")->map().size() == 2);
  CHECK(collected("sysctl", MemoryHost{}, wanted).value("sysctl_read_only")->is(Value::Kind::unknown));
}

TEST_CASE("a number is a number, all other text has its white space evened out") {
  const std::pair<const char*, const char*> cases[] = {
      {"0\n", "0"},
      {"-1\n", "-1"},
      {"9223372036854775807", "9223372036854775807"},
      {"18446744073692774399\n", "18446744073692774399u"},
      {"18446744073709551616", "\"18446744073709551616\""},
      {"1 2", "\"1 2\""},
      {"4096\t131072 \t 6291456\n", "\"4096 131072 6291456\""},
      {"line\nline\n", "\"line line\""},
      {"0x10", "\"0x10\""},
      {"+1", "\"+1\""},
      {"1.5", "\"1.5\""},
      {"", "\"\""},
      {"\n", "\"\""},
      {"x\x1b[31m", R"("x\x1b[31m")"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(key(collected("sysctl", MemoryHost{{"/proc/sys/a/b", text}}, keys({"a.b"})), "a.b") == expected);
  }
}

TEST_CASE("an entry that cannot be read is unknown by itself") {
  MemoryHost host = machine();
  host.error("/proc/sys/kernel/core_pattern", Errc::denied).file("/proc/sys/kernel/bad", "\xff");
  host.file("/proc/sys/kernel/huge", std::string(1 << 20, '1')).error("/proc/sys/dev", Errc::denied);
  const Facts facts = collected(
      "sysctl", host,
      keys({"kernel.core_pattern", "kernel.bad", "kernel.huge", "dev.cdrom.lock", "net.ipv4", "net.ipv4.tcp_sack"}));
  CHECK(key(facts, "kernel.core_pattern") == "unknown(denied)");
  CHECK(key(facts, "kernel.bad") == "unknown(malformed)");
  CHECK(key(facts, "kernel.huge") == "unknown(too_large)");
  CHECK(key(facts, "dev.cdrom.lock") == "unknown(denied)");
  CHECK(key(facts, "net.ipv4") == "unknown(malformed)");
  CHECK(key(facts, "net.ipv4.tcp_sack") == "1");
  CHECK(facts.value("sysctl")->map().find("kernel.bad")->missing()[0].fact == "sysctl[\"kernel.bad\"]");
}

TEST_CASE("names that would lead out of /proc/sys are refused unread") {
  const auto host = std::make_shared<MemoryHost>(machine().file("/etc/shadow", "secret"));
  const std::initializer_list<std::string_view> names = {
      "", ".", "..", "net//ipv4", "net.//.//.//.etc.shadow", "net..ipv4", ".net", "net.", "a./.b", "/"};
  const Facts facts = collected("sysctl", host, keys(names));
  for (const auto name : names) {
    CAPTURE(name);
    if (name == "net//ipv4") continue;  // the interface-like name "net..ipv4": a file that is not there
    CHECK(key(facts, name) == "unknown(invalid)");
  }
  CHECK(std::ranges::none_of(host->asked(), [](const auto& what) { return what.contains("shadow"); }));
  CHECK(key(collected("sysctl", machine(), keys({std::string(5000, 'a')})), std::string(5000, 'a')) ==
        "unknown(invalid)");
}

TEST_CASE("everything is walked, but for what is no setting") {
  const auto host = std::make_shared<MemoryHost>(machine());
  const Facts facts = collected("sysctl", host);
  CHECK(to_text(*facts.value("sysctl")) ==
        R"({"kernel.core_pattern": "|/usr/bin/x %P", "net.ipv4.conf.eth0/100.forwarding": 0, )"
        R"("net.ipv4.tcp_rmem": "4096 131072 6291456", "net.ipv4.tcp_sack": 1})");
  CHECK_FALSE(host->was_asked("list /proc/sys/fs/binfmt_misc"));
  CHECK_FALSE(host->was_asked("read /proc/sys/vm/stat_refresh"));
  CHECK(facts.source("sysctl", "net.ipv4.conf.eth0/100.forwarding") == "/proc/sys/net/ipv4/conf/eth0.100/forwarding");
}

TEST_CASE("a folder that the walk may not enter is an unknown entry, and a key asked for below it too") {
  Wanted wanted = Wanted::everything();
  wanted.add("sysctl", "dev.cdrom.lock");
  const Facts facts = collected("sysctl", machine().error("/proc/sys/dev", Errc::denied), wanted);
  CHECK(key(facts, "dev") == "unknown(denied)");
  CHECK(key(facts, "dev.cdrom.lock") == "unknown(denied)");
  CHECK(key(facts, "net.ipv4.tcp_sack") == "1");
}

TEST_CASE("without /proc/sys the whole fact is unknown") {
  CHECK(shown(collected("sysctl", MemoryHost{}), "sysctl") == "unknown(absent)");
  CHECK(shown(collected("sysctl", MemoryHost{}, keys({"a.b"})), "sysctl") == "unknown(absent)");
  CHECK(shown(collected("sysctl", MemoryHost{}.error("/proc/sys", Errc::denied)), "sysctl") == "unknown(denied)");
  CHECK(shown(collected("sysctl", MemoryHost{{"/proc/sys", "a file"}}), "sysctl") == "unknown(malformed)");
}

TEST_CASE("a tree too large or too deep is not told in part") {
  MemoryHost wide;
  for (int i = 0; i <= 20'000; ++i) wide.file("/proc/sys/net/k" + std::to_string(i), "1");
  CHECK(shown(collected("sysctl", wide), "sysctl") == "unknown(too_large)");
  std::string path = "/proc/sys";
  for (int i = 0; i < 20; ++i) path += "/d";
  CHECK(shown(collected("sysctl", MemoryHost{{path, "1"}}), "sysctl") == "unknown(too_large)");
}

TEST_CASE("a walk over a host of faults ends with unknown entries") {
  const auto host = std::make_shared<FaultHost>(std::make_shared<MemoryHost>(machine()));
  host->garbage("/proc/sys/net/ipv4/tcp_sack")
      .fail("/proc/sys/net/ipv4/tcp_rmem", Errc::timeout)
      .endless("/proc/sys/kernel/core*");
  const Facts facts = collected("sysctl", host);
  CHECK(key(facts, "net.ipv4.tcp_sack") == "unknown(malformed)");
  CHECK(key(facts, "net.ipv4.tcp_rmem") == "unknown(timeout)");
  CHECK(key(facts, "kernel.core_pattern") == "unknown(too_large)");
}
