// SPDX-License-Identifier: Apache-2.0
//
// Drafts of what only a restart brings: the command line, and daemon.json.
#include <doctest/doctest.h>

#include "tests/support/drafting.h"
#include "tests/support/sample.h"

using namespace harden;
using test::change_of;
using test::Drafting;
using test::joined;
using test::MemoryHost;
using test::own_lines;
using test::Texts;

namespace {

constexpr const char* kDropIn = "/etc/default/grub.d/99-zz-hardend.cfg";
constexpr const char* kDaemon = "/etc/docker/daemon.json";
constexpr const char* kReboot = "reboot: the kernel reads its command line only then";

Facts booted_with(std::vector<Map::Entry> parameters) {
  return facts_with({{"cmdline.params", Map(std::move(parameters))}});
}

Draft boots(const MemoryHost& host, const std::vector<std::string>& words, const Facts& facts,
            bool runtime_only = false) {
  Drafting drafting(RemedyKind::cmdline);
  drafting.wanted_by("p").cmdline = words;
  return drafting.on(host, facts, runtime_only);
}

Draft merges(const MemoryHost& host, const std::map<std::string, std::string>& options, bool runtime_only = false) {
  Drafting drafting(RemedyKind::docker);
  drafting.wanted_by("p").docker = options;
  return drafting.on(host, {}, runtime_only);
}

MemoryHost daemon(const std::string& text) { return MemoryHost{{kDaemon, text}}; }

std::string merged(const std::string& text, const std::map<std::string, std::string>& options) {
  const Draft draft = merges(daemon(text), options);
  CHECK(draft.conflicts.empty());
  return draft.changes.empty() ? "unchanged" : draft.changes.at(0).change.after.value_or("");
}

}  // namespace

TEST_CASE("cmdline: a drop-in where grub-mkconfig reads them") {
  MemoryHost host;
  host.folder("/etc/default/grub.d");
  const Draft draft = boots(host, {"ipv6.disable=1", "cgroup.memory=nokmem"}, booted_with({}));
  REQUIRE(draft.changes.size() == 1);
  CHECK_FALSE(draft.changes[0].change.before);
  CHECK(joined(own_lines(*change_of(draft, kDropIn).change.after)) ==
        "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX ipv6.disable=1\"\n"
        "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX cgroup.memory=nokmem\"\n");
  CHECK(draft.by_hand == Texts{"run update-grub, which puts the drop-in into the boot menu", kReboot});
  // Written and not booted with yet: only the boot is left.
  host.file(kDropIn, *draft.changes[0].change.after);
  const Draft again = boots(host, {"ipv6.disable=1"}, booted_with({}));
  CHECK(again.changes.empty());
  CHECK(again.by_hand.size() == 2);
}

TEST_CASE("cmdline: a word for a person where there are no drop-ins") {
  struct Row {
    const char* there;
    const char* said;
  };
  const Row rows[] = {
      {"/boot/loader/entries", "run grubby --update-kernel=ALL --args=\"ipv6.disable=1\""},
      {"/usr/sbin/grubby", "run grubby --update-kernel=ALL --args=\"ipv6.disable=1\""},
      {"/etc/default/grub.d-not", "add ipv6.disable=1 to the kernel command line in the boot loader's configuration"},
  };
  for (const Row& row : rows) {
    MemoryHost host;
    host.folder(row.there);
    const Draft draft = boots(host, {"ipv6.disable=1"}, booted_with({}));
    CHECK(draft.changes.empty());
    CHECK(joined(draft.by_hand) == joined({row.said, kReboot}));
  }
}

TEST_CASE("cmdline: what the kernel was booted with is not asked for again") {
  MemoryHost host;
  host.folder("/etc/default/grub.d");
  const Facts facts = booted_with({{"ipv6.disable", "1"}, {"cgroup.memory", "nosocket"}});
  const Draft none = boots(host, {"ipv6.disable=1"}, facts);
  CHECK(none.changes.empty());
  CHECK(none.by_hand.empty());
  const Draft one = boots(host, {"ipv6.disable=1", "cgroup.memory=nokmem"}, facts);
  CHECK(joined(own_lines(*change_of(one, kDropIn).change.after)) ==
        "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX cgroup.memory=nokmem\"\n");
  // What cannot be read may be missing.
  const Draft unknown = boots(host, {"ipv6.disable=1"}, facts_with({{"cmdline.params", unreadable("cmdline.params")}}));
  CHECK(unknown.changes.size() == 1);
}

