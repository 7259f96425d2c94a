// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "harden/collector.h"
#include "tests/support/fault_host.h"
#include "tests/support/memory_host.h"

using namespace harden;
using test::FaultHost;
using test::MemoryHost;

namespace {

void add_interface(MemoryHost& host, const std::string& name, const std::string& flags, const std::string& mtu,
                   const std::string& uevent) {
  const std::string folder = "/sys/devices/virtual/net/" + name;
  host.file(folder + "/flags", flags).file(folder + "/mtu", mtu).file(folder + "/uevent", uevent);
  host.link("/sys/class/net/" + name, "../../devices/virtual/net/" + name);
}

MemoryHost usual_host() {
  MemoryHost host;
  add_interface(host, "lo", "0x9\n", "65536\n", "INTERFACE=lo\nIFINDEX=1\n");
  add_interface(host, "eth0", "0x1003\n", "1500\n", "INTERFACE=eth0\nIFINDEX=2\n");
  add_interface(host, "docker0", "0x1002\n", "1500\n", "DEVTYPE=bridge\nINTERFACE=docker0\nIFINDEX=3\n");
  host.file("/sys/class/net/bonding_masters", "\n");
  return host;
}

Value interfaces_of(std::shared_ptr<const Host> host) {
  Wanted wanted;
  wanted.add("net.interfaces");
  return *collect(std::move(host), wanted, std::chrono::minutes(1)).value("net.interfaces");
}

Value interfaces_of(const MemoryHost& host) { return interfaces_of(std::make_shared<const MemoryHost>(host)); }

Error unknown(const Value& value) {
  REQUIRE_MESSAGE(value.is(Value::Kind::unknown), to_text(value));
  return value.missing().front().error;
}

Value record(const char* name, bool up, int mtu, bool loopback, const char* kind) {
  return Map({{"name", name}, {"up", up}, {"mtu", mtu}, {"loopback", loopback}, {"kind", kind}});
}

}  // namespace

TEST_CASE("interfaces with their flags and kinds") {
  CHECK(interfaces_of(usual_host()) ==
        Value(List{record("docker0", false, 1500, false, "bridge"), record("eth0", true, 1500, false, ""),
                   record("lo", true, 65536, true, "")}));
}

TEST_CASE("a host without interfaces, and one without sysfs") {
  MemoryHost empty;
  empty.folder("/sys/class/net");
  CHECK(interfaces_of(empty) == Value(List{}));
  CHECK(unknown(interfaces_of(MemoryHost())).code == Errc::absent);
  CHECK(unknown(interfaces_of(MemoryHost())).place == "/sys/class/net");
}

TEST_CASE("an interface that goes while it is looked at is left out") {
  for (const char* file : {"flags", "mtu"}) {
    MemoryHost host = usual_host();
    host.remove("/sys/devices/virtual/net/eth0/" + std::string(file));
    CHECK(interfaces_of(host).list().size() == 2);
  }
  MemoryHost dangling = usual_host();
  dangling.remove("/sys/devices/virtual/net/lo");
  CHECK(interfaces_of(dangling).list().size() == 2);
}

TEST_CASE("an interface without a uevent has no kind") {
  MemoryHost host = usual_host();
  host.remove("/sys/devices/virtual/net/docker0/uevent");
  CHECK(interfaces_of(host).list().front() == record("docker0", false, 1500, false, ""));
}

TEST_CASE("what cannot be read makes the fact unknown") {
  for (const char* path :
       {"/sys/class/net", "/sys/class/net/eth0/flags", "/sys/class/net/eth0/mtu", "/sys/class/net/eth0/uevent"}) {
    CAPTURE(path);
    auto host = std::make_shared<FaultHost>(std::make_shared<const MemoryHost>(usual_host()));
    host->fail(path, Errc::denied);
    CHECK(unknown(interfaces_of(host)).code == Errc::denied);
    CHECK(unknown(interfaces_of(host)).place == path);
  }
}

TEST_CASE("what is no number is malformed, and what has no end too large") {
  for (const char* flags : {"", "\n", "1003\n", "0x\n", "0xg\n", "0x1003 0x1\n", "0xfffffffffffffffff\n"}) {
    CAPTURE(flags);
    MemoryHost host = usual_host();
    host.file("/sys/devices/virtual/net/eth0/flags", flags);
    CHECK(unknown(interfaces_of(host)).code == Errc::malformed);
    CHECK(unknown(interfaces_of(host)).place == "/sys/class/net/eth0/flags");
  }
  for (const char* mtu : {"", "x\n", "1500 1500\n", "99999999999999999999\n"}) {
    CAPTURE(mtu);
    MemoryHost host = usual_host();
    host.file("/sys/devices/virtual/net/eth0/mtu", mtu);
    CHECK(unknown(interfaces_of(host)).code == Errc::malformed);
  }
  auto host = std::make_shared<FaultHost>(std::make_shared<const MemoryHost>(usual_host()));
  host->endless("/sys/class/net/eth0/uevent");
  CHECK(unknown(interfaces_of(host)).code == Errc::too_large);
}

TEST_CASE("a hostile name and a hostile kind are kept as they are") {
  MemoryHost host;
  add_interface(host, "\x1b[2J", "0x1003\n", "1500\n", "NOT_DEVTYPE=a\nDEVTYPE=\x1b]0;x\x07\n");
  CHECK(interfaces_of(host) == Value(List{record("\x1b[2J", true, 1500, false, "\x1b]0;x\x07")}));
}

TEST_CASE("a thousand interfaces") {
  MemoryHost host;
  for (int i = 0; i < 1000; ++i) add_interface(host, "veth" + std::to_string(i), "0x1003\n", "1500\n", "");
  CHECK(interfaces_of(host).list().size() == 1000);
}
