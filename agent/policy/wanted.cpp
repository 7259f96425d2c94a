// SPDX-License-Identifier: Apache-2.0
#include "harden/policy.h"

namespace harden {
namespace {

void add_program(Wanted& wanted, const std::optional<cel::Program>& program) {
  if (!program) return;
  for (const cel::Reference& reference : program->references()) {
    if (reference.key) {
      wanted.add(reference.fact, *reference.key);
    } else {
      wanted.add(reference.fact);
    }
  }
}

void add_kernel(Wanted& wanted) {
  for (const char* fact : {"kernel.vendor", "kernel.vendor_release", "kernel.package", "kernel.upstream",
                           "kernel.release", "kernel.livepatches"}) {
    wanted.add(fact);
  }
}

// What tells whether a remedy is in force and whether it can be applied.
void add_remedy(Wanted& wanted, const Remedy& remedy) {
  switch (remedy.kind) {
    case RemedyKind::sysctl:
      for (const SysctlWant& want : remedy.sysctls) {
        wanted.add("sysctl", want.key);
        wanted.add("sysctl_read_only", want.key);
        if (want.key.starts_with("net.")) wanted.add("net.namespaces");
      }
      break;
    case RemedyKind::module:
      for (const std::string& module : remedy.modules) wanted.add("module", module);
      break;
    case RemedyKind::cmdline: wanted.add("cmdline.params"); break;
    case RemedyKind::docker: wanted.add("docker.engines"); break;
    case RemedyKind::upgrade:
      add_kernel(wanted);
      wanted.add("os.id");
      break;
    case RemedyKind::advice: break;
  }
  add_program(wanted, remedy.in_force);
  for (const Impact& impact : remedy.impacts) {
    add_program(wanted, impact.when);
    add_program(wanted, impact.names);
  }
}

}  // namespace

std::vector<cel::Variable> policy_variables() {
  std::vector<cel::Variable> variables;
  for (const FactDecl& fact : fact_declarations()) variables.push_back({fact.name, fact.type});
  return variables;
}

Wanted wanted_by(const std::vector<Policy>& policies) {
  Wanted wanted;
  // The head of every report.
  for (const char* fact : {"os.pretty_name", "kernel.release", "kernel.package"}) wanted.add(fact);
  for (const Policy& policy : policies) {
    if (policy.affected) add_kernel(wanted);
    add_program(wanted, policy.exposed);
    for (const Remedy& remedy : policy.remedies) add_remedy(wanted, remedy);
  }
  return wanted;
}

}  // namespace harden
