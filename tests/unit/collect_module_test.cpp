// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/collect/module_files.h"
#include "tests/support/collected.h"
#include "tests/support/fault_host.h"

using namespace harden;
using namespace harden::test;

namespace {

constexpr const char* kBuiltin = "/lib/modules/6.1.90-1/modules.builtin";
constexpr const char* kDep = "/lib/modules/6.1.90-1/modules.dep";

MemoryHost machine() {
  return {{"/proc/sys/kernel/osrelease", "6.1.90-1\n"},
          {"/proc/sys/kernel/modules_disabled", "0\n"},
          {"/proc/cmdline", "quiet module_blacklist=dccp\n"},
          {"/etc/modprobe.d/x.conf", "install rds /bin/false\n"},
          {kBuiltin, "kernel/net/ipv6/ipv6.ko\nkernel/crypto/algif-aead.ko\n"},
          {kDep,
           "kernel/net/rds/rds.ko.xz:\nkernel/net/tipc/tipc.ko.zst: kernel/net/udp_tunnel.ko.zst\nextra/snd-hda.ko:\n"},
          {"/proc/modules",
           "tipc 12345 0 - Live 0x0000000000000000\n"
           "nf_nat 49152 2 nft_chain_nat,xt_nat, Live 0x0000000000000000\n"
           "ipvs 1 3 [permanent], Live 0x0000000000000000 (OE)\n"}};
}

Wanted keys(std::initializer_list<std::string_view> names) {
  Wanted wanted;
  for (const auto name : names) wanted.add("module", name);
  return wanted;
}

std::string field(const Facts& facts, std::string_view module, std::string_view name) {
  return shown(facts, "module", {module, name});
}

}  // namespace

TEST_CASE("wanted modules have an entry each, whether or not there is such a module") {
  const Facts facts = collected("module", machine(), keys({"tipc", "ipv6", "rds", "dccp", "nothing"}));
  CHECK(facts.value("module")->map().size() == 5);
  CHECK(
      shown(facts, "module", {"tipc"}) ==
      R"({"available": true, "blocked": false, "blocked_by": "", "builtin": false, "loaded": true, "use_count": 0, "used_by": []})");
  CHECK(
      shown(facts, "module", {"nothing"}) ==
      R"({"available": false, "blocked": false, "blocked_by": "", "builtin": false, "loaded": false, "use_count": 0, "used_by": []})");
  CHECK(field(facts, "ipv6", "builtin") == "true");
  CHECK(field(facts, "rds", "available") == "true");
  CHECK(field(facts, "rds", "blocked") == "true");
  CHECK(field(facts, "rds", "blocked_by") == "\"/etc/modprobe.d/x.conf:1: install rds /bin/false\"");
  CHECK(field(facts, "dccp", "blocked_by") == "\"/proc/cmdline: module_blacklist=dccp\"");
}

TEST_CASE("names are one with '-' and '_', under the key that was asked for too") {
  const Facts facts = collected("module", machine(), keys({"algif-aead", "snd_hda"}));
  CHECK(field(facts, "algif-aead", "builtin") == "true");
  CHECK(field(facts, "algif_aead", "builtin") == "true");
  CHECK(field(facts, "snd_hda", "available") == "true");
}

TEST_CASE("users of a module") {
  const Facts facts = collected("module", machine(), keys({"nf_nat", "ipvs"}));
  CHECK(field(facts, "nf_nat", "use_count") == "2");
  CHECK(field(facts, "nf_nat", "used_by") == R"(["nft_chain_nat", "xt_nat"])");
  CHECK(field(facts, "ipvs", "used_by") == "[]");
  const Facts uncounted = collected("module", machine().file("/proc/modules", "tipc 1 - - Live 0x0\n"), keys({"tipc"}));
  CHECK(field(uncounted, "tipc", "loaded") == "true");
  CHECK(field(uncounted, "tipc", "use_count") == "unknown(unsupported)");
}

TEST_CASE("everything names every module that anything names") {
  const Facts facts = collected("module", machine());
  std::vector<std::string> names;
  for (const auto& [name, record] : facts.value("module")->map().entries()) names.push_back(name.string());
  CHECK(names == std::vector<std::string>{"algif_aead", "dccp", "ipv6", "ipvs", "nf_nat", "rds", "snd_hda", "tipc"});
}

