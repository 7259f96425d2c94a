// SPDX-License-Identifier: Apache-2.0
//
// Transactions against a kernel that refuses or changes what it is given, and
// on a folder tree with the real writer.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "harden/transact.h"
#include "tests/support/machine.h"
#include "tests/support/temporary_folder.h"

using namespace harden;
using test::Machine;
using test::MachineHost;
using test::MachineJournal;
using test::MachineWriter;
namespace fs = std::filesystem;

namespace {

constexpr const char* kFirst = "/proc/sys/kernel/panic";
constexpr const char* kOdd = "/proc/sys/net/ipv4/tcp_rmem";
constexpr const char* kOwn = "/etc/sysctl.d/99-zz-hardend.conf";

// A kernel with one key of its own mind.
class OddWriter final : public HostWriter {
 public:
  using Mind = Result<std::string> (*)(std::string_view value);
  OddWriter(Machine& machine, Mind mind) : machine_(machine), inner_(machine), mind_(mind) {}

  Result<> set(const std::string& path, std::string_view value) override {
    if (path != kOdd) return inner_.set(path, value);
    const auto taken = mind_(value);
    if (!taken) return std::unexpected(taken.error());
    machine_.runtime[path] = *taken;
    return {};
  }
  Result<> replace(const std::string& path, std::string_view content) override { return inner_.replace(path, content); }
  Result<> remove(const std::string& path) override { return inner_.remove(path); }
  Result<> make_folder(const std::string& path) override { return inner_.make_folder(path); }
  Result<> remove_folder(const std::string& path) override { return inner_.remove_folder(path); }
  Result<> unload(const std::string& module) override {
    return fail(Errc::unavailable, "something uses the module", module);
  }
  Result<> tidy(const std::string& path) override { return inner_.tidy(path); }

 private:
  Machine& machine_;
  MachineWriter inner_;
  Mind mind_;
};

PlannedChange change(Layer layer, const char* path, std::optional<std::string> before,
                     std::optional<std::string> after) {
  return {{layer, path, path, std::move(before), std::move(after)}, "", {"p"}};
}

Plan plan_for(const char* odd_before, const char* odd_after) {
  Plan plan;
  plan.changes = {change(Layer::runtime, kFirst, "0", "10"), change(Layer::runtime, kOdd, odd_before, odd_after),
                  change(Layer::file, kOwn, std::nullopt, "x\n")};
  return plan;
}

struct Odd {
  Machine machine;
  MachineHost host{machine};
  OddWriter writer;
  MachineJournal journal{machine};

  Odd(const char* before, OddWriter::Mind mind) : writer(machine, mind) {
    machine.runtime = {{kFirst, "0"}, {kOdd, before}};
  }
  Result<Outcome> apply(const Plan& plan) { return harden::apply(plan, {host, writer, journal}, {1, 1, "b"}); }
};

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a kernel that refuses a value half-way: what was done is taken back, with the reason") {
  Odd odd("5", [](std::string_view value) -> Result<std::string> {
    return fail(Errc::invalid, "the kernel refuses the value " + std::string(value), kOdd);
  });
  const auto outcome = odd.apply(plan_for("5", "999"));
  REQUIRE(outcome);
  CHECK(outcome->state == TransactionState::undone);
  CHECK(outcome->note.find("the kernel refuses the value 999") != std::string::npos);
  CHECK(odd.machine.runtime.at(kFirst) == "0");
  CHECK(odd.machine.cache.empty());
}

TEST_CASE("a kernel that takes something else must not keep it") {
  Odd odd("5",
          [](std::string_view value) -> Result<std::string> { return value == "999" ? "100" : std::string(value); });
  const auto outcome = odd.apply(plan_for("5", "999"));
  REQUIRE(outcome);
  CHECK(outcome->state == TransactionState::undone);
  CHECK(outcome->note.find("was given \"999\" and held \"100\"") != std::string::npos);
  CHECK(odd.machine.runtime.at(kOdd) == "5");
  CHECK(odd.machine.runtime.at(kFirst) == "0");
}

TEST_CASE("a kernel that answers with other white space has taken the value") {
  Odd odd("1\t2\t3", [](std::string_view value) -> Result<std::string> {
    std::string out(value);
    for (char& byte : out) byte = byte == ' ' ? '\t' : byte;
    return out;
  });
  const auto outcome = odd.apply(plan_for("1 2 3", "4 5 6"));
  REQUIRE(outcome);
  CHECK(outcome->state == TransactionState::confirmed);
  CHECK(undo(outcome->id, {odd.host, odd.writer, odd.journal}, {1, 1, "b"})->state == TransactionState::undone);
  CHECK(odd.machine.runtime.at(kOdd) == "1\t2\t3");
}

TEST_CASE("a module that came into use in the meantime takes everything back") {
  Odd odd("5", [](std::string_view value) -> Result<std::string> { return std::string(value); });
  odd.machine.modules = {"sctp"};
  Plan plan = plan_for("5", "6");
  plan.changes.push_back(change(Layer::module, "/sys/module/sctp", kModuleLoaded, std::nullopt));
  const auto outcome = odd.apply(plan);
  REQUIRE(outcome);
  CHECK(outcome->state == TransactionState::undone);
  CHECK(outcome->note.find("something uses the module") != std::string::npos);
  CHECK(odd.machine.runtime.at(kOdd) == "5");
  CHECK(odd.machine.cache.empty());
}

