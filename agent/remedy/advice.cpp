// SPDX-License-Identifier: Apache-2.0
//
// What only a person can do. Whether it was done is for the policy's
// `in_force` to say; without one, nobody can tell that it was.
#include "agent/remedy/remedy.h"

namespace harden {
namespace {

std::string action(const Remedy& remedy) { return remedy.advice; }
Answer in_force(const Remedy&, const Facts&) { return Answer::of(false); }

const RegisterRemedyRules registered{{.kind = RemedyKind::advice, .action = action, .in_force = in_force}};

}  // namespace
}  // namespace harden