TEST_CASE("cmdline: refused where nothing may survive a boot, and behind a link") {
  MemoryHost host;
  host.folder("/etc/default/grub.d");
  const Draft draft = boots(host, {"ipv6.disable=1"}, booted_with({}), true);
  CHECK(draft.changes.empty());
  CHECK(draft.conflicts == Texts{"the kernel's command line cannot be changed while it runs (--runtime-only): "
                                 "ipv6.disable=1"});
  host.link(kDropIn, "/etc/default/grub");
  CHECK(boots(host, {"ipv6.disable=1"}, booted_with({})).conflicts.size() == 1);
}

TEST_CASE("cmdline: two values of one parameter are a conflict, two of a list are none") {
  struct Row {
    const char* one;
    const char* other;
    bool conflict;
  };
  const Row rows[] = {
      {"ipv6.disable=1", "ipv6.disable=0", true},
      {"ipv6.disable=1", "ipv6.disable=1", false},
      {"ipv6.disable=1", "ipv6.disable", true},
      {"init-on-alloc=1", "init_on_alloc=0", true},
      {"ipv6.disable=1", "ipv6.disable_ipv6=0", false},
      {"cgroup.memory=nokmem", "cgroup.memory=nosocket", false},
      {"cgroup_disable=memory", "cgroup_disable=pressure", false},
  };
  MemoryHost host;
  host.folder("/etc/default/grub.d");
  for (const Row& row : rows) {
    CAPTURE(std::string(row.one) + " " + row.other);
    Drafting drafting(RemedyKind::cmdline);
    drafting.wanted_by("one").cmdline = {row.one};
    drafting.wanted_by("other").cmdline = {row.other};
    const Draft draft = drafting.on(host, booted_with({}));
    REQUIRE(draft.conflicts.size() == (row.conflict ? 1 : 0));
    // Also where one of them is in force already.
    const Draft in_force = drafting.on(host, booted_with({{"ipv6.disable", "1"}, {"init_on_alloc", "0"}}));
    CHECK(in_force.conflicts.size() == (row.conflict ? 1 : 0));
    if (!row.conflict) continue;
    CHECK(draft.conflicts[0] ==
          std::string("other wants ") + row.other + " on the kernel command line, and one wants " + row.one);
  }
}

TEST_CASE("cmdline: an earlier transaction's word is not overruled behind its back") {
  MemoryHost host;
  host.file(kDropIn, "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX ipv6.disable=0\"\n");
  const Draft draft = boots(host, {"ipv6.disable=1"}, booted_with({}));
  CHECK(draft.conflicts == Texts{"ipv6.disable=1 is wanted on the kernel command line, and an earlier transaction put "
                                 "ipv6.disable=0 into /etc/default/grub.d/99-zz-hardend.cfg: undo that one first"});
  CHECK(boots(host, {"quiet"}, booted_with({})).conflicts.empty());
}

TEST_CASE("docker: a restart is named only where it brings something") {
  const auto engines = [](Value live_restore) {
    return facts_with(
        {{"docker.engines", List{Map({{"engine", "docker"}, {"live_restore", std::move(live_restore)}})}}});
  };
  struct Row {
    const char* text;
    Value runs_with;
    const char* said;
  };
  const Row rows[] = {
      {"{}", true, "restart docker (systemctl"},
      {"{}", false, "restart docker (systemctl"},
      {"{ \"live-restore\": true }", false, "restart docker (systemctl"},
      {"{ \"live-restore\": true }", true, ""},
      {"{ \"live-restore\": true }", unreadable("docker.engines"), "restart docker if it has not been since"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.text));
    Drafting drafting(RemedyKind::docker);
    drafting.wanted_by("p").docker = {{"live-restore", "true"}};
    const Draft draft = drafting.on(daemon(row.text), engines(row.runs_with));
    CHECK(draft.by_hand.empty() == std::string(row.said).empty());
    if (!draft.by_hand.empty()) CHECK(draft.by_hand[0].starts_with(row.said));
  }
}

