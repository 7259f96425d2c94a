// SPDX-License-Identifier: Apache-2.0
#include "tests/support/variables.h"

namespace harden::test {
namespace {

Type text() { return Type::Kind::string; }
Type number() { return Type::Kind::integer; }
Type truth() { return Type::Kind::boolean; }

Type module() {
  return Type::record({{"loaded", truth(), ""},
                       {"builtin", truth(), ""},
                       {"available", truth(), ""},
                       {"blocked", truth(), ""},
                       {"blocked_by", text(), ""},
                       {"use_count", number(), ""},
                       {"used_by", Type::list_of(text()), ""}});
}

Type listener() {
  return Type::record(
      {{"family", text(), ""}, {"address", text(), ""}, {"port", number(), ""}, {"loopback", truth(), ""}});
}

}  // namespace

const std::vector<cel::Variable>& some_variables() {
  static const std::vector<cel::Variable> kVariables = {
      {"cmdline.params", Type::map_of(text(), text())},
      {"cpu.online", number()},
      {"cpu.possible", number()},
      {"kernel.config", Type::map_of(text(), text())},
      {"kernel.livepatches", Type::list_of(Type::record({{"name", text(), ""}, {"enabled", truth(), ""}}))},
      {"kernel.release", text()},
      {"module", Type::map_of(text(), module())},
      {"net.ipv6.enabled", truth()},
      {"net.listeners", Type::list_of(listener())},
      {"os.id", text()},
      {"sysctl", Type::map_of(text(), Type())},
  };
  return kVariables;
}

}  // namespace harden::test