TEST_CASE("on a tree: apply and undo leave every byte, mode and link as they were") {
  TemporaryFolder folder;
  folder.write("proc/sys/kernel/panic", "0\n");
  folder.write("proc/sys/net/ipv4/tcp_rmem", "1\t2\t3\n");
  folder.write("etc/sysctl.d/10-site.conf", "kernel.panic = 0\n");
  folder.write("etc/docker/daemon.json", "{\"a\":1}");
  fs::permissions(folder.path() / "etc/docker/daemon.json", fs::perms::owner_read);
  const auto host = tree_host(folder.path().string());
  const auto writer = tree_writer(folder.path().string());
  REQUIRE(host);
  REQUIRE(writer);
  Machine machine;  // for its journal alone
  MachineJournal journal(machine);
  const Workbench bench{**host, **writer, journal};
  Plan plan = plan_for("1\t2\t3", "4 5 6");
  plan.changes.push_back(change(Layer::file, "/etc/docker/daemon.json", "{\"a\":1}", "{\"a\":2}"));
  const auto outcome = apply(plan, bench, moment_of(**host, 1));
  REQUIRE(outcome);
  CHECK(outcome->state == TransactionState::confirmed);
  CHECK(slurp(folder.path() / "proc/sys/net/ipv4/tcp_rmem") == "4 5 6\n");
  CHECK(slurp(folder.path() / "etc/docker/daemon.json") == "{\"a\":2}");
  CHECK(slurp(folder.path() / "etc/sysctl.d/99-zz-hardend.conf") == "x\n");
  // Our file says nothing of kernel.panic, and the site's own does.
  const auto drifts = find_drift(**host, journal);
  REQUIRE(drifts->size() == 1);
  CHECK(drifts->front().holds_now);
  CHECK(drifts->front().next_boot.starts_with("/etc/sysctl.d/10-site.conf:1 says 0"));
  REQUIRE(undo(outcome->id, bench, moment_of(**host, 2))->state == TransactionState::undone);
  CHECK(slurp(folder.path() / "proc/sys/net/ipv4/tcp_rmem") == "1\t2\t3\n");
  CHECK(slurp(folder.path() / "proc/sys/kernel/panic") == "0\n");
  CHECK(slurp(folder.path() / "etc/docker/daemon.json") == "{\"a\":1}");
  CHECK(fs::status(folder.path() / "etc/docker/daemon.json").permissions() == fs::perms::owner_read);
  CHECK_FALSE(fs::exists(folder.path() / "etc/sysctl.d/99-zz-hardend.conf"));
  CHECK(std::distance(fs::directory_iterator(folder.path() / "etc/sysctl.d"), fs::directory_iterator()) == 1);
}

TEST_CASE("on a tree: a link that is planted at our file's place is neither followed nor replaced") {
  for (const bool before_apply : {true, false}) {
    TemporaryFolder folder;
    folder.write("proc/sys/kernel/panic", "0\n");
    folder.write("etc/precious", "precious\n");
    folder.write("etc/sysctl.d/keep", "");
    const auto host = tree_host(folder.path().string());
    const auto writer = tree_writer(folder.path().string());
    Machine machine;
    MachineJournal journal(machine);
    const Workbench bench{**host, **writer, journal};
    const auto plant = [&] {
      fs::remove(folder.path() / "etc/sysctl.d/99-zz-hardend.conf");
      folder.link("etc/sysctl.d/99-zz-hardend.conf", "../precious");
    };
    Plan plan;
    plan.changes = {change(Layer::runtime, kFirst, "0", "10"), change(Layer::file, kOwn, std::nullopt, "x\n")};
    if (before_apply) plant();
    const auto outcome = apply(plan, bench, {1, 1, "b"});
    if (before_apply) {
      REQUIRE_FALSE(outcome);
      CHECK(outcome.error().code == Errc::invalid);
    } else {
      REQUIRE(outcome);
      plant();
      const auto undone = undo(outcome->id, bench, {1, 1, "b"});
      REQUIRE(undone);
      CHECK(undone->state == TransactionState::stuck);
      CHECK(undone->note.find("a symbolic link stands here") != std::string::npos);
    }
    CHECK(slurp(folder.path() / "proc/sys/kernel/panic") == "0\n");
    CHECK(slurp(folder.path() / "etc/precious") == "precious\n");
    CHECK(fs::is_symlink(folder.path() / "etc/sysctl.d/99-zz-hardend.conf"));
  }
}

TEST_CASE("a moment is told from the host; what it does not say stays empty") {
  TemporaryFolder folder;
  const auto host = tree_host(folder.path().string());
  CHECK(moment_of(**host, 5) == Moment{5, 0, ""});
  folder.write("proc/uptime", "1234.56 99.1\n");
  folder.write("proc/sys/kernel/random/boot_id", "9a1f\n");
  CHECK(moment_of(**host, 5) == Moment{5, 1234, "9a1f"});
  folder.write("proc/uptime", "garbage\n");
  CHECK(moment_of(**host, 5).uptime == 0);
  folder.write("proc/uptime", "");
  CHECK(moment_of(**host, 5).uptime == 0);
}
