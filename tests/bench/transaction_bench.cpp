// SPDX-License-Identifier: Apache-2.0
//
// transaction_bench [KEYS [ROUNDS [FOLDER]]]: what a transaction costs beside
// the same writes without a journal.
//
// Method: a machine as a tree, in a folder of its own below FOLDER (the
// system's folder for temporary files), which should be on a disk. The plan
// sets KEYS sysctls and makes the file of sysctl.d that has them. All writes go
// through tree_writer, which syncs every file and its folder; the journal is
// the real store, which syncs every commit. Each round measures:
//  - bare: the writes of the plan, and those that take it back, each call of
//    HostWriter once and nothing else;
//  - apply and undo of the plan;
//  - recovery: the settling of a transaction that was cut short when all was
//    written but the journal did not know.
// Of ROUNDS the medians are shown, and what they are beside the median of the
// bare writes in the same direction. The live machine's /proc/sys is written in
// place without any sync, so the journal weighs more there; `in the journal` is
// what it alone costs: begun, applied, undoing, undone.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "agent/store/store.h"
#include "harden/transact.h"
#include "tests/support/temporary_folder.h"

using namespace harden;

namespace {

constexpr const char* kOwnFile = "/etc/sysctl.d/99-zz-hardend.conf";

[[noreturn]] void give_up(const Error& error) {
  std::printf("%s\n", describe(error).c_str());
  std::exit(EXIT_FAILURE);
}

template <typename T>
T must(Result<T> result) {
  if (!result) give_up(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string key(int number) { return "/proc/sys/bench/key" + std::to_string(number); }

Plan plan_of(int keys) {
  Plan plan;
  plan.digest = "bench";
  std::string lines;
  for (int i = 0; i < keys; ++i) {
    const std::string name = "bench.key" + std::to_string(i);
    plan.changes.push_back({{Layer::runtime, key(i), name, "0", "1"}, "", {"bench"}});
    lines += name + " = 1\n";
  }
  plan.changes.push_back({{Layer::file, kOwnFile, kOwnFile, std::nullopt, lines}, "", {"bench"}});
  return plan;
}

void write_bare(HostWriter& writer, const Change& change, const std::optional<std::string>& content) {
  if (change.layer == Layer::runtime) return must(writer.set(change.path, *content));
  must(content ? writer.replace(change.path, *content) : writer.remove(change.path));
}

void write_all(HostWriter& writer, const Plan& plan) {
  for (const PlannedChange& planned : plan.changes) write_bare(writer, planned.change, planned.change.after);
}

void write_back(HostWriter& writer, const Plan& plan) {
  for (const PlannedChange& planned : plan.changes) write_bare(writer, planned.change, planned.change.before);
}

// One kind of work, measured in every round.
struct Figure {
  const char* name;
  std::vector<double> milliseconds;

  void measure(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    milliseconds.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }

  double median() const {
    std::vector<double> sorted = milliseconds;
    std::ranges::sort(sorted);
    return sorted[sorted.size() / 2];
  }
};

void expect(TransactionState state, TransactionState wanted) {
  if (state != wanted) give_up({Errc::failed, "the transaction is " + std::string(to_string(state)), ""});
}

Transaction cut_short(const Plan& plan, const Moment& now) {
  Transaction transaction;
  transaction.digest = plan.digest;
  for (const PlannedChange& planned : plan.changes) transaction.changes.push_back(planned.change);
  transaction.begun = now;
  return transaction;
}

void in_the_journal(Journal& journal, const Plan& plan, const Moment& now) {
  const std::int64_t id = must(journal.begin(cut_short(plan, now)));
  for (const auto state : {TransactionState::confirmed, TransactionState::undoing, TransactionState::undone}) {
    must(journal.move(id, state, "", now.wall));
  }
}

void show(const Figure& figure, const Figure& bare) {
  std::printf("%-24s median %8.1f ms  %5.2f times the bare writes\n", figure.name, figure.median(),
              figure.median() / bare.median());
}

void run(const Plan& plan, const Workbench& bench, int rounds) {
  const Moment now = moment_of(bench.host, 1'800'000'000);
  Figure forth{"bare, there", {}}, back{"bare, back", {}};
  Figure applying{"apply", {}}, undoing{"undo", {}}, settling{"recovery", {}}, journal{"in the journal", {}};
  for (int round = 0; round < rounds; ++round) {
    forth.measure([&] { write_all(bench.writer, plan); });
    back.measure([&] { write_back(bench.writer, plan); });
    Outcome outcome;
    applying.measure([&] { outcome = must(apply(plan, bench, now)); });
    expect(outcome.state, TransactionState::confirmed);
    undoing.measure([&] { outcome = must(undo(outcome.id, bench, now)); });
    expect(outcome.state, TransactionState::undone);
    must(bench.journal.begin(cut_short(plan, now)));
    write_all(bench.writer, plan);
    settling.measure([&] { outcome = must(settle(bench, now)).at(0); });
    expect(outcome.state, TransactionState::undone);
    journal.measure([&] { in_the_journal(bench.journal, plan, now); });
  }
  std::printf("%zu changes, %d rounds\n", plan.changes.size(), rounds);
  for (const Figure* figure : {&forth, &applying}) show(*figure, forth);
  for (const Figure* figure : {&back, &undoing, &settling, &journal}) show(*figure, back);
}

}  // namespace

int main(int argc, char** argv) {
  const int keys = argc > 1 ? std::max(1, std::atoi(argv[1])) : 100;
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 15;
  if (argc > 3) ::setenv("TMPDIR", argv[3], 1);
  const TemporaryFolder folder;
  folder.write("proc/sys/kernel/random/boot_id", "5c4fd3f1-7e1e-4b5c-9a35-000000000001\n");
  folder.write("proc/uptime", "1000.00 1000.00\n");
  folder.write("etc/sysctl.d/README", "\n");
  for (int i = 0; i < keys; ++i) folder.write(key(i).substr(1), "0\n");
  const auto host = must(tree_host(folder.path()));
  const auto writer = must(tree_writer(folder.path()));
  const auto store = must(open_store((folder.path() / "state.db").string()));
  run(plan_of(keys), {*host, *writer, *store}, rounds);
  return EXIT_SUCCESS;
}
