// SPDX-License-Identifier: Apache-2.0
//
// What was done: `confirm`, `undo`, `history`, `drift`, and the routes of
// transactions and drift.
#pragma once

#include <string>
#include <vector>

#include "agent/answer/answer.h"
#include "harden/transact.h"

namespace harden::answer {

// So many are shown where nobody says how many.
inline constexpr std::size_t kTransactionsShown = 50;

// Failed where the state is not the one wanted.
Answered outcome_answer(const Outcome& outcome, TransactionState wanted, const Show& show);

// A stuck transaction that a person has settled.
Answered resolved_answer(const Outcome& outcome, const Show& show);

Answered history_answer(const HistoryView& view, const Show& show);

// `findings` where something has drifted.
Answered drift_answer(const DriftView& view, const Show& show);

// What is stuck, or was cut short: a person has to know, whatever they came for.
std::vector<std::string> warnings_of(const std::vector<Transaction>& standing);

}  // namespace harden::answer
