// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/drafting.h"

using namespace harden;
using test::change_of;
using test::Drafting;
using test::MemoryHost;
using test::own_lines;
using test::steps_of;
using test::Texts;
using Compare = SysctlWant::Compare;

namespace {

constexpr const char* kOwn = "/etc/sysctl.d/99-zz-hardend.conf";

// A machine that systemd-sysctl applies the files of.
MemoryHost machine(std::initializer_list<std::pair<std::string, std::string>> values) {
  MemoryHost host;
  host.file("/usr/lib/systemd/systemd-sysctl", "").link("/sbin/init", "/lib/systemd/systemd");
  host.folder("/etc/sysctl.d").folder("/proc/sys");
  for (const auto& [path, value] : values) host.file("/proc/sys/" + path, value + "\n");
  return host;
}

Draft drafted(const MemoryHost& host, std::vector<SysctlWant> wants, bool runtime_only = false) {
  Drafting drafting(RemedyKind::sysctl);
  drafting.wanted_by("p").sysctls = std::move(wants);
  return drafting.on(host, {}, runtime_only);
}

Texts lines_of(const Draft& draft) { return own_lines(change_of(draft, kOwn).change.after.value_or("")); }

}  // namespace

TEST_CASE("a value that is already as strict as wanted is kept, and made to last") {
  struct Row {
    Compare compare;
    const char* wanted;
    const char* now;
    const char* then;
  };
  const Row rows[] = {
      {Compare::equal, "0", "1", "0"},
      {Compare::equal, "0", "0", "0"},
      {Compare::equal, "4096  8192", "1\t2", "4096 8192"},
      {Compare::equal, "4096 8192", "4096\t8192", "4096 8192"},
      {Compare::at_least, "2", "1", "2"},
      {Compare::at_least, "2", "2", "2"},
      {Compare::at_least, "2", "7", "7"},
      {Compare::at_least, "2", "-1", "2"},
      {Compare::at_most, "10", "20", "10"},
      {Compare::at_most, "10", "3", "3"},
      {Compare::at_most, "10", "-5", "-5"},
      {Compare::bits_set, "4", "1", "5"},
      {Compare::bits_set, "4", "7", "7"},
      {Compare::bits_set, "0", "3", "3"},
      {Compare::bits_clear, "4", "7", "3"},
      {Compare::bits_clear, "4", "3", "3"},
      {Compare::bits_clear, "6", "0", "0"},
      {Compare::at_least, "9223372036854775807", "0", "9223372036854775807"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.wanted));
    CAPTURE(std::string(row.now));
    const Draft draft = drafted(machine({{"kernel/knob", row.now}}), {{"kernel.knob", row.wanted, row.compare}});
    CHECK(draft.conflicts.empty());
    CHECK(lines_of(draft) == Texts{std::string("kernel.knob = ") + row.then});
    const bool same = same_content(Layer::runtime, std::string(row.now), std::string(row.then));
    REQUIRE(draft.changes.size() == (same ? 1 : 2));
    if (same) continue;
    CHECK(draft.changes[0].change == Change{Layer::runtime, "/proc/sys/kernel/knob", "kernel.knob",
                                            std::string(row.now == std::string("1\t2") ? "1 2" : row.now), row.then});
    CHECK(draft.changes[1].change.path == kOwn);
  }
}

TEST_CASE("a bound on what is no number, and a key that cannot be read or is not there, are conflicts") {
  auto host = machine({{"kernel/knob", "bbr"}, {"kernel/denied", "1"}});
  host.error("/proc/sys/kernel/denied", Errc::denied);
  const Draft draft = drafted(host, {{"kernel.knob", "2", Compare::at_least},
                                     {"kernel.denied", "0", Compare::equal},
                                     {"kernel.nothing", "0", Compare::equal}});
  REQUIRE(draft.conflicts.size() == 3);
  CHECK(draft.conflicts[0] == "kernel.knob holds \"bbr\", which is no number for p to set a bound on");
  CHECK(draft.conflicts[1].starts_with("kernel.denied cannot be read: "));
  CHECK(draft.conflicts[2] == "kernel.nothing does not exist on this host");
}

