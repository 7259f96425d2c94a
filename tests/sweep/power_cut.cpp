// SPDX-License-Identifier: Apache-2.0
//
// power_cut [--without-write-ahead | --blind]: stops a machine at every single step of
// applying, undoing and recovering, and looks at what is left.
//
// For every step k: the process is killed there, or the power goes (with what
// was not synced lost, or by luck on the disk); then, for every step m of the
// recovery, that is stopped too, in each of these ways, and a last recovery
// runs to its end. All this without a foreign writer, and with one who writes
// to each place of the plan in turn, before every look and between the stops.
// And each step fails instead of stopping. Afterwards every place must hold
// what it held before, or all of them what the plan wants, or the transaction
// must be stuck with the foreign value untouched.
//
// The other two are mutations: a journal that is written only after the first
// change, and a recovery that does not look at what is there before it writes.
// The sweep must find failures then; it exits with 0 if so.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harden/transact.h"
#include "tests/support/machine.h"

using namespace harden;
using test::Machine;
using test::MachineHost;
using test::MachineJournal;
using test::MachineWriter;
using Stop = Machine::Stop;

namespace {

constexpr const char* kOwnFile = "/etc/sysctl.d/99-zz-hardend.conf";
constexpr const char* kModprobe = "/etc/modprobe.d/hardend.conf";
constexpr const char* kModprobeFolder = "/etc/modprobe.d";
constexpr const char* kDaemon = "/etc/docker/daemon.json";
constexpr const char* kSack = "/proc/sys/net/ipv4/tcp_sack";
constexpr const char* kPanic = "/proc/sys/kernel/panic";
constexpr const char* kAll = "/proc/sys/net/ipv6/conf/all/disable_ipv6";
constexpr const char* kEth = "/proc/sys/net/ipv6/conf/eth0/disable_ipv6";
constexpr const char* kLo = "/proc/sys/net/ipv6/conf/lo/disable_ipv6";
constexpr int kFarEnough = 1000;

Machine new_machine() {
  Machine machine;
  for (const auto& [path, value] : {std::pair{kSack, "1"}, {kPanic, "0"}, {kAll, "0"}, {kEth, "0"}, {kLo, "1"}}) {
    machine.runtime[path] = value;
    machine.at_boot[path] = value;
  }
  machine.put_file(kDaemon, "{\n  \"debug\": true\n}\n");
  return machine;
}

Plan plan_for() {
  Plan plan;
  const auto add = [&](Layer layer, const char* path, std::optional<std::string> before,
                       std::optional<std::string> after) {
    plan.changes.push_back({{layer, path, path, std::move(before), std::move(after)}, "", {"sweep"}});
  };
  add(Layer::runtime, kSack, "1", "0");
  add(Layer::runtime, kPanic, "0", "10");
  add(Layer::runtime, kAll, "0", "1");
  add(Layer::runtime, kEth, "0", "1");  // goes with `all`
  add(Layer::runtime, kLo, "1", "1");   // is so already, and would be lost by the undo of `all`
  add(Layer::file, kOwnFile, std::nullopt,
      "net.ipv4.tcp_sack = 0\nkernel.panic = 10\nnet.ipv6.conf.all.disable_ipv6 = 1\n");
  add(Layer::folder, kModprobeFolder, std::nullopt, kFolderThere);
  add(Layer::file, kModprobe, std::nullopt, "install sctp /bin/false\n");
  add(Layer::file, kDaemon, "{\n  \"debug\": true\n}\n", "{ \"debug\": true, \"userland-proxy\": false }\n");
  plan.digest = "sweep";
  return plan;
}

enum class Mutation { none, without_write_ahead, blind };

// What happens to the machine, and where.
struct Case {
  bool undoing = false;  // the stop is in undo; the plan was applied before
  int stop_at = 0;
  int fail_at = 0;
  int meddle_at = 0;            // before that look of the first run; 0: not
  bool meddle_between = false;  // between the stop and the recovery
  int place = 0;                // that a foreign writer writes to
  Stop stop = Stop::killed;
  int stop_again_at = 0;
  Stop stop_again = Stop::killed;
};

struct Ending {
  std::string problem;  // "" where all is well
  int looks = 0;
  int steps = 0;  // of the first run
  int steps_of_recovery = 0;
  bool meddled = false;
};

class Run {
 public:
  Run(const Case& what, Mutation mutation)
      : case_(what),
        mutation_(mutation),
        machine_(new_machine()),
        host_(machine_),
        writer_(machine_),
        journal_(machine_, mutation != Mutation::without_write_ahead) {}

