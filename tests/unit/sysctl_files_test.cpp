// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "agent/sysctl/resolver.h"
#include "tests/support/memory_host.h"

using namespace harden;
using namespace harden::sysctl;
using test::MemoryHost;

namespace {

constexpr const char* kKey = "net.x.v = ";

MemoryHost& set(MemoryHost& host, const std::string& path, const std::string& value) {
  return host.file(path, kKey + value + "\n");
}

std::string shown(const Answer& answer) {
  const Line* line = answer.winning();
  return line == nullptr ? "none" : line->value.value_or("?") + " " + line->file;
}

std::string winner(const Host& host, Applier applier, const std::optional<Overlay>& overlay = std::nullopt) {
  return shown(answer(resolve(host, overlay), applier, "net/x/v"));
}

Role role_of(const Host& host, Applier applier, std::string_view file) {
  for (const Line& line : answer(resolve(host), applier, "net/x/v").lines) {
    if (line.file == file) return line.role;
  }
  FAIL("no such line");
  return Role::effective;
}

}  // namespace

TEST_CASE("of one name the highest directory's file is read, then names decide") {
  MemoryHost host;
  set(host, "/usr/lib/sysctl.d/50-a.conf", "1");
  set(host, "/usr/local/lib/sysctl.d/50-a.conf", "2");
  set(host, "/run/sysctl.d/50-a.conf", "3");
  for (const Applier applier : kAppliers) CHECK(winner(host, applier) == "3 /run/sysctl.d/50-a.conf");
  set(host, "/etc/sysctl.d/50-a.conf", "4");
  for (const Applier applier : kAppliers) {
    CHECK(winner(host, applier) == "4 /etc/sysctl.d/50-a.conf");
    CHECK(role_of(host, applier, "/run/sysctl.d/50-a.conf") == Role::shadowed);
  }
  set(host, "/usr/lib/sysctl.d/50-b.conf", "5");
  set(host, "/etc/sysctl.d/50-B.conf", "6");
  set(host, "/etc/sysctl.d/99.conf.bak", "7");
  for (const Applier applier : kAppliers) CHECK(winner(host, applier) == "5 /usr/lib/sysctl.d/50-b.conf");
}

TEST_CASE("a link to /dev/null and an empty file mask, other files only shadow") {
  for (const Applier applier : kAppliers) {
    MemoryHost host;
    set(host, "/usr/lib/sysctl.d/50-a.conf", "1");
    host.link("/etc/sysctl.d/50-a.conf", "../../dev/null");
    CHECK(winner(host, applier) == "none");
    CHECK(role_of(host, applier, "/usr/lib/sysctl.d/50-a.conf") == Role::masked);
    host.remove("/etc/sysctl.d/50-a.conf").file("/etc/sysctl.d/50-a.conf", "");
    CHECK(role_of(host, applier, "/usr/lib/sysctl.d/50-a.conf") == Role::masked);
    host.file("/etc/sysctl.d/50-a.conf", "# nothing\n");
    CHECK(role_of(host, applier, "/usr/lib/sysctl.d/50-a.conf") == Role::shadowed);
    host.link("/etc/sysctl.d/50-a.conf", "nowhere");
    CHECK(role_of(host, applier, "/usr/lib/sysctl.d/50-a.conf") == Role::shadowed);
    CHECK(resolve(host).problems().empty());
    host.remove("/etc/sysctl.d/50-a.conf").folder("/etc/sysctl.d/50-a.conf");
    CHECK(role_of(host, applier, "/usr/lib/sysctl.d/50-a.conf") == Role::shadowed);
    CHECK(resolve(host).problems().empty());
  }
}

TEST_CASE("/etc/sysctl.conf is procps's, and systemd's through a link") {
  MemoryHost host;
  set(host, "/etc/sysctl.conf", "1");
  set(host, "/etc/sysctl.d/99-z.conf", "2");
  CHECK(winner(host, Applier::procps) == "1 /etc/sysctl.conf");
  CHECK(winner(host, Applier::systemd) == "2 /etc/sysctl.d/99-z.conf");
  CHECK(role_of(host, Applier::systemd, "/etc/sysctl.conf") == Role::not_read);
  host.link("/etc/sysctl.d/99-zz.conf", "../sysctl.conf");
  CHECK(winner(host, Applier::systemd) == "1 /etc/sysctl.d/99-zz.conf");
  const Answer said = answer(resolve(host), Applier::systemd, "net/x/v");
  CHECK(said.lines.back().file == "/etc/sysctl.conf");
  CHECK(said.lines.back().by == "/etc/sysctl.d/99-zz.conf");
}

TEST_CASE("the credential is systemd's, and last") {
  MemoryHost host;
  set(host, "/etc/sysctl.d/99-z.conf", "2");
  set(host, "/etc/credstore/sysctl.extra", "3");
  CHECK(winner(host, Applier::systemd) == "3 /etc/credstore/sysctl.extra");
  CHECK(winner(host, Applier::procps) == "2 /etc/sysctl.d/99-z.conf");
}

TEST_CASE("/lib counts where it is a folder of its own") {
  MemoryHost host;
  set(host, "/lib/sysctl.d/50-a.conf", "1");
  for (const Applier applier : kAppliers) CHECK(winner(host, applier) == "1 /lib/sysctl.d/50-a.conf");
  set(host, "/usr/lib/sysctl.d/50-a.conf", "2");
  for (const Applier applier : kAppliers) CHECK(winner(host, applier) == "2 /usr/lib/sysctl.d/50-a.conf");
  host.remove("/lib").link("/lib", "usr/lib");
  CHECK(resolve(host).files.size() == 1);
}

