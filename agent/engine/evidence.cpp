// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/evidence.h"

#include <algorithm>

namespace harden {
namespace {

constexpr std::size_t kLongestValue = 60;
constexpr std::size_t kMostMissing = 4;

Value absent(const std::string& name, const std::string& source) {
  return Value::unknown(name, {Errc::absent, "there is no such entry", source});
}

// What a leaf saw, where that is short enough to help in a sentence.
std::string seen_text(const cel::Condition& leaf) {
  std::string text;
  for (const auto& seen : leaf.seen) {
    const std::string value = to_text(seen.value);
    if (value.size() > kLongestValue) continue;
    if (!text.empty()) text += ", ";
    text += cel::to_text(seen.reference) + " is " + value;
  }
  return text;
}

bool is_one_fact(const cel::Condition& leaf) {
  return leaf.seen.size() == 1 && cel::to_text(leaf.seen.front().reference) == leaf.text;
}

// The code says it all where nothing but access was the matter.
std::string reason_of(const Error& error) {
  const bool plain = error.code == Errc::absent || error.code == Errc::denied || error.code == Errc::timeout;
  if (!plain) return std::string(to_string(error.code)) + ": " + describe(error);
  return std::string(to_string(error.code)) + (error.place.empty() ? "" : ": " + error.place);
}

}  // namespace

Evidence evidence_for(const cel::Reference& reference, const Facts& facts) {
  const std::string name = cel::to_text(reference);
  const Fact* fact = facts.find(reference.fact);
  if (fact == nullptr) return {name, Value::unknown(name, {Errc::failed, "not collected", name}), ""};
  const std::string& source = fact->source_of(reference.key ? std::string_view(*reference.key) : std::string_view());
  if (!reference.key || !fact->value.is(Value::Kind::map)) return {name, fact->value, source};
  const Value* entry = fact->value.map().find(*reference.key);
  return {name, entry == nullptr ? absent(name, source) : *entry, source};
}

void add_evidence(std::vector<Evidence>& list, Evidence evidence) {
  const bool known = std::ranges::find(list, evidence.fact, &Evidence::fact) != list.end();
  if (!known) list.push_back(std::move(evidence));
}

std::string_view text_of(const Facts& facts, std::string_view fact) {
  const Value* value = facts.value(fact);
  return value != nullptr && value->is(Value::Kind::string) ? std::string_view(value->string()) : std::string_view();
}

std::string describe_missing(const std::vector<Missing>& missing) {
  std::string text;
  std::vector<std::string> told;
  for (const Missing& one : missing) {
    if (std::ranges::find(told, one.fact) != told.end()) continue;
    told.push_back(one.fact);
    if (told.size() > kMostMissing) continue;
    if (!text.empty()) text += ", ";
    text += one.fact + " (" + reason_of(one.error) + ")";
  }
  if (told.size() > kMostMissing) text += " and " + std::to_string(told.size() - kMostMissing) + " more";
  return text;
}

std::string deciding_leaf(const cel::Decision& decision) {
  const bool value = decision.value.boolean();
  if (!decision.decider) return value ? "the condition holds" : "the condition does not hold";
  const cel::Condition& leaf = *decision.decider;
  const bool holds = leaf.value.boolean();
  if (is_one_fact(leaf)) return leaf.text + (holds ? " is true" : " is false");
  const std::string seen = seen_text(leaf);
  return leaf.text + (holds ? " holds" : " does not hold") + (seen.empty() ? "" : " (" + seen + ")");
}

}  // namespace harden
