// SPDX-License-Identifier: Apache-2.0
//
// The words of the enumerations, as files and reports have them.
#include <array>

#include "harden/journal.h"
#include "harden/policy.h"
#include "harden/strike.h"

namespace harden {
namespace {

template <typename Enum, std::size_t Size>
std::optional<Enum> from_word(const std::array<Enum, Size>& all, std::string_view word) {
  for (const Enum value : all) {
    if (to_string(value) == word) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::crash: return "crash";
    case PolicyKind::setting: return "setting";
  }
  return "";
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::low: return "low";
    case Severity::medium: return "medium";
    case Severity::high: return "high";
    case Severity::critical: return "critical";
  }
  return "";
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::exposed: return "exposed";
    case Verdict::mitigated: return "mitigated";
    case Verdict::not_affected: return "not_affected";
    case Verdict::unknown: return "unknown";
  }
  return "";
}

std::string_view to_string(RemedyKind kind) {
  switch (kind) {
    case RemedyKind::sysctl: return "sysctl";
    case RemedyKind::module: return "module";
    case RemedyKind::cmdline: return "cmdline";
    case RemedyKind::docker: return "docker";
    case RemedyKind::upgrade: return "upgrade";
    case RemedyKind::advice: return "advice";
  }
  return "";
}

std::string_view to_string(Grade grade) {
  switch (grade) {
    case Grade::prevents: return "prevents";
    case Grade::removes_trigger: return "removes_trigger";
    case Grade::reduces: return "reduces";
    case Grade::unproven: return "unproven";
    case Grade::ineffective: return "ineffective";
  }
  return "";
}

std::string_view to_string(Layer layer) {
  switch (layer) {
    case Layer::runtime: return "runtime";
    case Layer::file: return "file";
    case Layer::folder: return "folder";
    case Layer::module: return "module";
  }
  return "";
}

std::string_view to_string(TransactionState state) {
  switch (state) {
    case TransactionState::begun: return "begun";
    case TransactionState::applied: return "applied";
    case TransactionState::confirmed: return "confirmed";
    case TransactionState::undoing: return "undoing";
    case TransactionState::undone: return "undone";
    case TransactionState::stuck: return "stuck";
  }
  return "";
}

std::optional<Severity> severity_from(std::string_view word) {
  using enum Severity;
  return from_word(std::array{low, medium, high, critical}, word);
}

std::optional<Verdict> verdict_from(std::string_view word) {
  using enum Verdict;
  return from_word(std::array{exposed, mitigated, not_affected, unknown}, word);
}

std::optional<Layer> layer_from(std::string_view word) {
  using enum Layer;
  return from_word(std::array{runtime, file, folder, module}, word);
}

std::optional<TransactionState> transaction_state_from(std::string_view word) {
  using enum TransactionState;
  return from_word(std::array{begun, applied, confirmed, undoing, undone, stuck}, word);
}

std::string_view to_string(Confidence confidence) {
  switch (confidence) {
    case Confidence::possible: return "possible";
    case Confidence::likely: return "likely";
    case Confidence::certain: return "certain";
  }
  return "";
}

std::optional<Confidence> confidence_from(std::string_view word) {
  using enum Confidence;
  return from_word(std::array{possible, likely, certain}, word);
}

}  // namespace harden
