// SPDX-License-Identifier: Apache-2.0
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

constexpr const char* kOwn = "/etc/modprobe.d/hardend.conf";

const MemoryHost kEmpty;
const Value kLoaded = module_state(true, false, true, false);
const Value kNotLoaded = module_state(false, false, true, false);

Facts modules(std::vector<Map::Entry> entries) { return facts_with({{"module", Map(std::move(entries))}}); }

Draft drafted(const MemoryHost& host, const std::vector<std::string>& names, const Facts& facts,
              bool runtime_only = false) {
  Drafting drafting(RemedyKind::module);
  drafting.wanted_by("p").modules = names;
  return drafting.on(host, facts, runtime_only);
}

std::string lines_of(const Draft& draft) { return joined(own_lines(change_of(draft, kOwn).change.after.value_or(""))); }

}  // namespace

TEST_CASE("a module is kept out by two lines, and taken out where it is loaded") {
  const Draft draft = drafted(kEmpty, {"sctp", "tipc"}, modules({{"sctp", kLoaded}, {"tipc", kNotLoaded}}));
  CHECK(draft.conflicts.empty());
  REQUIRE(draft.changes.size() == 2);
  CHECK(draft.changes[0].change.path == kOwn);  // first, or it could be loaded again in between
  CHECK_FALSE(draft.changes[0].change.before);
  CHECK(lines_of(draft) == "blacklist sctp\ninstall sctp /bin/false\nblacklist tipc\ninstall tipc /bin/false\n");
  CHECK(draft.changes[1].change ==
        Change{Layer::module, "/sys/module/sctp", "module sctp", kModuleLoaded, std::nullopt});
  CHECK(draft.changes[1].policies == Texts{"p"});
}

TEST_CASE("a module of which it cannot be told that it is loaded is not taken out") {
  const Facts facts[] = {modules({{"sctp", unreadable("module")}}), modules({}),
                         facts_with({{"module", unreadable("module")}}), facts_with({})};
  for (const Facts& one : facts) CHECK(drafted(kEmpty, {"sctp"}, one).changes.size() == 1);
}

TEST_CASE("the lines of several policies stand in one file, each once; others stay") {
  MemoryHost host;
  host.file(kOwn, "# old head\nblacklist rds\ninstall rds /bin/false\nblacklist sctp\n");
  Drafting drafting(RemedyKind::module);
  drafting.wanted_by("one").modules = {"sctp", "esp4"};
  drafting.wanted_by("other").modules = {"esp4"};
  const Facts facts = modules({{"esp4", kLoaded}, {"sctp", kNotLoaded}});
  const Draft draft = drafting.on(host, facts);
  CHECK(lines_of(draft) ==
        "blacklist rds\ninstall rds /bin/false\nblacklist sctp\ninstall sctp /bin/false\nblacklist esp4\n"
        "install esp4 /bin/false\n");
  CHECK(change_of(draft, kOwn).policies == Texts{"one", "other"});
  CHECK(draft.changes.size() == 2);  // unloaded once
  CHECK(change_of(draft, "/sys/module/esp4").policies == Texts{"one", "other"});
  host.file(kOwn, *change_of(draft, kOwn).change.after);
  CHECK(drafting.on(host, modules({{"esp4", kNotLoaded}, {"sctp", kNotLoaded}})).changes.empty());
}

TEST_CASE("runtime_only takes a module out, and says what that is worth") {
  const Draft draft = drafted(kEmpty, {"sctp"}, modules({{"sctp", kLoaded}}), true);
  REQUIRE(draft.changes.size() == 1);
  CHECK(draft.changes[0].change.layer == Layer::module);
  CHECK(draft.warnings == Texts{"a module that is only unloaded comes back when something asks for it",
                                "undo does not load sctp again: it comes back when something asks for it, or with "
                                "modprobe sctp"});
}

TEST_CASE("a link or a denied file in the place of ours is a conflict") {
  MemoryHost linked;
  linked.link(kOwn, "/etc/shadow");
  MemoryHost denied;
  denied.error(kOwn, Errc::denied);
  for (const MemoryHost* host : {&linked, &denied}) {
    const Draft draft = drafted(*host, {"sctp"}, modules({{"sctp", kNotLoaded}}));
    CHECK(draft.conflicts.size() == 1);
    CHECK(draft.changes.empty());
    CHECK(drafted(*host, {"sctp"}, modules({{"sctp", kLoaded}}), true).conflicts.empty());
  }
}