TEST_CASE("each field that could not be read is unknown by itself") {
  const Wanted wanted = keys({"tipc"});
  const Facts hidden = collected("module", machine().error("/proc/modules", Errc::denied), wanted);
  for (const char* name : {"loaded", "use_count", "used_by"}) CHECK(field(hidden, "tipc", name) == "unknown(denied)");
  CHECK(field(hidden, "tipc", "available") == "true");
  const Facts no_tables = collected("module", machine().remove("/lib"), wanted);
  CHECK(field(no_tables, "tipc", "loaded") == "true");
  CHECK(field(no_tables, "tipc", "builtin") == "unknown(absent)");
  CHECK(field(no_tables, "tipc", "available") == "unknown(absent)");
  const Facts no_release = collected("module", machine().file("/proc/sys/kernel/osrelease", "../x"), wanted);
  CHECK(field(no_release, "tipc", "available") == "unknown(malformed)");
  const Facts no_cmdline = collected("module", machine().error("/proc/cmdline", Errc::denied), wanted);
  CHECK(field(no_cmdline, "tipc", "blocked") == "unknown(denied)");
  CHECK(field(no_cmdline, "tipc", "blocked_by") == "unknown(denied)");
  const Value* loaded = hidden.value("module")->map().find("tipc")->map().find("loaded");
  CHECK(loaded->missing()[0].fact == "module[\"tipc\"].loaded");
}

TEST_CASE("tables that are no tables") {
  for (const std::string& text :
       {std::string("<html>"), std::string("\0\0\0", 3), std::string("tipc\n"), std::string("tipc x 0 - Live 0x0\n")}) {
    CAPTURE(text);
    const Facts facts = collected("module", machine().file("/proc/modules", text).file(kDep, text).file(kBuiltin, text),
                                  keys({"tipc"}));
    CHECK(field(facts, "tipc", "loaded") == "unknown(malformed)");
    CHECK(field(facts, "tipc", "available") == "unknown(malformed)");
    CHECK(field(facts, "tipc", "builtin") == "unknown(malformed)");
  }
  const Facts empty = collected("module", machine().file("/proc/modules", "").file(kDep, ""), keys({"tipc"}));
  CHECK(field(empty, "tipc", "loaded") == "false");
  CHECK(field(empty, "tipc", "available") == "false");
}

TEST_CASE("a kernel without modules is told from one whose list is hidden") {
  MemoryHost host = machine();
  host.remove("/proc/modules").remove("/lib");
  const Facts hidden = collected("module", host, keys({"tipc"}));
  CHECK(field(hidden, "tipc", "loaded") == "unknown(absent)");
  CHECK(field(hidden, "tipc", "available") == "unknown(absent)");
  host.remove("/proc/sys/kernel/modules_disabled");
  const Facts monolithic = collected("module", host, keys({"tipc"}));
  CHECK(field(monolithic, "tipc", "loaded") == "false");
  CHECK(field(monolithic, "tipc", "available") == "false");
  CHECK(field(monolithic, "tipc", "builtin") == "unknown(absent)");
  const Facts nowhere = collected("module", MemoryHost{}, keys({"tipc"}));
  CHECK(field(nowhere, "tipc", "loaded") == "unknown(absent)");
}

TEST_CASE("without modules.builtin, a folder in /sys/module gives built-in code away") {
  MemoryHost host = machine();
  host.remove("/lib").folder("/sys/module/ipv6/parameters").folder("/sys/module/tipc");
  const Facts facts = collected("module", host, keys({"ipv6", "tipc", "rds", "..", "a/b"}));
  CHECK(field(facts, "ipv6", "builtin") == "true");
  CHECK(field(facts, "tipc", "builtin") == "unknown(absent)");
  CHECK(field(facts, "rds", "builtin") == "unknown(absent)");
  CHECK(field(facts, "..", "builtin") == "unknown(absent)");
  CHECK(field(facts, "a/b", "builtin") == "unknown(absent)");
}

TEST_CASE("everything wanted and nothing to go by is unknown, not an empty map") {
  CHECK(shown(collected("module", MemoryHost{}), "module") == "unknown(absent)");
  CHECK(shown(collected("module", MemoryHost{}.error("/", Errc::denied)), "module") == "unknown(absent)");
  const auto host = std::make_shared<FaultHost>(std::make_shared<MemoryHost>(machine()));
  host->endless("/lib/*").garbage("/proc/modules");
  CHECK(shown(collected("module", host), "module") == "unknown(malformed)");
}

TEST_CASE("module paths of every compression and folder") {
  std::string seen;
  const auto take = [&](std::string_view name) { seen += std::string(name) + " "; };
  CHECK(probe::each_module(
      "a.ko\nkernel/b-c.ko.gz: d.ko\n/abs/e.ko.zst:\nupdates/dkms/f.ko.xz: kernel/g.ko\n.ko:\nno\n\nx/h.ko", take));
  CHECK(seen == "a b_c e f h ");
  CHECK_FALSE(probe::each_module("no module\n", take));
  CHECK_FALSE(probe::each_module("", take));
}
