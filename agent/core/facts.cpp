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

std::string Facts::source(std::string_view name, std::string_view key) const {
  const Fact* fact = find(name);
  if (fact == nullptr) return {};
  const auto entry = fact->entry_sources.find(key);
  return entry == fact->entry_sources.end() ? fact->source : entry->second;
}

}  // namespace harden