TEST_CASE("keys are written in the order of the policy, and the file last") {
  const Draft draft = drafted(machine({{"net/ipv4/ipfrag_high_thresh", "400"}, {"net/ipv4/ipfrag_low_thresh", "300"}}),
                              {{"net.ipv4.ipfrag_low_thresh", "196", Compare::at_most},
                               {"net.ipv4.ipfrag_high_thresh", "262", Compare::at_most}});
  REQUIRE(draft.changes.size() == 3);
  CHECK(draft.changes[0].change.what == "net.ipv4.ipfrag_low_thresh");
  CHECK(draft.changes[1].change.what == "net.ipv4.ipfrag_high_thresh");
  CHECK(draft.changes[2].change.layer == Layer::file);
}

TEST_CASE("a star stands for every interface: all first, then default; and for those to come") {
  const auto host = machine({{"net/ipv4/conf/all/rp_filter", "0"},
                             {"net/ipv4/conf/default/rp_filter", "0"},
                             {"net/ipv4/conf/a0/rp_filter", "0"},
                             {"net/ipv4/conf/eth0.100/rp_filter", "2"},
                             {"net/ipv4/conf/lo/other", "0"}});
  const Draft draft = drafted(host, {{"net.ipv4.conf.*.rp_filter", "1", Compare::at_least}});
  CHECK(draft.conflicts.empty());
  const std::string folder = "/proc/sys/net/ipv4/conf/";
  Texts steps = steps_of(draft);
  REQUIRE(steps.size() >= 4);
  CHECK(steps[0] == folder + "all/rp_filter: 0 -> 1");
  CHECK(steps[1] == folder + "default/rp_filter: 0 -> 1");
  CHECK(change_of(draft, folder + "a0/rp_filter").change.after == "1");
  // Stricter already; it is only watched, because `default` may take it along.
  CHECK(change_of(draft, folder + "eth0.100/rp_filter").change.after == "2");
  CHECK(change_of(draft, folder + "eth0.100/rp_filter").change.what == "net.ipv4.conf.eth0/100.rp_filter");
  // What names a key beats a star, so that these two are named as well.
  CHECK(lines_of(draft) == Texts{"net.ipv4.conf.*.rp_filter = 1", "net.ipv4.conf.all.rp_filter = 1",
                                 "net.ipv4.conf.default.rp_filter = 1"});
}

TEST_CASE("a star that matches nothing changes nothing") {
  CHECK(drafted(machine({}), {{"net.ipv4.conf.*.rp_filter", "1", Compare::equal}}).changes.empty());
}

TEST_CASE("a key of a module that is not loaded is pending: in the file, and not set now") {
  const Draft draft = drafted(machine({}), {{"net.bridge.bridge-nf-call-iptables", "1", Compare::equal}});
  CHECK(draft.conflicts.empty());
  REQUIRE(draft.pending.size() == 1);
  CHECK(draft.pending[0].key == "net.bridge.bridge-nf-call-iptables");
  CHECK(draft.pending[0].module == "br_netfilter");
  CHECK(draft.changes.size() == 1);
  CHECK(lines_of(draft) == Texts{"net.bridge.bridge-nf-call-iptables = 1"});
}

TEST_CASE("of a pending key bounds are written as they are, and bits cannot be known") {
  const char* key = "net.netfilter.nf_conntrack_max";
  CHECK(lines_of(drafted(machine({}), {{key, "65536", Compare::at_least}})) == Texts{std::string(key) + " = 65536"});
  for (const Compare compare : {Compare::bits_set, Compare::bits_clear}) {
    const Draft draft = drafted(machine({}), {{key, "4", compare}});
    CHECK(draft.changes.empty());
    REQUIRE(draft.conflicts.size() == 1);
    CHECK(draft.conflicts[0].find("cannot be told until it is there") != std::string::npos);
  }
}

