// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "agent/report/report.h"
#include "agent/sysctl/explain.h"
#include "tests/support/drafting.h"

using namespace harden;
using namespace harden::sysctl;
using test::Drafting;
using test::joined;
using test::MemoryHost;

namespace {

constexpr std::size_t kSystemd = 0;
constexpr std::size_t kProcps = 1;

bool has(const std::string& text, std::string_view part) {
  CAPTURE(text);
  CAPTURE(part);
  return text.find(part) != std::string::npos;
}

// CentOS 7's systemd 219, with a file of patterns.
MemoryHost centos() {
  MemoryHost host;
  host.file("/usr/lib/systemd/systemd-sysctl", "").link("/sbin/init", "/lib/systemd/systemd");
  host.file("/usr/lib64/libsystemd.so.0.6.0", "").folder("/etc/sysctl.d");
  for (const char* one : {"all", "default", "eth0"}) {
    host.file("/proc/sys/net/ipv4/conf/" + std::string(one) + "/rp_filter", "0\n");
  }
  return host;
}

}  // namespace

TEST_CASE("the age of systemd is told by its libraries, and is not told where they do not tell") {
  struct Row {
    std::vector<const char*> files;
    const char* said;
  };
  const Row rows[] = {
      {{}, ""},
      {{"/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so"}, ""},
      {{"/usr/lib/systemd/libsystemd-shared-244.so"}, ""},
      {{"/lib/systemd/libsystemd-shared-243.so"}, "it is of systemd 243 and knows no patterns, which came with 244"},
      {{"/usr/lib/systemd/libsystemd-shared-239.so", "/usr/lib64/libsystemd.so.0.23.0"}, "it is of systemd 239"},
      {{"/usr/lib/systemd/libsystemd-shared-239-82.el8.so"}, "it is of systemd 239"},
      {{"/usr/lib/systemd/libsystemd-shared-239.so", "/usr/lib/systemd/libsystemd-shared-250.so"}, ""},
      {{"/usr/lib64/libsystemd.so.0.6.0"}, "it is of a systemd before 231 (libsystemd.so.0.6)"},
      {{"/lib/aarch64-linux-gnu/libsystemd.so.0.3.1"}, "it is of a systemd before 231 (libsystemd.so.0.3)"},
      {{"/usr/lib64/libsystemd.so.0.35.0"}, ""},
      {{"/usr/lib/systemd/libsystemd-shared-.so", "/usr/lib64/libsystemd.so.0.x"}, ""},
      {{"/usr/lib/systemd/libsystemd-shared-99999999999999999999.so"}, ""},
  };
  for (const Row& row : rows) {
    MemoryHost host;
    for (const char* file : row.files) host.file(file, "");
    CAPTURE(row.said);
    const std::string said = too_old_for_globs(host)[kSystemd];
    CHECK(said.empty() == std::string(row.said).empty());
    CHECK(said.starts_with(row.said));
  }
}

TEST_CASE("the age of procps is told by its library") {
  const auto said = [](const std::vector<const char*>& files) {
    MemoryHost host;
    for (const char* file : files) host.file(file, "");
    return too_old_for_globs(host)[kProcps];
  };
  CHECK(said({}).empty());
  CHECK(said({"/lib/x86_64-linux-gnu/libproc2.so.0"}).empty());
  CHECK(said({"/lib/x86_64-linux-gnu/libprocps.so.8"}) == "it is older than 4.0 and knows no patterns");
  CHECK(said({"/lib64/libproc-3.2.8.so"}) == "it is older than 4.0 and knows no patterns");
  CHECK(said({"/usr/lib64/libprocps.so.8", "/usr/lib64/libproc2.so.0"}).empty());
}

TEST_CASE("what an old applier takes for a name sets nothing, and explain says so") {
  MemoryHost host = centos();
  host.file("/etc/sysctl.d/10-a.conf", "net.ipv4.conf.*.rp_filter = 1\n-net.ipv4.conf.eth0.rp_filter\n");
  const auto report = explain(host, "net.ipv4.conf.eth0.rp_filter");
  REQUIRE(report);
  const sysctl::Answer& answer = report->verdicts.at(kSystemd).answer;
  CHECK(answer.winning() == nullptr);
  CHECK(answer.lines.size() == 2);
  CHECK(std::ranges::none_of(answer.lines, &sysctl::Line::effective));
  const auto text = std::ranges::find(sysctl_formats(), "text", &SysctlFormat::name);
  const std::string shown = text->render(*report, {});
  CHECK(has(shown, "it is of a systemd before 231"));
  CHECK(has(shown, "glob, which this version takes for a name"));
  host.remove("/usr/lib64/libsystemd.so.0.6.0");
  CHECK(explain(host, "net.ipv4.conf.default.rp_filter")->verdicts.at(kSystemd).answer.winning() != nullptr);
}

TEST_CASE("a plan whose file holds a pattern warns where the applier is too old for it") {
  Drafting pattern(RemedyKind::sysctl);
  pattern.wanted_by("p").sysctls = {{"net.ipv4.conf.*.rp_filter", "1"}};
  Drafting key(RemedyKind::sysctl);
  key.wanted_by("p").sysctls = {{"net.ipv4.conf.all.rp_filter", "1"}};
  MemoryHost host = centos();
  CHECK(joined(pattern.on(host).warnings) ==
        "at the next boot systemd-sysctl leaves out net.ipv4.conf.*.rp_filter of our file: it is of a systemd before "
        "231 (libsystemd.so.0.6) and knows no patterns, which came with 244; an interface begins with what `default` "
        "has then\n");
  CHECK(key.on(host).warnings.empty());
  CHECK(pattern.on(host, {}, true).warnings.empty());
  host.remove("/usr/lib64/libsystemd.so.0.6.0");
  CHECK(pattern.on(host).warnings.empty());
}
