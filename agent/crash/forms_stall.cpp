// SPDX-License-Identifier: Apache-2.0
//
// What stands still: kernel/watchdog.c, kernel/hung_task.c, kernel/rcu/
// tree_stall.h and its predecessors, kernel/workqueue.c.
#include "agent/crash/forms.h"

namespace harden::crash {

namespace {

constexpr auto kAny = Skips::common;

constexpr Form kForms[] = {
    {"soft lockup", R"(BUG: soft lockup)", "", "BUG: soft lockup in $f", CrashType::soft_lockup, Blame::busy, kAny,
     "stall"},
    {"hard LOCKUP", R"((?:^|watchdog: )Watchdog detected hard LOCKUP on cpu)", "", "BUG: hard lockup in $f",
     CrashType::hard_lockup, Blame::busy, kAny, "stall"},
    {"Hard LOCKUP", R"(Hard LOCKUP)", "", "BUG: hard lockup in $f", CrashType::hard_lockup, Blame::busy, kAny, "stall"},
    {"self-detected", R"(Watchdog CPU:\d+ (?:self-detected|detected) Hard LOCKUP|CPU \d+ self-detected hard LOCKUP)",
     "", "BUG: hard lockup in $f", CrashType::hard_lockup, Blame::busy, kAny, "stall"},
    {"workqueue lockup", R"(BUG: workqueue lockup)", "", "BUG: workqueue lockup", CrashType::soft_lockup},

    {"for more than", R"((?:INFO: task .+|:\d+) blocked (?:in I/O wait |on a \w+ )?for more than [0-9]+ seconds)", "",
     "INFO: task hung in $f", CrashType::hung_task, Blame::waiting, kAny, "hang"},
    {"for more than", R"(INFO: task .+ can't die for more than .* seconds)", "", "INFO: task can't die in $f",
     CrashType::hung_task, Blame::trace, Skips::scheduling, "hang"},

    {"INFO: rcu", R"(INFO: rcu\w*_tasks\w* detected stalls on tasks)", "", "INFO: rcu detected stall in $f",
     CrashType::rcu_stall, Blame::stuck, kAny, "stall"},
    {"INFO: rcu", R"(INFO: rcu\w* (?:self-)?detected (?:expedited )?stalls? on)", "", "INFO: rcu detected stall in $f",
     CrashType::rcu_stall, Blame::stuck, kAny, "stall"},
    {"detected stall",
     R"(^(?:rcu: )?(?:INFO: )?\w*(?:rcu|srcu)\w*[ :]+(?:INFO: )?(?:self-)?detected (?:expedited )?stalls? on)", "",
     "INFO: rcu detected stall in $f", CrashType::rcu_stall, Blame::stuck, kAny, "stall"},
    {"kthread starved for", R"(rcu\w* kthread starved for)", "", "INFO: rcu detected stall in $f", CrashType::rcu_stall,
     Blame::stuck, kAny, "stall", Role::follows},
    {"kthread timer wakeup", R"(rcu\w* kthread timer wakeup didn't happen)", "", "INFO: rcu detected stall in $f",
     CrashType::rcu_stall, Blame::stuck, kAny, "stall", Role::follows},

    {"to become free", R"(unregister_netdevice: waiting for .* to become free)", "",
     "unregister_netdevice: waiting for DEV to become free", CrashType::other},
    {"NETDEV WATCHDOG", R"(NETDEV WATCHDOG: \S+ \((\S+)\): transmit queue \d+ timed out)", "",
     "NETDEV WATCHDOG: $1: transmit queue timed out", CrashType::warning, Blame::nowhere, kAny, "", Role::never},
};

}  // namespace

std::span<const Form> stall_forms() { return kForms; }

}  // namespace harden::crash
