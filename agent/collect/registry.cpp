// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/registry.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
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
  auto declared = facts_;
  for (const FactDecl& fact : collector.facts) {
    const auto at = std::ranges::lower_bound(declared, fact.name, {}, &FactDecl::name);
    if (at != declared.end() && at->name == fact.name) {
      return fail(Errc::invalid, "declares the fact " + fact.name + ", which is declared already", collector.name);
    }
    declared.insert(at, fact);
  }
  facts_ = std::move(declared);
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
