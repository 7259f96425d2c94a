// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/collect/modprobe.h"
#include "tests/support/memory_host.h"

using namespace harden;
using namespace harden::probe;
using harden::test::MemoryHost;

namespace {

constexpr const char* kConf = "/etc/modprobe.d/x.conf";

std::string asked(const MemoryHost& host, const std::string& module, std::string_view cmdline = "") {
  const auto block = LoadRules(host, parse_cmdline(cmdline)).block_of(module);
  if (!block) return "error " + std::string(to_string(block.error().code));
  return (block->blocked ? "blocked " : "free ") + block->by;
}

std::string with_conf(const std::string& text, const std::string& module) {
  return asked(MemoryHost{{kConf, text}}, module);
}

}  // namespace

TEST_CASE("which lines block a module") {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"install rds /bin/false", "rds", "blocked /etc/modprobe.d/x.conf:1: install rds /bin/false"},
      {"install rds /bin/true", "rds", "blocked /etc/modprobe.d/x.conf:1: install rds /bin/true"},
      {"install rds /usr/bin/false --really", "rds",
       "blocked /etc/modprobe.d/x.conf:1: install rds /usr/bin/false --really"},
      {"install n-hdlc /bin/false", "n_hdlc", "blocked /etc/modprobe.d/x.conf:1: install n-hdlc /bin/false"},
      {"# x\n\n  install\trds   /bin/false  ", "rds", "blocked /etc/modprobe.d/x.conf:3: install\trds   /bin/false"},
      {"install rds \\\n  /bin/false\ninstall tipc /bin/true", "tipc",
       "blocked /etc/modprobe.d/x.conf:3: install tipc /bin/true"},
      {"install rds \\\n/bin/false", "rds", "blocked /etc/modprobe.d/x.conf:1: install rds  /bin/false"},
      {"install rds_* /bin/false", "rds_tcp", "blocked /etc/modprobe.d/x.conf:1: install rds_* /bin/false"},
      {"install rds_* /bin/false", "rds", "free "},
      {"install rds /sbin/modprobe --ignore-install rds", "rds", "free "},
      {"install rds /bin/true; /sbin/modprobe -i rds", "rds", "free "},
      {"install rds /bin/false || modprobe -i rds", "rds", "free "},
      {"install rds /bin/true $(modprobe -i rds)", "rds", "free "},
      {"install rds /bin/falsey", "rds", "free "},
      {"install rds", "rds", "free "},
      {"#install rds /bin/false", "rds", "free "},
      {"installs rds /bin/false", "rds", "free "},
      {"", "rds", "free "},
      // The first of two install lines counts.
      {"install rds /bin/false\ninstall rds /sbin/modprobe -i rds", "rds",
       "blocked /etc/modprobe.d/x.conf:1: install rds /bin/false"},
      {"install rds /sbin/modprobe -i rds\ninstall rds /bin/false", "rds", "free "},
      // Stops loading by alias, or by this name, but not every way of it.
      {"blacklist rds", "rds", "free /etc/modprobe.d/x.conf:1: blacklist rds"},
      {"alias rds off", "rds", "free /etc/modprobe.d/x.conf:1: alias rds off"},
      {"alias net-pf-21 off", "rds", "free "},
      {"alias rds tipc", "rds", "free "},
      {"blacklist rds\ninstall rds /bin/false", "rds", "blocked /etc/modprobe.d/x.conf:2: install rds /bin/false"},
      {"options rds x=1\nsoftdep rds pre: y\nremove rds /bin/false", "rds", "free "},
  };
  for (const auto& [text, module, expected] : cases) {
    CAPTURE(text);
    CHECK(with_conf(text, module) == expected);
  }
}

