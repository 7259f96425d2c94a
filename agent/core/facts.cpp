// SPDX-License-Identifier: Apache-2.0
#include "harden/facts.h"

#include <utility>

namespace harden {

void Facts::set(Fact fact) {
  std::string name = fact.name;
  facts_.insert_or_assign(std::move(name), std::move(fact));
}

const Fact* Facts::find(std::string_view name) const {
  const auto found = facts_.find(name);
  return found == facts_.end() ? nullptr : &found->second;
}

const Value* Facts::value(std::string_view name) const {
  const Fact* fact = find(name);
  return fact == nullptr ? nullptr : &fact->value;
}

const std::string& Fact::source_of(std::string_view key) const {
  const auto entry = entry_sources.empty() ? entry_sources.end() : entry_sources.find(key);
  return entry == entry_sources.end() ? source : entry->second;
}

std::string Facts::source(std::string_view name, std::string_view key) const {
  const Fact* fact = find(name);
  return fact == nullptr ? std::string() : fact->source_of(key);
}

}  // namespace harden
