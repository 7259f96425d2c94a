// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "agent/engine/carry.h"
#include "agent/sysctl/resolver.h"
#include "harden/transact.h"

namespace harden {
namespace {

struct Expected {
  std::int64_t transaction = 0;
  Change change;
  bool persistent = false;
};

bool stands(TransactionState state) {
  return state == TransactionState::applied || state == TransactionState::confirmed;
}

// Only what was meant to last has a last word at the next boot.
bool is_persistent(const Transaction& transaction) {
  for (const Change& change : transaction.changes) {
    if (change.layer == Layer::file && change.path.contains("/sysctl.d/")) return true;
  }
  return false;
}

class NextBoot {
 public:
  explicit NextBoot(const Host& host) : host_(host), appliers_(sysctl::appliers_that_count(host)) {}

  // Who gives a key another value than `wanted`. A key that no file sets keeps
  // what the kernel begins with; that it went with another key of ours is
  // enough then.
  std::string other_word(const Change& change) {
    if (!files_) files_ = sysctl::resolve(host_);
    const std::string_view path = std::string_view(change.path).substr(std::string_view("/proc/sys/").size());
    for (const sysctl::Applier applier : appliers_) {
      const sysctl::Answer answer = sysctl::answer(*files_, applier, path);
      const sysctl::Line* winner = answer.winning();
      if (winner == nullptr || !winner->value || same_content(Layer::runtime, winner->value, change.after)) continue;
      return winner->file + ":" + std::to_string(winner->number) + " says " + *winner->value + " (" +
             std::string(sysctl::to_string(applier)) + ")";
    }
    const auto problems = files_->problems();
    return problems.empty() ? "" : "cannot be told: " + describe(problems.front());
  }

 private:
  const Host& host_;
  std::vector<sysctl::Applier> appliers_;
  std::optional<sysctl::SysctlFiles> files_;
};

}  // namespace

Result<std::vector<Drift>> find_drift(const Host& host, const Journal& journal) {
  const auto standing = journal.standing();
  if (!standing) return std::unexpected(standing.error());
  std::map<std::string, Expected> expected;
  for (const Transaction& transaction : *standing) {
    if (!stands(transaction.state)) continue;
    const bool persistent = is_persistent(transaction);
    for (const Change& change : transaction.changes) {
      // What was only kept as it was is not ours to watch; a folder is there
      // for its files, which are looked at themselves.
      if (change.before != change.after && change.layer != Layer::folder)
        expected[change.path] = {transaction.id, change, persistent};
    }
  }
  std::vector<Drift> drifts;
  NextBoot next_boot(host);
  for (const auto& [path, one] : expected) {
    Drift drift{one.transaction, one.change, false, {}, content_of(host, one.change.layer, path)};
    if (drift.now && !*drift.now && is_of_interface(path)) continue;
    drift.holds_now = drift.now && same_content(one.change.layer, *drift.now, one.change.after);
    if (one.persistent && one.change.layer == Layer::runtime) drift.next_boot = next_boot.other_word(one.change);
    if (!drift.holds_now || !drift.next_boot.empty()) drifts.push_back(std::move(drift));
  }
  return drifts;
}

}  // namespace harden
