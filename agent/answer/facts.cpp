// SPDX-License-Identifier: Apache-2.0
#include "agent/answer/facts.h"

#include <algorithm>

#include "harden/policy.h"

namespace harden::answer {
namespace {

// False: there is no such fact.
bool want(const std::string& name, Wanted& wanted) {
  bool found = false;
  for (const FactDecl& fact : fact_declarations()) {
    if (fact.name != name && !fact.name.starts_with(name + ".")) continue;
    wanted.add(fact.name);
    found = true;
  }
  if (found) return true;
  const auto program = cel::Program::compile(name, policy_variables());
  if (!program || program->references().size() != 1) return false;
  const cel::Reference& reference = program->references().front();
  if (!reference.key) return false;
  wanted.add(reference.fact, *reference.key);
  return true;
}

Refusal no_such_fact(const std::string& name) {
  std::vector<std::string> known;
  for (const FactDecl& fact : fact_declarations()) known.push_back(fact.name);
  Refusal refusal = unknown_word("fact", name, known);
  refusal.message += " (hardenctl facts --describe lists them)";
  return refusal;
}

// The entries of a map fact that are wanted; all of them where it is wanted
// whole. Nothing where it was not collected so.
std::optional<Fact> part_of(const Fact& fact, const Wanted& collected, const Wanted& wanted) {
  if (!fact.value.is(Value::Kind::map)) return fact;
  if (wanted.all_of(fact.name)) {
    return collected.all_of(fact.name) ? std::optional(fact) : std::nullopt;
  }
  Fact part{fact.name, {}, fact.source, {}};
  std::vector<Map::Entry> entries;
  for (const std::string& key : wanted.keys_of(fact.name)) {
    const Value* value = fact.value.map().find(key);
    if (value == nullptr) return std::nullopt;
    entries.emplace_back(key, *value);
    const auto source = fact.entry_sources.find(key);
    if (source != fact.entry_sources.end()) part.entry_sources.insert(*source);
  }
  part.value = Map(std::move(entries));
  return part;
}

bool is_about(const Collector& collector, const Wanted& wanted) {
  return std::ranges::any_of(collector.facts, [&](const FactDecl& fact) { return wanted.has(fact.name); });
}

}  // namespace

std::expected<Wanted, Refusal> facts_named(const std::vector<std::string>& names) {
  Wanted wanted = names.empty() ? Wanted::everything() : Wanted();
  for (const std::string& name : names) {
    if (!want(name, wanted)) return std::unexpected(no_such_fact(name));
  }
  return wanted;
}

std::optional<Facts> only(const Facts& facts, const Wanted& collected, const Wanted& wanted) {
  Facts some;
  for (const FactDecl& declared : fact_declarations()) {
    if (!wanted.has(declared.name)) continue;
    const Fact* fact = facts.find(declared.name);
    auto part = fact == nullptr ? std::nullopt : part_of(*fact, collected, wanted);
    if (!part) return std::nullopt;
    some.set(std::move(*part));
  }
  for (const CollectorRun& run : facts.runs()) {
    const auto collector = std::ranges::find(collectors(), run.collector, &Collector::name);
    if (collector != collectors().end() && is_about(*collector, wanted)) some.add_run(run);
  }
  return some;
}

Answered facts_answer(const Facts& facts, const std::string& root, bool whole, const Show& show) {
  const auto format = format_in(facts_formats(), show.format);
  if (!format) return std::unexpected(format.error());
  return shown((*format)->render({facts, root, whole}, show.style), show.format);
}

}  // namespace harden::answer
