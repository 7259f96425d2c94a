// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "harden/collector.h"
#include "tests/support/fault_host.h"
#include "tests/support/memory_host.h"

using namespace harden;
using test::FaultHost;
using test::MemoryHost;

namespace {

constexpr const char* kDisable = "/sys/module/ipv6/parameters/disable";
constexpr const char* kSysctl6 = "/proc/sys/net/ipv6/conf/all/disable_ipv6";
constexpr const char* kAddresses6 = "/proc/net/if_inet6";
constexpr const char* kDev = "/proc/net/dev";
constexpr const char* kVirtualServers = "/proc/net/ip_vs";

const std::string kVirtualHead =
    "IP Virtual Server version 1.2.1 (size=4096)\n"
    "Prot LocalAddress:Port Scheduler Flags\n"
    "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n";

Facts facts_of(std::shared_ptr<const Host> host, const std::string& fact) {
  Wanted wanted;
  wanted.add(fact);
  return collect(std::move(host), wanted, std::chrono::minutes(1));
}

Value value_of(const MemoryHost& host, const std::string& fact) {
  return *facts_of(std::make_shared<const MemoryHost>(host), fact).value(fact);
}

Value ipv6(const MemoryHost& host) { return value_of(host, "net.ipv6.enabled"); }
Value namespaces(const MemoryHost& host) { return value_of(host, "net.namespaces"); }
Value services(const MemoryHost& host) { return value_of(host, "net.ipvs.services"); }

Error unknown(const Value& value) {
  REQUIRE_MESSAGE(value.is(Value::Kind::unknown), to_text(value));
  return value.missing().front().error;
}

}  // namespace

TEST_CASE("IPv6 is enabled where it has sysctls or addresses") {
  CHECK(ipv6({{kDisable, "0\n"}, {kSysctl6, "0\n"}, {kAddresses6, ""}, {kDev, ""}}) == Value(true));
  CHECK(ipv6({{kSysctl6, "0\n"}}) == Value(true));
  CHECK(ipv6({{kAddresses6, ""}}) == Value(true));
}

TEST_CASE("addresses that are switched off leave the stack there") {
  CHECK(ipv6({{kDisable, "0\n"}, {kSysctl6, "1\n"}, {kDev, ""}}) == Value(true));
}

TEST_CASE("ipv6.disable=1 is no IPv6") {
  CHECK(ipv6({{kDisable, "1\n"}, {kDev, ""}}) == Value(false));
  CHECK(ipv6({{kDisable, "1\n"}}) == Value(false));
  const auto host = std::make_shared<const MemoryHost>(MemoryHost{{kDisable, "1\n"}});
  CHECK(facts_of(host, "net.ipv6.enabled").source("net.ipv6.enabled") == kDisable);
}

TEST_CASE("a kernel that was built without IPv6, or has not loaded it") { CHECK(ipv6({{kDev, ""}}) == Value(false)); }

TEST_CASE("an empty machine says nothing about IPv6") {
  CHECK(unknown(ipv6(MemoryHost())).code == Errc::absent);
  CHECK(unknown(ipv6({{kDisable, "0\n"}})).code == Errc::absent);
}

TEST_CASE("IPv6 where something may not be looked at") {
  const MemoryHost bare{{kDev, ""}};
  CHECK(ipv6(MemoryHost(bare).error(kDisable, Errc::denied).file(kSysctl6, "0\n")) == Value(true));
  CHECK(ipv6(MemoryHost(bare).error(kDisable, Errc::denied)) == Value(false));
  CHECK(ipv6(MemoryHost(bare).error("/proc/sys", Errc::denied).file(kAddresses6, "")) == Value(true));
  const Error sysctl = unknown(ipv6(MemoryHost(bare).error("/proc/sys", Errc::denied)));
  CHECK(sysctl.code == Errc::denied);
  CHECK(sysctl.place == "/proc/sys/net/ipv6");
  CHECK(unknown(ipv6(MemoryHost(bare).error("/proc/net", Errc::denied))).code == Errc::denied);
}