TEST_CASE("of files with one name that of the first folder counts, and files are read by name") {
  MemoryHost host{{"/usr/lib/modprobe.d/a.conf", "install rds /bin/false\ninstall dccp /bin/false\n"},
                  {"/etc/modprobe.d/a.conf", "# nothing\n"},
                  {"/run/modprobe.d/z.conf", "install sctp /bin/false\n"},
                  {"/lib/modprobe.d/b.conf", "install sctp /sbin/modprobe -i sctp\n"},
                  {"/usr/local/lib/modprobe.d/note.txt", "install tipc /bin/false\n"}};
  CHECK(asked(host, "rds") == "free ");
  CHECK(asked(host, "sctp") == "free ");
  CHECK(asked(host, "tipc") == "free ");
  host.remove("/lib/modprobe.d");
  CHECK(asked(host, "sctp") == "blocked /run/modprobe.d/z.conf:1: install sctp /bin/false");
  host.remove("/etc/modprobe.d/a.conf");
  CHECK(asked(host, "dccp") == "blocked /usr/lib/modprobe.d/a.conf:2: install dccp /bin/false");
}

TEST_CASE("a file masked by a link to nowhere has no rules") {
  MemoryHost host{{"/lib/modprobe.d/a.conf", "install rds /bin/false\n"}};
  CHECK(asked(host.link("/etc/modprobe.d/a.conf", "/dev/null"), "rds") == "free ");
}

TEST_CASE("the command line") {
  const MemoryHost host = MemoryHost{}.folder("/etc");
  CHECK(asked(host, "rds", "module_blacklist=tipc,rds") == "blocked /proc/cmdline: module_blacklist=tipc,rds");
  CHECK(asked(host, "rds", "module_blacklist=rds module_blacklist=tipc") == "free ");
  CHECK(asked(host, "n_hdlc", "module_blacklist=n-hdlc") == "free ");
  CHECK(asked(host, "n_hdlc", "modprobe.blacklist=n-hdlc,x") == "free /proc/cmdline: modprobe.blacklist=n-hdlc,x");
  CHECK(asked(host, "x", "modprobe.blacklist=y modprobe.blacklist=x") == "free /proc/cmdline: modprobe.blacklist=x");
}

TEST_CASE("what could not be read may hold a rule, so only a block that was read is sure") {
  MemoryHost host{{kConf, "install rds /bin/false\nblacklist tipc\n"}};
  host.error("/etc/modprobe.d/secret.conf", Errc::denied);
  CHECK(asked(host, "rds").starts_with("blocked "));
  CHECK(asked(host, "tipc") == "error denied");
  CHECK(asked(MemoryHost{}.folder("/etc").error("/run/modprobe.d", Errc::timeout), "x") == "error timeout");
  CHECK(asked(MemoryHost{{kConf, "install \xff /bin/false"}}, "x") == "error malformed");
  CHECK(asked(MemoryHost{}, "x") == "error absent");
  const LoadRules rules(MemoryHost{}.folder("/etc"), fail(Errc::denied, "no", "/proc/cmdline"));
  CHECK(rules.block_of("x").error().place == "/proc/cmdline");
}

TEST_CASE("hostile text: a line without end is reported in part, continuation at the end is harmless") {
  const std::string line = "install rds /bin/false " + std::string(10'000, 'A');
  CHECK(with_conf(line, "rds").size() < 300);
  CHECK(with_conf("install rds /bin/false \\", "rds") == "free ");
  CHECK(with_conf("\\\n\\\n\\", "rds") == "free ");
  CHECK(with_conf("install [ /bin/false\ninstall *** /bin/false", "rds") ==
        "blocked /etc/modprobe.d/x.conf:2: install *** /bin/false");
}

TEST_CASE("the modules that rules name") {
  const LoadRules rules(
      MemoryHost{{kConf, "install a /bin/false\nblacklist b-c\nalias d off\ninstall e* /bin/false\n"}},
      parse_cmdline("module_blacklist=f"));
  CHECK(rules.named() == std::vector<std::string>{"a", "b_c", "f"});
}