  Ending go() {
    if (case_.undoing) (void)apply(plan_, bench(), now());
    machine_.steps = machine_.looks = 0;
    machine_.stop_at = case_.stop_at;
    machine_.fail_at = case_.fail_at;
    machine_.meddle_at = case_.meddle_at;
    machine_.meddle_path = foreign_path();
    machine_.meddle_folder = kModprobeFolder;
    const int boots = machine_.boots;
    const bool stopped = interrupted([&] { first(); });
    ending_.steps = machine_.steps;
    ending_.looks = machine_.looks;
    ending_.meddled = case_.meddle_at > 0 && machine_.looks >= case_.meddle_at;
    if (stopped) restart(case_.stop);
    if (case_.meddle_between && stopped) machine_.meddle(foreign_path()), ending_.meddled = true;
    recover();
    // After a boot a foreign runtime value from before it is gone.
    rebooted_ = machine_.boots != boots;
    judge();
    return ending_;
  }

 private:
  Workbench bench() { return {host_, writer_, journal_}; }
  Moment now() { return moment_of(host_, 1'000'000); }
  std::string foreign_path() const { return plan_.changes[static_cast<std::size_t>(case_.place)].change.path; }

  static bool interrupted(const std::function<void()>& action) {
    try {
      action();
      return false;
    } catch (const test::Stopped&) {
      return true;
    }
  }

  void first() {
    if (case_.undoing) {
      (void)undo(1, bench(), now());
    } else {
      (void)apply(plan_, bench(), now());
    }
  }

  void restart(Stop stop) {
    journal_.forget_unwritten();
    machine_.recover(stop);
  }

  void recover() {
    machine_.steps = 0;
    machine_.fail_at = machine_.meddle_at = 0;
    machine_.stop_at = case_.stop_again_at;
    const bool stopped = interrupted([&] { settle_all(); });
    ending_.steps_of_recovery = machine_.steps;
    machine_.stop_at = 0;
    if (!stopped) return;
    restart(case_.stop_again);
    settle_all();
  }

  void settle_all() {
    const auto one = journal_.find(1);
    const bool cut_short = one && (one->state == TransactionState::begun || one->state == TransactionState::undoing);
    if (mutation_ == Mutation::blind && cut_short) (void)undo(1, bench(), now(), true);
    (void)settle(bench(), now());
  }

  void judge() {
    const auto transaction = journal_.find(1);
    // Without a transaction nothing was begun, which is as good as undone.
    const TransactionState state = transaction ? transaction->state : TransactionState::undone;
    if (a_draft_is_left() || machine_.disk != machine_.cache) return problem("a draft was left, or not synced");
    if (state == TransactionState::undone) return all_hold(&Change::before, "undone");
    if (state == TransactionState::confirmed) return all_hold(&Change::after, "confirmed");
    if (state != TransactionState::stuck) return problem("left as " + std::string(to_string(state)));
    if (!ending_.meddled && case_.fail_at == 0) return problem("stuck though nobody meddled: " + transaction->note);
    if (case_.fail_at == 0) all_hold(&Change::before, "stuck");
  }

  // The place somebody else wrote to holds that, or what it is to hold: it may
  // have been written before we had begun or after we were done, or be gone
  // with a boot.
  void all_hold(std::optional<std::string> Change::*wanted, const char* state) {
    for (const PlannedChange& planned : plan_.changes) {
      const Change& change = planned.change;
      const auto now = *content_of(host_, change.layer, change.path);
      if (same_content(change.layer, now, change.*wanted)) continue;
      if (ending_.meddled && touched(change.path) && now == Machine::kForeign) continue;
      if (ending_.meddled && touched(change.path) && change.layer == Layer::folder) continue;
      // Nor does a folder go that somebody has put a file into.
      if (ending_.meddled && change.layer == Layer::folder && touched(kModprobe)) continue;
      // Whoever put another file in the place of ours took our values from the next boot.
      if (rebooted_ && ending_.meddled && touched(kOwnFile) && change.layer == Layer::runtime) continue;
      problem(std::string(state) + ", and " + change.path + " holds " + now.value_or("nothing"));
    }
    const bool kept = machine_.cache.contains(foreign_path()) || foreign_path().starts_with("/proc");
    if (ending_.meddled && !kept) problem("the foreign file is gone");
    if (ending_.meddled && !rebooted_) foreign_is_kept();
  }

