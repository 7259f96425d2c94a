// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a policy: mistakes, never a crash. What is accepted is used
// the way a check uses it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/policy/range.h"
#include "harden/policy.h"
#include "tests/support/variables.h"

namespace {

void use(const harden::Policy& policy) {
  harden::wanted_by({policy});
  if (!policy.affected) return;
  for (const char* release : {"2.6.32.71", "4.4.113", "4.11-rc5", "6.1.38", "7.0"}) {
    if (harden::judge(*policy.affected, release).reason.empty()) std::abort();
    harden::fixed_release_for(*policy.affected, release);
  }
  harden::vendor_rule(*policy.affected, "rhel", "9.4");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policy = harden::parse_policy(text, "x", harden::test::some_variables());
  if (policy) use(*policy);
  if (!policy && policy.error().empty()) std::abort();
  if (!policy) {
    for (const harden::Diagnostic& one : policy.error()) harden::render(one, text);
  }
  return 0;
}
