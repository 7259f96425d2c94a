// SPDX-License-Identifier: Apache-2.0
//
// Another kernel. That it is in force is what the policy's ranges say.
#include "agent/remedy/remedy.h"

namespace harden {
namespace {

std::string action(const Remedy& remedy) { return "upgrade to " + remedy.upgrade; }
Answer in_force(const Remedy&, const Facts&) { return Answer::of(false); }

const RegisterRemedyRules registered{
    {.kind = RemedyKind::upgrade, .needs_reboot = true, .action = action, .in_force = in_force}};

}  // namespace
}  // namespace harden