  // Whoever wrote last must be the one who is read: a foreign value may go only
  // by a boot, or with the key it follows.
  void foreign_is_kept() {
    if (follows_another(foreign_path())) return;
    const auto& place = foreign_path().starts_with("/proc") ? machine_.runtime : machine_.cache;
    const auto found = place.find(foreign_path() + (foreign_path() == kModprobeFolder ? "/foreign" : ""));
    if (found == place.end() || found->second != Machine::kForeign) problem("the foreign value was overwritten");
  }

  bool a_draft_is_left() const {
    return std::ranges::any_of(machine_.cache, [](const auto& file) { return file.first.ends_with(".hardend"); });
  }

  bool touched(const std::string& path) const { return path == foreign_path(); }
  static bool follows_another(const std::string& path) { return path == kEth || path == kLo; }

  void problem(const std::string& text) {
    if (ending_.problem.empty()) ending_.problem = text;
  }

  Case case_;
  Mutation mutation_;
  Plan plan_ = plan_for();
  Machine machine_;
  MachineHost host_;
  MachineWriter writer_;
  MachineJournal journal_;
  Ending ending_;
  bool rebooted_ = false;
};

class Sweep {
 public:
  explicit Sweep(Mutation mutation) : mutation_(mutation) {}

  void run() {
    for (const bool undoing : {false, true}) {
      stops(undoing);
      failures(undoing);
      meddling(undoing);
    }
  }

  long cases = 0;
  long failures_found = 0;

 private:
  Ending one(const Case& what) {
    const Ending ending = Run(what, mutation_).go();
    ++cases;
    if (ending.problem.empty()) return ending;
    if (++failures_found <= 10 && mutation_ == Mutation::none) {
      std::printf("%s, stop %d (kind %d), again %d (kind %d), fails %d, foreign at %d%s place %d: %s\n",
                  what.undoing ? "undo" : "apply", what.stop_at, static_cast<int>(what.stop), what.stop_again_at,
                  static_cast<int>(what.stop_again), what.fail_at, what.meddle_at,
                  what.meddle_between ? " between" : "", what.place, ending.problem.c_str());
    }
    return ending;
  }

  static constexpr Stop kStops[] = {Stop::killed, Stop::power, Stop::power_with_luck};

  void again(Case what) {
    for (const Stop stop : kStops) {
      what.stop_again = stop;
      for (what.stop_again_at = 1; what.stop_again_at < kFarEnough; ++what.stop_again_at) {
        if (one(what).steps_of_recovery < what.stop_again_at) break;
      }
    }
  }

  void stops(bool undoing) {
    for (const Stop stop : kStops) {
      for (int k = 1; k < kFarEnough; ++k) {
        Case what{.undoing = undoing, .stop_at = k, .stop = stop};
        if (one(what).steps < k) break;
        again(what);
        what.meddle_between = true;
        for (what.place = 0; what.place < places(); ++what.place) {
          one(what);
          again(what);
        }
      }
    }
  }

  void failures(bool undoing) {
    for (int k = 1; k < kFarEnough; ++k) {
      Case what{.undoing = undoing, .fail_at = k};
      if (one(what).steps < k) break;
    }
  }

  void meddling(bool undoing) {
    for (int place = 0; place < places(); ++place) {
      for (int m = 1; m < kFarEnough; ++m) {
        Case what{.undoing = undoing, .meddle_at = m, .place = place};
        if (one(what).looks < m) break;
        for (const Stop stop : kStops) {
          what.stop = stop;
          for (what.stop_at = 1; what.stop_at < kFarEnough; ++what.stop_at) {
            if (one(what).steps < what.stop_at) break;
          }
        }
      }
    }
  }

  static int places() { return static_cast<int>(plan_for().changes.size()); }

  Mutation mutation_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  const Mutation mutation = word == "--without-write-ahead" ? Mutation::without_write_ahead
                            : word == "--blind"             ? Mutation::blind
                                                            : Mutation::none;
  Sweep sweep(mutation);
  sweep.run();
  std::printf("%ld cases, %ld failures %s\n", sweep.cases, sweep.failures_found, argc > 1 ? argv[1] : "");
  const bool mutated = mutation != Mutation::none;
  return (sweep.failures_found == 0) == mutated ? 1 : 0;
}