TEST_CASE("names that one of the two takes in its own way") {
  MemoryHost host;
  set(host, "/etc/sysctl.d/.hidden.conf", "1");
  CHECK(winner(host, Applier::procps) == "1 /etc/sysctl.d/.hidden.conf");
  CHECK(winner(host, Applier::systemd) == "none");
  CHECK(role_of(host, Applier::systemd, "/etc/sysctl.d/.hidden.conf") == Role::not_read);
  set(host, "/etc/sysctl.d/[a].conf", "2");
  for (const Applier applier : kAppliers) CHECK(winner(host, applier) == "2 /etc/sysctl.d/[a].conf");
  set(host, "/etc/sysctl.d/a.conf", "3");
  set(host, "/run/sysctl.d/b.conf", "4");
  set(host, "/run/sysctl.d/{b,c}.conf", "5");
  CHECK(winner(host, Applier::systemd) == "5 /run/sysctl.d/{b,c}.conf");
  CHECK(winner(host, Applier::procps) == "4 /run/sysctl.d/b.conf");
  CHECK(role_of(host, Applier::procps, "/etc/sysctl.d/[a].conf") == Role::not_read);
}

TEST_CASE("what cannot be read is said") {
  MemoryHost host;
  set(host, "/etc/sysctl.d/10-a.conf", "1");
  host.error("/etc/sysctl.d/20-b.conf", Errc::denied).error("/run/sysctl.d", Errc::denied);
  const SysctlFiles files = resolve(host);
  const auto problems = files.problems();
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].place == "/run/sysctl.d");
  CHECK(problems[1].place == "/etc/sysctl.d/20-b.conf");
  CHECK(problems[1].code == Errc::denied);
  CHECK(shown(answer(files, Applier::systemd, "net/x/v")) == "1 /etc/sysctl.d/10-a.conf");
}

TEST_CASE("too much is refused aloud") {
  MemoryHost large;
  large.file("/etc/sysctl.d/a.conf", std::string((1 << 20) + 1, '\n'));
  CHECK(resolve(large).problems().at(0).code == Errc::too_large);
  MemoryHost many;
  for (int i = 0; i < 2001; ++i) many.file("/etc/sysctl.d/" + std::to_string(i) + ".conf", "a=1\n");
  CHECK(resolve(many).files.size() == 2000);
  CHECK(resolve(many).problems().size() == 1);
  MemoryHost lines;
  std::string text;
  for (int i = 0; i < 21'000; ++i) text += "a=1\n";
  lines.file("/etc/sysctl.d/a.conf", text).file("/etc/sysctl.d/b.conf", "net.x.v=1\n");
  CHECK(resolve(lines).problems().at(0).place == "/etc/sysctl.d/a.conf");
}

TEST_CASE("links in a circle end") {
  MemoryHost host;
  host.link("/etc/sysctl.d/a.conf", "b.conf").link("/etc/sysctl.d/b.conf", "a.conf");
  CHECK(resolve(host).files.size() == 2);
  CHECK(resolve(host).problems().size() == 2);
}

TEST_CASE("an overlay stands for a file that is not there yet") {
  MemoryHost host;
  set(host, "/usr/lib/sysctl.d/50-a.conf", "1");
  set(host, "/etc/sysctl.d/60-b.conf", "2");
  set(host, "/etc/sysctl.conf", "3");
  host.link("/etc/sysctl.d/99-sysctl.conf", "../sysctl.conf");
  const auto with = [&](Applier applier, std::string path, std::optional<std::string> content) {
    return winner(host, applier, Overlay{std::move(path), std::move(content)});
  };
  const std::string zz = "/etc/sysctl.d/99-zz-hardend.conf";
  CHECK(with(Applier::systemd, zz, "net.x.v=9\n") == "9 " + zz);
  CHECK(with(Applier::procps, zz, "net.x.v=9\n") == "3 /etc/sysctl.conf");
  CHECK(with(Applier::systemd, "/etc/sysctl.conf", "net.x.v=8\n") == "8 /etc/sysctl.d/99-sysctl.conf");
  CHECK(with(Applier::procps, "/etc/sysctl.conf", "net.x.v=8\n") == "8 /etc/sysctl.conf");
  CHECK(with(Applier::systemd, "/etc/sysctl.conf", std::nullopt) == "2 /etc/sysctl.d/60-b.conf");
  CHECK(with(Applier::systemd, "/etc/sysctl.d/99-sysctl.conf", std::nullopt) == "2 /etc/sysctl.d/60-b.conf");
  CHECK(with(Applier::systemd, "/etc/sysctl.d/99-sysctl.conf", "") == "2 /etc/sysctl.d/60-b.conf");
  CHECK(with(Applier::procps, "/run/sysctl.d/60-b.conf", "net.x.v=7\n") == "3 /etc/sysctl.conf");
  CHECK(with(Applier::systemd, "/somewhere/else.conf", "net.x.v=7\n") == "3 /etc/sysctl.d/99-sysctl.conf");
  CHECK(winner(MemoryHost(), Applier::systemd, Overlay{zz, "net.x.v=9"}) == "9 " + zz);
}
