// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/references.h"

namespace harden {
namespace {

using References = std::set<cel::Reference>;

void add_program(References& found, const std::optional<cel::Program>& program) {
  if (program) found.insert(program->references().begin(), program->references().end());
}

void add_kernel(References& found) {
  for (const char* fact : {"kernel.vendor", "kernel.vendor_release", "kernel.package", "kernel.upstream",
                           "kernel.release", "kernel.livepatches"}) {
    found.insert({fact, {}});
  }
}

// What tells whether a remedy is in force and whether it can be applied.
void add_remedy(References& found, const Remedy& remedy) {
  switch (remedy.kind) {
    case RemedyKind::sysctl:
      for (const SysctlWant& want : remedy.sysctls) {
        found.insert({"sysctl", want.key});
        found.insert({"sysctl_read_only", want.key});
        if (want.key.starts_with("net.")) found.insert({"net.namespaces", {}});
      }
      break;
    case RemedyKind::module:
      for (const std::string& module : remedy.modules) found.insert({"module", module});
      break;
    case RemedyKind::cmdline: found.insert({"cmdline.params", {}}); break;
    case RemedyKind::docker: found.insert({"docker.engines", {}}); break;
    case RemedyKind::upgrade:
      add_kernel(found);
      found.insert({"os.id", {}});
      break;
    case RemedyKind::advice: break;
  }
  add_program(found, remedy.in_force);
  for (const Impact& impact : remedy.impacts) {
    add_program(found, impact.when);
    add_program(found, impact.names);
  }
}

void add(Wanted& wanted, const References& references) {
  for (const cel::Reference& reference : references) {
    if (reference.key) {
      wanted.add(reference.fact, *reference.key);
    } else {
      wanted.add(reference.fact);
    }
  }
}

}  // namespace

std::vector<cel::Variable> policy_variables() {
  std::vector<cel::Variable> variables;
  for (const FactDecl& fact : fact_declarations()) variables.push_back({fact.name, fact.type});
  return variables;
}

std::set<cel::Reference> references_of(const Policy& policy) {
  References found;
  if (policy.affected) add_kernel(found);
  add_program(found, policy.exposed);
  for (const Remedy& remedy : policy.remedies) add_remedy(found, remedy);
  return found;
}

std::set<cel::Reference> report_references() {
  return {{"os.pretty_name", {}}, {"kernel.release", {}}, {"kernel.package", {}}};
}

Wanted wanted_by(const std::vector<Policy>& policies) {
  Wanted wanted;
  add(wanted, report_references());
  for (const Policy& policy : policies) add(wanted, references_of(policy));
  return wanted;
}

}  // namespace harden
