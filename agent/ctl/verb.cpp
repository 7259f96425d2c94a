// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/verb.h"

#include <algorithm>

namespace harden::ctl {
namespace {

std::vector<Verb>& registry() {
  static std::vector<Verb> verbs;
  return verbs;
}

}  // namespace

RegisterVerb::RegisterVerb(Verb verb) {
  const auto place = std::ranges::upper_bound(registry(), verb.name, {}, &Verb::name);
  registry().insert(place, std::move(verb));
}

const std::vector<Verb>& verbs() { return registry(); }

}  // namespace harden::ctl
