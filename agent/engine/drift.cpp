// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "harden/transact.h"

namespace harden {
namespace {

struct Expected {
  std::int64_t transaction = 0;
  Change change;
};

bool stands(TransactionState state) {
  return state == TransactionState::applied || state == TransactionState::confirmed;
}

}  // namespace

Result<std::vector<Drift>> find_drift(const Host& host, const Journal& journal) {
  const auto standing = journal.standing();
  if (!standing) return std::unexpected(standing.error());
  std::map<std::string, Expected> expected;
  for (const Transaction& transaction : *standing) {
    if (!stands(transaction.state)) continue;
    for (const Change& change : transaction.changes) {
      // What was only kept as it was is not ours to watch.
      if (change.before != change.after) expected[change.path] = {transaction.id, change};
    }
  }
  std::vector<Drift> drifts;
  for (const auto& [path, one] : expected) {
    auto now = content_of(host, one.change.layer, path);
    if (now && same_content(one.change.layer, *now, one.change.after)) continue;
    drifts.push_back({one.transaction, one.change, std::move(now)});
  }
  return drifts;
}

}  // namespace harden