TEST_CASE("two policies that want one key get what satisfies both, or a conflict") {
  struct Row {
    SysctlWant one;
    SysctlWant other;
    const char* then;  // nullptr: a conflict
  };
  const Row rows[] = {
      {{"kernel.knob", "2", Compare::at_least}, {"kernel.knob", "5", Compare::at_least}, "5"},
      {{"kernel.knob", "5", Compare::at_least}, {"kernel.knob", "2", Compare::at_least}, "5"},
      {{"kernel.knob", "2", Compare::at_least}, {"kernel.knob", "8", Compare::at_most}, "2"},
      {{"kernel.knob", "4", Compare::equal}, {"kernel.knob", "2", Compare::at_least}, "4"},
      {{"kernel.knob", "2", Compare::at_least}, {"kernel.knob", "4", Compare::equal}, "4"},
      {{"kernel.knob", "4", Compare::bits_set}, {"kernel.knob", "1", Compare::bits_clear}, "4"},
      {{"kernel.knob", "4", Compare::equal}, {"kernel.knob", "4", Compare::equal}, "4"},
      {{"kernel.knob", "4", Compare::equal}, {"kernel.knob", "5", Compare::equal}, nullptr},
      {{"kernel.knob", "9", Compare::at_least}, {"kernel.knob", "8", Compare::at_most}, nullptr},
      {{"kernel.knob", "1", Compare::equal}, {"kernel.knob", "2", Compare::at_least}, nullptr},
      {{"kernel.knob", "4", Compare::bits_set}, {"kernel.knob", "4", Compare::bits_clear}, nullptr},
  };
  for (const Row& row : rows) {
    CAPTURE(row.one.value);
    CAPTURE(row.other.value);
    Drafting drafting(RemedyKind::sysctl);
    drafting.wanted_by("first").sysctls = {row.one};
    drafting.wanted_by("second").sysctls = {row.other};
    const Draft draft = drafting.on(machine({{"kernel/knob", "0"}}));
    if (row.then == nullptr) {
      REQUIRE(draft.conflicts.size() == 1);
      CHECK(draft.conflicts[0].starts_with("first wants kernel.knob "));
      CHECK(draft.conflicts[0].find("and second wants it ") != std::string::npos);
      CHECK(draft.changes.empty());
      continue;
    }
    CHECK(draft.conflicts.empty());
    REQUIRE(draft.changes.size() == 2);
    CHECK(draft.changes[0].change.after == row.then);
    CHECK(draft.changes[0].policies == Texts{"first", "second"});
    CHECK(lines_of(draft) == Texts{std::string("kernel.knob = ") + row.then});
  }
}

TEST_CASE("two policies that disagree over a pending key are told so") {
  Drafting drafting(RemedyKind::sysctl);
  const char* key = "net.bridge.bridge-nf-call-iptables";
  drafting.wanted_by("first").sysctls = {{key, "1", Compare::equal}};
  drafting.wanted_by("second").sysctls = {{key, "0", Compare::equal}};
  CHECK(drafting.on(machine({})).conflicts.size() == 1);
}

TEST_CASE("a key is one key however a policy spells it") {
  Drafting drafting(RemedyKind::sysctl);
  drafting.wanted_by("first").sysctls = {{"net.ipv4.conf.eth0/1.rp_filter", "1", Compare::equal}};
  drafting.wanted_by("second").sysctls = {{"net.ipv4.conf.*.rp_filter", "2", Compare::at_least}};
  const Draft draft = drafting.on(machine({{"net/ipv4/conf/eth0.1/rp_filter", "0"}}));
  // One wants exactly 1, the other at least 2 of the same file.
  CHECK(draft.conflicts.size() == 1);
}

TEST_CASE("our file keeps the lines of other keys, and has one line for each") {
  auto host = machine({{"kernel/knob", "1"}});
  host.file(kOwn, "# a head\n; a comment\n\nkernel.panic = 10\nkernel.knob=7\n");
  const Draft draft = drafted(host, {{"kernel.knob", "0", Compare::equal}});
  CHECK(lines_of(draft) == Texts{"kernel.panic = 10", "kernel.knob = 0"});
  const PlannedChange& file = change_of(draft, kOwn);
  CHECK(file.change.before == "# a head\n; a comment\n\nkernel.panic = 10\nkernel.knob=7\n");
  host.file(kOwn, *file.change.after).file("/proc/sys/kernel/knob", "0\n");
  CHECK(drafted(host, {{"kernel.knob", "0", Compare::equal}}).changes.empty());
}

TEST_CASE("a link in the place of our file is refused, whatever it leads to") {
  for (const char* target : {"/etc/passwd", "/nowhere", "/dev/null"}) {
    auto host = machine({{"kernel/knob", "1"}});
    host.link(kOwn, target);
    const Draft draft = drafted(host, {{"kernel.knob", "0", Compare::equal}});
    REQUIRE(draft.conflicts.size() == 1);
    CHECK(draft.conflicts[0].find("is a link to " + std::string(target)) != std::string::npos);
    // What does not survive a boot needs no file.
    CHECK(drafted(host, {{"kernel.knob", "0", Compare::equal}}, true).conflicts.empty());
  }
}

