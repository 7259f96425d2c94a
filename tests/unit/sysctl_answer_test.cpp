// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/sysctl/resolver.h"
#include "tests/support/memory_host.h"

using namespace harden;
using namespace harden::sysctl;
using test::MemoryHost;

namespace {

constexpr const char* kA = "/etc/sysctl.d/10-a.conf";
constexpr const char* kB = "/etc/sysctl.d/20-b.conf";
constexpr const char* kC = "/etc/sysctl.d/30-c.conf";

std::string shown(const Line& line) {
  const std::string name = line.file.substr(line.file.rfind('/') + 1);
  std::string out = name.substr(0, 2) + ":" + std::to_string(line.number) + " " + std::string(to_string(line.role));
  if (line.effective) out += "!";
  if (!line.by.empty()) out += " by " + line.by.substr(line.by.rfind('/') + 1);
  return out;
}

// "VALUE | LINE, LINE", or "none | …".
std::string shown(const Answer& answer) {
  std::string out = answer.winner ? answer.winning()->value.value_or("?") : "none";
  for (std::size_t i = 0; i < answer.lines.size(); ++i) out += (i == 0 ? " | " : ", ") + shown(answer.lines[i]);
  return out;
}

std::string ask(const Host& host, Applier applier, const std::string& path = "net/x/a/v") {
  return shown(answer(resolve(host), applier, path));
}

std::string value(const Host& host, Applier applier, const std::string& path = "net/x/a/v") {
  const Answer said = answer(resolve(host), applier, path);
  return said.winner ? said.winning()->value.value_or("?") : "none";
}

// The values that both give for files with this content, in their order.
struct Case {
  std::vector<std::string> files;
  std::string systemd;
  std::string procps;
};

void check(const std::vector<Case>& cases, const std::string& path = "net/x/a/v") {
  for (const Case& one : cases) {
    MemoryHost host;
    const char* names[] = {kA, kB, kC};
    for (std::size_t i = 0; i < one.files.size(); ++i) host.file(names[i], one.files[i]);
    CAPTURE(one.files);
    CHECK(value(host, Applier::systemd, path) == one.systemd);
    CHECK(value(host, Applier::procps, path) == one.procps);
  }
}

}  // namespace

TEST_CASE("the last assignment wins, and every line has its part") {
  const MemoryHost host{{kA, "net.x.a.v = 1\n# no\nnet.x.a.v = 2\n"}, {kB, "-net/x/a/v=3\n"}, {kC, "net.x.b.v = 4\n"}};
  const std::string wanted = "3 | 10:1 overridden by 10-a.conf:3, 10:3 overridden by 20-b.conf:1, 20:1 effective!";
  CHECK(ask(host, Applier::systemd) == wanted);
  CHECK(ask(host, Applier::procps) ==
        "3 | 10:1 overridden by 20-b.conf:1, 10:3 overridden by 20-b.conf:1, 20:1 effective!");
  CHECK(ask(host, Applier::systemd, "net/x/c/v") == "none");
}

TEST_CASE("a line that names the key beats every glob") {
  const MemoryHost host{{kA, "net.x.a.v = 1\n"}, {kB, "net.x.*.v = 2\n"}};
  for (const Applier applier : kAppliers) {
    CHECK(ask(host, applier) == "1 | 10:1 effective!, 20:1 glob by 10-a.conf:1");
    CHECK(ask(host, applier, "net/x/b/v") == "2 | 20:1 glob!");
  }
}

TEST_CASE("an exclusion keeps globs away") {
  const MemoryHost host{{kA, "net.x.*.v = 2\n"}, {kB, "-net.x.a.v\n"}};
  for (const Applier applier : kAppliers)
    CHECK(ask(host, applier) == "none | 10:1 glob by 20-b.conf:1, 20:1 excluded!");
}

TEST_CASE("of globs the last one wins, by each one's own order") {
  check({
      {{"net.x.*.v=1\nnet.*.a.v=2\n"}, "2", "2"},
      {{"net.x.*.v=1\nnet.*.a.v=2\nnet.x.*.v=1\n"}, "2", "1"},  // said again: it keeps its place
      {{"net.x.*.v=1\nnet.*.a.v=2\nnet.x.*.v=3\n"}, "3", "3"},
      {{"net.x.*.v=1\n", "-net.x.*.v\n"}, "none", "1"},
      {{"-net.x.*.v\n", "net.x.*.v=1\n"}, "1", "1"},
      {{"net.x.{a,b}.?=1\n"}, "1", "none"},
      {{"net.x.a.?=1\n", "-net.x.*.v\n"}, "1", "1"},  // a glob keeps no glob away
  });
}