TEST_CASE("docker: what daemon.json says of other things stays, and in its order") {
  CHECK(merged("{\"zeta\": [1, 2.5], \"userland-proxy\": true, \"alpha\": {\"b\": null}}",
               {{"userland-proxy", "false"}, {"live-restore", "true"}}) ==
        "{\n  \"zeta\": [1, 2.5E0],\n  \"userland-proxy\": false,\n  \"alpha\": { \"b\": null },\n"
        "  \"live-restore\": true\n}\n");
  CHECK(merged("{ \"a\": 1 }", {{"a", "1"}}) == "unchanged");
  CHECK(merged("", {{"a", "1"}}) == "{ \"a\": 1 }\n");
  CHECK(merged(" \n", {{"a", "1"}}) == "{ \"a\": 1 }\n");
}

TEST_CASE("docker: of a group of options only those that are named change") {
  CHECK(merged("{\"log-opts\": {\"labels\": \"x\", \"max-size\": \"1g\"}}", {{"log-opts", R"({"max-size":"10m"})"}}) ==
        "{\n  \"log-opts\": { \"labels\": \"x\", \"max-size\": \"10m\" }\n}\n");
  CHECK(merged("{\"log-opts\": null}", {{"log-opts", R"({"max-size":"10m"})"}}) ==
        "{\n  \"log-opts\": { \"max-size\": \"10m\" }\n}\n");
}

TEST_CASE("docker: a file is made where there is none") {
  const Draft draft = merges(MemoryHost(), {{"live-restore", "true"}});
  REQUIRE(draft.changes.size() == 1);
  CHECK_FALSE(draft.changes[0].change.before);
  CHECK(draft.changes[0].change.after == "{ \"live-restore\": true }\n");
  CHECK(draft.by_hand ==
        Texts{"restart docker (systemctl restart docker), which reads /etc/docker/daemon.json only when it starts"});
}

TEST_CASE("docker: a file that is no JSON object is left alone") {
  for (const char* text : {"{", "[]", "null", "{\"a\": 1,}", "{\"a\": 1} x", "// comment\n{}", "\"text\""}) {
    CAPTURE(std::string(text));
    const Draft draft = merges(daemon(text), {{"a", "1"}});
    CHECK(draft.changes.empty());
    REQUIRE(draft.conflicts.size() == 1);
    CHECK(draft.conflicts[0].find("is not ") != std::string::npos);
  }
  MemoryHost linked;
  linked.link(kDaemon, "/srv/daemon.json");
  CHECK(merges(linked, {{"a", "1"}}).conflicts.size() == 1);
  CHECK(merges(daemon("{}"), {{"a", "1"}}, true).conflicts.size() == 1);
}

TEST_CASE("docker: two policies agree on a value, or that is a conflict") {
  Drafting drafting(RemedyKind::docker);
  drafting.wanted_by("one").docker = {{"a", "1"}, {"log-opts", R"({"x":"1"})"}};
  drafting.wanted_by("other").docker = {{"a", "1"}, {"b", "2"}, {"log-opts", R"({"y":"2"})"}};
  const Draft agreed = drafting.on(daemon("{}"));
  CHECK(agreed.conflicts.empty());
  CHECK(agreed.changes.at(0).policies == Texts{"one", "other"});
  CHECK(agreed.changes.at(0).change.after ==
        "{\n  \"a\": 1,\n  \"log-opts\": { \"x\": \"1\", \"y\": \"2\" },\n  \"b\": 2\n}\n");
  drafting.wanted_by("third").docker = {{"a", "true"}};
  CHECK(drafting.on(daemon("{}")).conflicts == Texts{"third and other want different values of a"});
  drafting.wanted_by("fourth").docker = {{"log-opts", R"({"x":"3"})"}};
  CHECK(drafting.on(daemon("{}")).conflicts.size() == 2);
}
