// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sample.h"

#include <stdexcept>

namespace harden {

Facts facts_with(const std::vector<std::pair<std::string, Value>>& values) {
  Facts facts;
  for (const auto& [name, value] : values) facts.set({name, value, "/test/" + name, {}});
  return facts;
}

Value unreadable(const std::string& fact, Errc code) {
  return Value::unknown(fact, {code, "could not be read", "/test/" + fact});
}

Value module_state(bool loaded, bool builtin, bool available, bool blocked, int use_count) {
  return Map({{"loaded", loaded},
              {"builtin", builtin},
              {"available", available},
              {"blocked", blocked},
              {"blocked_by", blocked ? "/etc/modprobe.d/x.conf:1" : ""},
              {"use_count", use_count},
              {"used_by", List{}}});
}

Policy policy_from(const std::string& text, const std::string& file) {
  auto policy = parse_policy(text, file, policy_variables());
  if (policy) return std::move(*policy);
  std::string mistakes;
  for (const Diagnostic& diagnostic : policy.error()) mistakes += render(diagnostic, text);
  throw std::runtime_error(mistakes);
}

}  // namespace harden