TEST_CASE("a parameter that is neither 0 nor 1 leaves the question to what is there") {
  CHECK(ipv6({{kDisable, "\xff garbage"}, {kDev, ""}}) == Value(false));
  CHECK(ipv6({{kDisable, "11\n"}, {kSysctl6, "0\n"}}) == Value(true));
  CHECK(ipv6({{kDisable, std::string(100'000, '1')}, {kSysctl6, "0\n"}}) == Value(true));
}

TEST_CASE("network namespaces are counted once each") {
  MemoryHost host;
  host.link("/proc/1/ns/net", "net:[4026531840]").link("/proc/2/ns/net", "net:[4026531840]");
  CHECK(namespaces(host) == Value(1));
  host.link("/proc/30/ns/net", "net:[4026532281]");
  CHECK(namespaces(host) == Value(2));
  host.error("/proc/31", Errc::denied).folder("/proc/32");
  CHECK(namespaces(host) == Value(2));
}

TEST_CASE("namespaces that nobody may look at are unknown") {
  CHECK(unknown(namespaces(MemoryHost())).code == Errc::absent);
  CHECK(unknown(namespaces({{"/proc/version", ""}})).code == Errc::absent);
  MemoryHost host;
  host.folder("/proc/1/ns").folder("/proc/2/ns");
  host.error("/proc/1/ns/net", Errc::denied).error("/proc/2/ns/net", Errc::absent);
  CHECK(unknown(namespaces(host)).code == Errc::denied);
  CHECK(unknown(namespaces(host)).place == "/proc/1/ns/net");
  CHECK(unknown(namespaces(MemoryHost().error("/proc", Errc::denied))).code == Errc::denied);
}

TEST_CASE("virtual services are counted, their servers are not") {
  const std::string table = kVirtualHead +
                            "TCP  0A600001:01BB rr  \n"
                            "  -> 0AF40003:192B      Masq    1      0          0         \n"
                            "  -> 0AF40004:192B      Masq    1      0          0         \n"
                            "UDP  0A60000A:0035 rr  \n"
                            "TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0050 wlc persistent 360\n"
                            "SCTP 0A60000A:0035 rr  \n"
                            "FWM  00000001 rr  \n";
  CHECK(services({{kVirtualServers, table}}) == Value(5));
  CHECK(services({{kVirtualServers, kVirtualHead}}) == Value(0));
}

TEST_CASE("without ip_vs there are no virtual services, without /proc/net nobody knows") {
  CHECK(services({{kDev, ""}}) == Value(0));
  CHECK(unknown(services(MemoryHost())).code == Errc::absent);
  CHECK(unknown(services(MemoryHost().error("/proc/net", Errc::denied))).code == Errc::denied);
  CHECK(unknown(services(MemoryHost{{kDev, ""}}.error(kVirtualServers, Errc::denied))).code == Errc::denied);
}

TEST_CASE("a table of virtual servers that is none") {
  for (const char* table : {"", "TCP  0A600001:01BB rr\n", "\x1b[2J\xff"}) {
    const Error error = unknown(services({{kVirtualServers, table}}));
    CHECK(error.code == Errc::malformed);
    CHECK(error.place == kVirtualServers);
  }
  auto host = std::make_shared<FaultHost>(std::make_shared<const MemoryHost>());
  host->endless(kVirtualServers);
  CHECK(unknown(*facts_of(host, "net.ipvs.services").value("net.ipvs.services")).code == Errc::too_large);
}

TEST_CASE("a hundred thousand virtual services") {
  std::string table = kVirtualHead;
  for (int i = 0; i < 100'000; ++i) table += "TCP  0A600001:01BB rr\n";
  CHECK(services({{kVirtualServers, table}}) == Value(100'000));
}

TEST_CASE("what nobody wants is not read") {
  const auto host = std::make_shared<const MemoryHost>(MemoryHost{{kSysctl6, "0\n"}});
  facts_of(host, "net.ipv6.enabled");
  CHECK_FALSE(host->was_asked("list /proc"));
  CHECK_FALSE(host->was_asked(std::string("read ") + kVirtualServers));
}
