// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/collected.h"
#include "tests/support/fault_host.h"
#include "tests/support/gzipped.h"

using namespace harden;
using namespace harden::test;

namespace {

constexpr const char* kPacked = "/proc/config.gz";
constexpr const char* kBoot = "/boot/config-6.1.90-1";
constexpr const char* kModules = "/lib/modules/6.1.90-1/config";

constexpr const char* kConfig =
    "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 6.1.90 Kernel Configuration\n#\n"
    "CONFIG_CC_VERSION_TEXT=\"gcc (Debian \\\"12\\\") 12.2\"\n"
    "CONFIG_IPV6_MROUTE=y\n"
    "CONFIG_TIPC=m\n"
    "# CONFIG_KEXEC is not set\n"
    "CONFIG_HZ=250\n"
    "CONFIG_PHYSICAL_START=0x1000000\n"
    "CONFIG_EMPTY=\"\"\n";

MemoryHost machine() { return {{"/proc/sys/kernel/osrelease", "6.1.90-1\n"}}; }

Wanted keys(std::initializer_list<std::string_view> names) {
  Wanted wanted;
  for (const auto name : names) wanted.add("kernel.config", name);
  return wanted;
}

std::string option(const Facts& facts, std::string_view name) { return shown(facts, "kernel.config", {name}); }

}  // namespace

TEST_CASE("the wanted options, and no others") {
  const Facts facts =
      collected("kernel_config", machine().file(kBoot, kConfig), keys({"IPV6_MROUTE", "TIPC", "KEXEC", "HZ", "NEW"}));
  CHECK(option(facts, "IPV6_MROUTE") == "\"y\"");
  CHECK(option(facts, "TIPC") == "\"m\"");
  CHECK(option(facts, "KEXEC") == "\"n\"");
  CHECK(option(facts, "HZ") == "\"250\"");
  CHECK(option(facts, "NEW") == "\"n\"");
  CHECK(facts.value("kernel.config")->map().size() == 5);
  CHECK(facts.source("kernel.config") == kBoot);
}

TEST_CASE("all options, text unquoted") {
  const Facts facts = collected("kernel_config", machine().file(kBoot, kConfig));
  CHECK(facts.value("kernel.config")->map().size() == 7);
  CHECK(option(facts, "CC_VERSION_TEXT") == R"("gcc (Debian \"12\") 12.2")");
  CHECK(option(facts, "PHYSICAL_START") == "\"0x1000000\"");
  CHECK(option(facts, "EMPTY") == "\"\"");
  CHECK(option(facts, "NEW") == "none");
}

TEST_CASE("the running kernel's own answer comes first, then /boot, then /lib/modules") {
  MemoryHost host = machine().file(kModules, "CONFIG_A=m\n");
  CHECK(option(collected("kernel_config", host), "A") == "\"m\"");
  host.file(kBoot, "CONFIG_A=y\n");
  CHECK(option(collected("kernel_config", host), "A") == "\"y\"");
  host.file(kPacked, gzipped("CONFIG_A=7\n"));
  const Facts facts = collected("kernel_config", host);
  CHECK(option(facts, "A") == "\"7\"");
  CHECK(facts.source("kernel.config") == kPacked);
}

TEST_CASE("a place that cannot be used is passed over for the next") {
  const std::string bomb = gzipped(std::string(std::size_t{20} << 20, '\n'));
  for (const std::string& packed : {std::string("garbage"), gzipped("no option here\n"), bomb, std::string()}) {
    const Facts facts = collected("kernel_config", machine().file(kPacked, packed).file(kBoot, "CONFIG_A=y\n"));
    CHECK(option(facts, "A") == "\"y\"");
  }
}

TEST_CASE("none of the three places: absent, and all are named") {
  const Facts facts = collected("kernel_config", machine(), keys({"A"}));
  CHECK(shown(facts, "kernel.config") == "unknown(absent)");
  const std::string message = facts.value("kernel.config")->missing().front().error.message;
  for (const char* place : {kPacked, kBoot, kModules}) CHECK(message.find(place) != std::string::npos);
}

TEST_CASE("a reason that is not absence is the one told") {
  CHECK(shown(collected("kernel_config", machine().error("/boot", Errc::denied)), "kernel.config") ==
        "unknown(denied)");
  CHECK(shown(collected("kernel_config", machine().file(kPacked, gzipped(std::string(std::size_t{20} << 20, 'x')))),
              "kernel.config") == "unknown(too_large)");
  CHECK(shown(collected("kernel_config", MemoryHost{{"/proc/sys/kernel/osrelease", "../../etc/x"}}), "kernel.config") ==
        "unknown(malformed)");
  CHECK(shown(collected("kernel_config", MemoryHost{}), "kernel.config") == "unknown(absent)");
}

TEST_CASE("a configuration that is cut, empty or no text says nothing") {
  for (const std::string& text :
       {std::string(""), std::string("CONFIG_A=y\nCONFIG_B"), std::string("<html>\n"), std::string("\0\1\2\n", 4)}) {
    CAPTURE(text);
    CHECK(shown(collected("kernel_config", machine().file(kBoot, text), keys({"A"})), "kernel.config") ==
          "unknown(malformed)");
  }
  CHECK(shown(collected("kernel_config", machine().file(kBoot, "CONFIG_A=\"\xff\"\n"), keys({"A"})), "kernel.config") ==
        "unknown(malformed)");
}

TEST_CASE("lines that only look like options are left out, and of two the last counts") {
  const Facts facts =
      collected("kernel_config", machine().file(kBoot,
                                                "CONFIG_A=y\nXCONFIG_B=y\nCONFIG_=y\nCONFIG_C-D=y\n# CONFIG_E=y\n"
                                                "# CONFIG_F is not settled\n CONFIG_G=y\nCONFIG_A=m\n"));
  CHECK(to_text(*facts.value("kernel.config")) == R"({"A": "m"})");
}

TEST_CASE("endless data from every place") {
  const auto host = std::make_shared<FaultHost>(std::make_shared<MemoryHost>(machine()));
  host->endless("/boot/*").garbage(kPacked).fail("/lib/*", Errc::timeout);
  CHECK(shown(collected("kernel_config", host), "kernel.config") == "unknown(malformed)");
}
