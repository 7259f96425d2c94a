// SPDX-License-Identifier: Apache-2.0
#include "agent/answer/transactions.h"

namespace harden::answer {

Answered outcome_answer(const Outcome& outcome, TransactionState wanted, const Show& show) {
  const auto json = is_json(show.format);
  if (!json) return std::unexpected(json.error());
  return shown(*json ? outcome_json(outcome) : outcome_text(outcome, show.style), show.format,
               outcome.state == wanted ? ExitStatus::clean : ExitStatus::failed);
}

Answered resolved_answer(const Outcome& outcome, const Show& show) {
  const auto json = is_json(show.format);
  if (!json) return std::unexpected(json.error());
  const std::string text = "transaction " + std::to_string(outcome.id) + " is resolved; the host was left as it is\n";
  return shown(*json ? outcome_json(outcome) : text, show.format);
}

Answered history_answer(const HistoryView& view, const Show& show) {
  const auto format = format_in(history_formats(), show.format);
  if (!format) return std::unexpected(format.error());
  return shown((*format)->render(view, show.style), show.format);
}

Answered drift_answer(const DriftView& view, const Show& show) {
  const auto format = format_in(drift_formats(), show.format);
  if (!format) return std::unexpected(format.error());
  return shown((*format)->render(view, show.style), show.format,
               view.drifts.empty() ? ExitStatus::clean : ExitStatus::findings);
}

std::vector<std::string> warnings_of(const std::vector<Transaction>& standing) {
  std::vector<std::string> warnings;
  for (const Transaction& one : standing) {
    const std::string name = "transaction " + std::to_string(one.id);
    const bool cut_short = one.state == TransactionState::begun || one.state == TransactionState::undoing;
    if (cut_short) warnings.push_back(name + " was cut short: hardenctl settle brings it to an end");
    if (one.state != TransactionState::stuck) continue;
    warnings.push_back(name + " is stuck: " + one.note + "; see hardenctl history " + std::to_string(one.id));
  }
  return warnings;
}

}  // namespace harden::answer
