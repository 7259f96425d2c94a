// SPDX-License-Identifier: Apache-2.0
//
// What only a person can do. Whether it was done is for the policy's
// `in_force` to say; without one, it cannot be told.
#include "agent/remedy/remedy.h"

namespace harden {
namespace {

std::string action(const Remedy& remedy) { return remedy.advice; }

Answer in_force(const Remedy& remedy, const Facts&) {
  return Answer::unknown({{remedy.name, {Errc::unsupported, "no fact shows whether this advice is followed", ""}}});
}

const RegisterRemedyRules registered{{.kind = RemedyKind::advice, .action = action, .in_force = in_force}};

}  // namespace
}  // namespace harden