TEST_CASE("our file that cannot be read is a conflict") {
  auto host = machine({{"kernel/knob", "1"}});
  host.error(kOwn, Errc::denied);
  CHECK(drafted(host, {{"kernel.knob", "0", Compare::equal}}).conflicts.size() == 1);
}

TEST_CASE("runtime_only leaves the file out") {
  const Draft draft = drafted(machine({{"kernel/knob", "1"}}), {{"kernel.knob", "0", Compare::equal}}, true);
  CHECK(steps_of(draft) == Texts{"/proc/sys/kernel/knob: 1 -> 0"});
}

TEST_CASE("a key that can only be read is a conflict, unless it holds what is wanted") {
  MemoryHost host = machine({{"kernel/knob", "1"}, {"kernel/other", "0"}});
  host.read_only("/proc/sys/kernel/knob");
  CHECK(drafted(host, {{"kernel.knob", "0"}}).conflicts == Texts{"kernel.knob cannot be written: it can only be read"});
  CHECK(drafted(host, {{"kernel.knob", "1"}}).conflicts.empty());
  CHECK(drafted(host, {{"kernel.other", "1"}}).conflicts.empty());
}

TEST_CASE("a key that need not be there is left out where it is not, also of the file") {
  const SysctlWant here{"net.ipv4.knob", "1", Compare::equal};
  const SysctlWant maybe{"net.ipv6.knob", "1", Compare::equal, true};
  MemoryHost host = machine({{"net/ipv4/knob", "0"}});
  const Draft without = drafted(host, {here, maybe});
  CHECK(without.conflicts.empty());
  CHECK(without.pending.empty());
  CHECK(lines_of(without) == Texts{"net.ipv4.knob = 1"});
  host.file("/proc/sys/net/ipv6/knob", "0\n");
  CHECK(lines_of(drafted(host, {here, maybe})) == Texts{"net.ipv4.knob = 1", "net.ipv6.knob = 1"});
  // Another remedy may not do without it.
  host.remove("/proc/sys/net/ipv6/knob");
  Drafting both(RemedyKind::sysctl);
  both.wanted_by("one").sysctls = {maybe};
  both.wanted_by("two").sysctls = {{"net.ipv6.knob", "1"}};
  CHECK(both.on(host).pending.size() == 1);
}

TEST_CASE("whoever has the last word at the next boot is warned of") {
  auto host = machine({{"kernel/knob", "1"}});
  const auto warnings = [&] { return drafted(host, {{"kernel.knob", "0", Compare::equal}}).warnings; };
  host.file("/etc/sysctl.d/50-site.conf", "kernel.knob = 1\n");
  CHECK(warnings().empty());  // ours sorts behind it
  host.file("/etc/sysctl.d/99-zzz.conf", "# ours too\nkernel.knob = 1\n");
  REQUIRE(warnings().size() == 1);
  CHECK(warnings()[0] ==
        "at the next boot systemd-sysctl lets /etc/sysctl.d/99-zzz.conf:2 have the last word: kernel.knob = 1; take "
        "that line out");
  host.file("/etc/sysctl.d/99-zzz.conf", "kernel.knob = 0\n");
  CHECK(warnings().empty());  // it says the same
}

TEST_CASE("a file of sysctl.d that cannot be read is not taken for one that says nothing") {
  auto host = machine({{"kernel/knob", "1"}});
  host.error("/etc/sysctl.d/50-secret.conf", Errc::denied);
  const Draft draft = drafted(host, {{"kernel.knob", "0", Compare::equal}});
  REQUIRE(draft.warnings.size() == 1);
  CHECK(draft.warnings[0].starts_with("another file may have the last word at the next boot: /etc/sysctl.d/50-secret"));
  CHECK(draft.changes.at(0).source ==
        "no file that could be read sets it: the kernel's own value, or set while running");
}

TEST_CASE("what the present value comes from is told") {
  auto host = machine({{"kernel/knob", "1"}});
  const auto source = [&] { return drafted(host, {{"kernel.knob", "0", Compare::equal}}).changes.at(0).source; };
  CHECK(source() == "no file sets it: the kernel's own value, or set while running");
  host.file("/etc/sysctl.d/50-site.conf", "\nkernel.knob = 1\n");
  CHECK(source() == "/etc/sysctl.d/50-site.conf:2");
  host.file("/etc/sysctl.d/50-site.conf", "kernel.knob = 5\n");
  CHECK(source() == "set while running; /etc/sysctl.d/50-site.conf:1 says 5");
}
