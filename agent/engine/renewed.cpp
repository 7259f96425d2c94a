// SPDX-License-Identifier: Apache-2.0
//
// Facts of which a part was read again.
#include <algorithm>

#include "agent/core/text.h"
#include "agent/engine/dependents.h"

namespace harden {
namespace {

bool is_map(const Fact* fact) { return fact != nullptr && fact->value.is(Value::Kind::map); }

void want_whole(Wanted& wanted, const std::string& fact, const Dependents::Use& use) {
  if (use.whole) wanted.add(fact);
  for (const std::string& key : use.keys) wanted.add(fact, key);
}

bool same_key(std::string_view fact, std::string_view changed, std::string_view used) {
  if (fact == "module") return text::underscored(changed) == text::underscored(used);
  return key_matches(changed, used) || key_matches(used, changed);
}

// A pattern is read again as a whole: what it stands for may have changed.
// One key of a pattern is read by its name alone.
void want_entry(Wanted& wanted, const cel::Reference& changed, const Dependents::Use& use) {
  for (const std::string& key : use.keys) {
    if (!same_key(changed.fact, *changed.key, key)) continue;
    wanted.add(changed.fact, changed.key->contains('*') ? key : *changed.key);
  }
}

bool is_one_of(const std::vector<std::string>& changed, std::string_view key) {
  return std::ranges::any_of(changed, [&](const std::string& one) { return key_matches(one, key); });
}

// The entries of one map with those that changed, and no others, taken from
// the other: facts and findings would not be of one time else.
Fact merged(const Fact& before, const Fact& part, const std::vector<std::string>& changed) {
  Fact out{before.name, {}, part.source, {}};
  std::vector<Map::Entry> entries;
  entries.reserve(before.value.map().size() + part.value.map().size());
  const auto stays = [&](std::string_view key) { return !is_one_of(changed, key); };
  for (const Map::Entry& entry : before.value.map().entries()) {
    if (!entry.first.is(Value::Kind::string) || stays(entry.first.string())) entries.push_back(entry);
  }
  for (const Map::Entry& entry : part.value.map().entries()) {
    if (entry.first.is(Value::Kind::string) && !stays(entry.first.string())) entries.push_back(entry);
  }
  out.value = Map(std::move(entries));
  for (const auto& [key, source] : before.entry_sources) {
    if (stays(key)) out.entry_sources.emplace_hint(out.entry_sources.end(), key, source);
  }
  for (const auto& [key, source] : part.entry_sources) {
    if (!stays(key)) out.entry_sources.insert_or_assign(key, source);
  }
  return out;
}

// The runs of collectors that ran again take the place of their earlier ones.
void add_runs(Facts& out, const Facts& before, const Facts& part) {
  for (const CollectorRun& run : before.runs()) {
    const auto again = std::ranges::find(part.runs(), run.collector, &CollectorRun::collector);
    out.add_run(again == part.runs().end() ? run : *again);
  }
  for (const CollectorRun& run : part.runs()) {
    const auto known = std::ranges::find(before.runs(), run.collector, &CollectorRun::collector);
    if (known == before.runs().end()) out.add_run(run);
  }
}

// The keys of a fact that changed; none where all of it did.
std::vector<std::string> changed_keys(const Changed& changed, const std::string& fact) {
  std::vector<std::string> keys;
  for (const cel::Reference& reference : changed.facts) {
    if (reference.fact != fact) continue;
    if (!reference.key) return {};
    keys.push_back(fact == "module" ? text::underscored(*reference.key) : *reference.key);
  }
  return keys;
}

}  // namespace

Wanted wanted_for(const Changed& changed, const Dependents& dependents, const Facts& before) {
  Wanted wanted;
  for (const cel::Reference& reference : changed.facts) {
    const Dependents::Use use = dependents.use_of(reference.fact);
    if (!use.any) continue;
    if (!reference.key || use.whole || !is_map(before.find(reference.fact))) {
      want_whole(wanted, reference.fact, use);
    } else {
      want_entry(wanted, reference, use);
    }
  }
  return wanted;
}

Facts renewed(const Facts& before, const Facts& part, Changed& changed) {
  Facts out;
  for (const auto& [name, fact] : before.all()) {
    const Fact* now = part.find(name);
    if (now == nullptr) {
      out.set(fact);
      continue;
    }
    const auto keys = changed_keys(changed, name);
    if (!keys.empty() && is_map(&fact) && is_map(now)) {
      out.set(merged(fact, *now, keys));
    } else {
      out.set(*now);
      changed.facts.insert({name, {}});
    }
  }
  for (const auto& [name, fact] : part.all()) {
    if (before.find(name) != nullptr) continue;
    out.set(fact);
    changed.facts.insert({name, {}});
  }
  add_runs(out, before, part);
  return out;
}

}  // namespace harden