TEST_CASE("assignments and exclusions of the same key") {
  check({
      {{"net.x.a.v=1\n-net.x.a.v\n"}, "none", "1"},
      {{"-net.x.a.v\nnet.x.a.v=1\n"}, "1", "1"},
      {{"net.x.a.v=1\n-net.x.a.v\nnet.x.a.v=2\n"}, "2", "2"},
      {{"net.x.*.v=3\nnet.x.a.v=1\n-net.x.a.v\n"}, "none", "1"},
      {{"net.x.a.v=1\nnet.x.a.v=2\nnet.x.a.v=1\n"}, "1", "1"},
      {{"net.x.a.v=1\nnet.x.a.v=\n"}, "", ""},
  });
}

TEST_CASE("names written otherwise") {
  check({
      {{"net//x/a/v=1\n"}, "1", "1"},
      {{"net/x/../x/a/v=1\n"}, "none", "1"},
      {{"net.x.*.v=1\n-net//x/a/v\n"}, "none", "1"},  // procps compares texts
      {{"net//x/a/v=2\nnet.x.*.v=1\n"}, "2", "1"},
      {{"net//x/a/v=2\nnet//x/*/v=1\n"}, "2", "2"},  // the glob finds net//x/a/v
      {{"net/x/a/v=2\n/net/x/*/v=1\n"}, "2", "1"},
      {{"net/x/a/v=2\nnet//x/a/v=3\nnet/x/a/v=2\n"}, "2", "2"},
      {{"net/x/a/v/=1\n"}, "1", "none"},
      {{"net/x/*/v/=1\n"}, "1", "1"},  // for glob(3) that is no folder's name
      {{"net/x/a/v=2\nnet/x/*/v//=1\n"}, "2", "2"},
      {{"net/x/a/v*/=1\n"}, "1", "none"},
      {{"net/x/*/v/.=1\n"}, "1", "none"},
      {{"net/y/../x/a/v=2\nnet/y/../x/*/v=1\n"}, "none", "2"},  // the glob finds net/y/../x/a/v
      {{"net/x/a/v=2\nnet/y/../x/*/v=1\n"}, "2", "1"},
      {{"net/y/../x/a/v=2\nnet/*/../x/a/v=1\n"}, "none", "1"},  // it finds every folder's
      {{"- net.x.a.v=2\n"}, "2", "none"},
      {{"--net.x.a.v=2\n"}, "none", "2"},
  });
  check({{{"net.x.a/1.v=1\n"}, "1", "1"}, {{"net.x.*.v=2\n"}, "2", "2"}}, "net/x/a.1/v");
}

TEST_CASE("a line said again is the one that counts") {
  const MemoryHost host{{kA, "net.x.a.v=1\n"}, {kB, "net.x.a.v=1\n"}};
  for (const Applier applier : kAppliers)
    CHECK(ask(host, applier) == "1 | 10:1 overridden by 20-b.conf:1, 20:1 effective!");
}

TEST_CASE("all keys that are written, and all lines that are none") {
  const MemoryHost host{{kA, "net.x.a.v=1\nnet.x.*.v=1\nnonsense\n-net.q\nb/../c=1\n"}, {kB, "kernel.panic=1\n"}};
  const SysctlFiles files = resolve(host);
  CHECK(keys(files, Applier::systemd) == std::vector<std::string>{"kernel/panic", "net/x/a/v"});
  CHECK(keys(files, Applier::procps) == std::vector<std::string>{"c", "kernel/panic", "net/x/a/v"});
  const auto systemd = malformed(files, Applier::systemd);
  REQUIRE(systemd.size() == 2);
  CHECK(systemd[0].file == kA);
  CHECK(systemd[0].number == 3);
  CHECK(systemd[1].text == "b/../c=1");
  CHECK(malformed(files, Applier::procps).size() == 1);
}
