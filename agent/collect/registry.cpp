// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/registry.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string_view>
#include <utility>

namespace harden {
namespace probe {
namespace {

// Not a plain variable at namespace scope: collectors of other files register
// before those of this file would be made. Never destroyed, because a worker
// that was left behind may outlive `main`.
Registry& registry() {
  static auto* const instance = new Registry;
  return *instance;
}

}  // namespace

Result<> Registry::add(Collector collector) {
  if (collector.collect == nullptr) return fail(Errc::invalid, "has no function to collect with", collector.name);
  std::set<std::string_view> names;
  for (const FactDecl& fact : collector.facts) {
    if (!names.insert(fact.name).second || std::ranges::binary_search(facts_, fact.name, {}, &FactDecl::name)) {
      return fail(Errc::invalid, "declares the fact " + fact.name + ", which is declared already", collector.name);
    }
  }
  for (const FactDecl& fact : collector.facts) {
    facts_.insert(std::ranges::lower_bound(facts_, fact.name, {}, &FactDecl::name), fact);
  }
  const auto at = std::ranges::lower_bound(collectors_, collector.name, {}, &Collector::name);
  collectors_.insert(at, std::move(collector));
  return {};
}

}  // namespace probe

RegisterCollector::RegisterCollector(Collector collector) {
  const auto added = probe::registry().add(std::move(collector));
  if (added) return;
  std::fprintf(stderr, "hardend: collector %s\n", describe(added.error()).c_str());
  std::abort();
}

const std::vector<Collector>& collectors() { return probe::registry().collectors(); }

const std::vector<FactDecl>& fact_declarations() { return probe::registry().facts(); }

Facts collect(std::shared_ptr<const Host> host, const Wanted& wanted, std::chrono::milliseconds patience) {
  return probe::run(collectors(), std::move(host), wanted, patience);
}

}  // namespace harden
