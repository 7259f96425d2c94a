// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "agent/report/report.h"
#include "agent/sysctl/explain.h"
#include "tests/support/memory_host.h"

using namespace harden;
using namespace harden::sysctl;
using test::MemoryHost;

namespace {

MemoryHost systemd_host() {
  MemoryHost host;
  host.file("/usr/lib/systemd/systemd-sysctl", "").link("/sbin/init", "/lib/systemd/systemd");
  return host;
}

std::string shown(const Use& use) { return (use.in_use ? "yes: " : "no: ") + use.because; }

std::string shown(const MemoryHost& host, std::string_view key, const std::string& format = "text") {
  const auto report = explain(host, key);
  REQUIRE(report);
  const auto found = std::ranges::find(sysctl_formats(), format, &SysctlFormat::name);
  REQUIRE(found != sysctl_formats().end());
  return found->render(*report, {});
}

bool has(const std::string& text, std::string_view part) {
  CAPTURE(text);
  CAPTURE(part);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("which appliers run at boot is told by the init system") {
  MemoryHost host;
  CHECK(shown(appliers_of(host)[0]) == "no: there is no systemd-sysctl");
  CHECK(shown(appliers_of(host)[1]) == "no: no script of /etc/init.d runs sysctl");
  host.file("/lib/systemd/systemd-sysctl", "");
  CHECK(shown(appliers_of(host)[0]) == "yes: /lib/systemd/systemd-sysctl; what /sbin/init is cannot be told");
  host.link("/sbin/init", "/lib/systemd/systemd").file("/etc/init.d/procps", "");
  CHECK(shown(appliers_of(host)[0]) == "yes: /lib/systemd/systemd-sysctl");
  CHECK(shown(appliers_of(host)[1]) == "yes: /etc/init.d/procps");
  host.link("/lib/systemd/system/procps.service", "systemd-sysctl.service");
  CHECK(shown(appliers_of(host)[1]) ==
        "no: systemd takes /lib/systemd/system/procps.service in place of /etc/init.d/procps");
  host.link("/etc/systemd/system/systemd-sysctl.service", "/dev/null");
  CHECK(shown(appliers_of(host)[0]) == "no: systemd-sysctl.service is masked");
  MemoryHost alpine{{"/etc/init.d/sysctl", ""}, {"/lib/systemd/systemd-sysctl", ""}};
  alpine.link("/sbin/init", "/bin/busybox");
  CHECK(shown(appliers_of(alpine)[0]) == "no: /sbin/init is busybox");
  CHECK(shown(appliers_of(alpine)[1]) == "yes: /etc/init.d/sysctl");
}

TEST_CASE("the running value stands beside the next one") {
  MemoryHost host = systemd_host();
  host.file("/proc/sys/kernel/panic", "0\n").file("/etc/sysctl.d/50-a.conf", "kernel.panic=10\nrubbish\n");
  const std::string text = shown(host, "kernel/panic");
  has(text, "kernel.panic\n  now           0  <- /proc/sys/kernel/panic\n");
  has(text, "  at next boot  10  by systemd-sysctl  <- /etc/sysctl.d/50-a.conf:1\n");
  has(text,
      "\nsystemd-sysctl  (/usr/lib/systemd/systemd-sysctl)\n"
      "  /etc/sysctl.d/50-a.conf:1  kernel.panic = 10  effective\n");
  has(text, "  lines it can make nothing of:\n    /etc/sysctl.d/50-a.conf:2  rubbish\n");
  CHECK(text.find("procps") == std::string::npos);
}

TEST_CASE("where no applier can be told both are shown") {
  MemoryHost host;
  host.file("/proc/sys/kernel/panic", "0\n").file("/etc/sysctl.conf", "kernel.panic=10\n");
  const std::string text = shown(host, "kernel.panic");
  has(text, "cannot be told on this host");
  has(text, "as the kernel has it  by systemd-sysctl");
  has(text, "10  by procps");
  has(text, "this file is not read");
}

TEST_CASE("a key that nobody knows is not known") {
  MemoryHost host = systemd_host();
  host.file("/proc/sys/kernel/panic", "0\n");
  CHECK_FALSE(explain(host, "kernel.pani")->known());
  host.error("/proc/sys/kernel/denied", Errc::denied);
  CHECK(explain(host, "kernel.denied")->known());
  has(shown(host, "kernel.denied"), "unknown: ");
  for (const std::string_view key : {"", "..", "net.*.x", "a/../b"})
    CHECK(explain(host, key).error().code == Errc::invalid);
}

TEST_CASE("a key that waits for its module says which") {
  MemoryHost host = systemd_host();
  host.file("/proc/sys/kernel/panic", "0\n");
  host.file("/etc/sysctl.d/k.conf",
            "net.bridge.bridge-nf-call-iptables=1\nkernel.panic=1\nnet.netfilter.nf_conntrack_max=9\nfoo.bar=1\n"
            "net.ipv4.conf.*.nothing=1\n");
  const PendingKeys found = pending(host, resolve(host));
  REQUIRE(found.keys.size() == 3);
  CHECK(found.errors.empty());
  CHECK(found.keys[0].path == "foo/bar");
  CHECK(found.keys[0].module.empty());
  CHECK(found.keys[1].module == "br_netfilter");
  CHECK(found.keys[1].line.number == 1);
  CHECK(found.keys[2].module == "nf_conntrack");
  has(shown(host, "net.bridge.bridge-nf-call-iptables"),
      "pending: this kernel does not have the key now; the module br_netfilter is likely to bring it");
}

TEST_CASE("pending keys are bounded, and what cannot be asked is said") {
  MemoryHost host = systemd_host();
  std::string text = "net.secret.x=1\n";
  for (int i = 0; i < 300; ++i) text += "foo.k" + std::to_string(i) + "=1\n";
  host.file("/etc/sysctl.d/k.conf", text).error("/proc/sys/net/secret", Errc::denied);
  PendingKeys found = pending(host, resolve(host));
  CHECK(found.keys.size() == 256);
  REQUIRE(found.errors.size() == 1);
  CHECK(found.errors[0].code == Errc::too_large);
  host.file("/etc/sysctl.d/k.conf", "net.secret.x=1\n");
  found = pending(host, resolve(host));
  REQUIRE(found.errors.size() == 1);
  CHECK(found.errors[0].code == Errc::denied);
}

TEST_CASE("an interface's key says what happens when it appears") {
  MemoryHost host = systemd_host();
  host.file("/etc/sysctl.d/a.conf", "net.ipv4.conf.default.rp_filter=1\nnet.ipv4.conf.eth*.rp_filter=2\n");
  has(shown(host, "net.ipv4.conf.eth0.rp_filter"), "eth0: written at boot, and by udev whenever eth0 is added");
  has(shown(host, "net.ipv4.conf.default.rp_filter"), "interfaces that appear later begin with this");
  host.file("/etc/sysctl.d/b.conf", "-net.ipv4.conf.eth0.rp_filter\n");
  has(shown(host, "net.ipv4.conf.eth0.rp_filter"), "eth0: begins with `default`'s value, 1 by /etc/sysctl.d/a.conf:1");
  MemoryHost sysv{{"/etc/init.d/procps", ""}, {"/etc/sysctl.conf", "net.ipv4.conf.eth0.rp_filter=2\n"}};
  const std::string text = shown(sysv, "net.ipv4.conf.eth0.rp_filter");
  has(text, "written only if eth0 is there when procps runs");
  has(text, "the value that `default` has");
}

TEST_CASE("what was not read is said beside the answer") {
  MemoryHost host = systemd_host();
  host.file("/proc/sys/kernel/panic", "0\n").error("/etc/sysctl.d/a.conf", Errc::denied);
  has(shown(host, "kernel.panic"), "may be wrong: /etc/sysctl.d/a.conf");
  const auto document = boost::json::parse(shown(host, "kernel.panic", "json"));
  CHECK(document.at("complete") == false);
  CHECK(document.at("problems").as_array().size() == 1);
}

TEST_CASE("hostile text is escaped in both formats") {
  MemoryHost host = systemd_host();
  host.file("/etc/sysctl.d/\x1b[2J.conf", "kernel.panic=\x1b]0;x\x07\xff\n\x1b[31m\n");
  host.file("/proc/sys/kernel/panic", "\x1b[0m\n");
  const std::string text = shown(host, "kernel.panic");
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  const std::string document = shown(host, "kernel.panic", "json");
  CHECK(document.find('\x1b') == std::string::npos);
  CHECK_NOTHROW(boost::json::parse(document));
}

TEST_CASE("the document has every line with its role") {
  MemoryHost host = systemd_host();
  host.file("/etc/sysctl.d/a.conf", "-net.x.v=1\nnet.x.*=2\n-net.x.v\n");
  const auto document = boost::json::parse(shown(host, "net.x.v", "json"));
  CHECK(document.at("schema") == 1);
  CHECK(document.at("key") == "net.x.v");
  CHECK(document.at("running").at("error").at("code") == "absent");
  const auto& systemd = document.at("appliers").at(0);
  CHECK(systemd.at("next_boot").is_null());
  CHECK(systemd.at("lines").at(0).at("ignores_failure") == true);
  CHECK(systemd.at("lines").at(1).at("role") == "glob");
  CHECK(systemd.at("lines").at(1).at("by") == "/etc/sysctl.d/a.conf:3");
  CHECK(systemd.at("lines").at(2).at("value").is_null());
  CHECK(document.at("appliers").at(1).at("next_boot").at("value") == "1");
}
