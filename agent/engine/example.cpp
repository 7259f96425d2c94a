// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/example.h"

#include "harden/collector.h"

namespace harden {
namespace {

// `sysctl["net.ipv4.tcp_sack"]` or "cpu.possible" as a reference.
Result<cel::Reference> reference_of(const std::string& name, const std::vector<cel::Variable>& variables) {
  const auto program = cel::Program::compile(name, variables);
  if (!program) return fail(Errc::invalid, program.error().front().message, name);
  if (program->references().size() != 1) return fail(Errc::invalid, "not the name of a fact", name);
  return program->references().front();
}

void put(Facts& facts, const cel::Reference& reference, const Value& value) {
  const Fact* present = facts.find(reference.fact);
  Fact fact = present != nullptr ? *present : Fact{reference.fact, Value(), "the example", {}};
  if (!reference.key) {
    fact.value = value;
  } else {
    auto entries = fact.value.is(Value::Kind::map) ? fact.value.map().entries() : std::vector<Map::Entry>();
    entries.emplace_back(*reference.key, value);
    fact.value = Map(std::move(entries));
  }
  facts.set(std::move(fact));
}

}  // namespace

Result<Facts> example_facts(const Policy& policy, const Example& example, const std::string& hosts) {
  const auto host = tree_host(hosts + "/" + example.host);
  if (!host) return std::unexpected(host.error());
  Facts facts = collect(*host, wanted_by({policy}));
  const auto variables = policy_variables();
  for (const auto& [name, value] : example.facts) {
    const auto reference = reference_of(name, variables);
    if (!reference) return std::unexpected(reference.error());
    put(facts, *reference, value);
  }
  for (const std::string& name : example.unreadable) {
    const auto reference = reference_of(name, variables);
    if (!reference) return std::unexpected(reference.error());
    put(facts, *reference, Value::unknown(name, {Errc::denied, "the example takes it as unreadable", name}));
  }
  return facts;
}

Result<Finding> run_example(const Policy& policy, const Example& example, const std::string& hosts) {
  const auto facts = example_facts(policy, example, hosts);
  if (!facts) return std::unexpected(facts.error());
  return evaluate(policy, *facts);
}

}  // namespace harden
