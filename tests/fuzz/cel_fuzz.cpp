// SPDX-License-Identifier: Apache-2.0
//
// Any text as an expression: it must be refused or come to a value, soon and
// without undefined behaviour, and tell about itself without harm.
#include <cstdint>
#include <cstdlib>
#include <map>

#include "harden/cel.h"

using namespace harden;

namespace {

using Names = std::map<std::string, Value, std::less<>>;

const std::vector<cel::Variable>& variables() {
  static const std::vector<cel::Variable> all{
      {"n", Type::Kind::integer},
      {"s", Type::Kind::string},
      {"u", {}},
      {"net.list", Type::list_of(Type::record({{"name", Type::Kind::string, ""}, {"port", Type::Kind::integer, ""}}))},
      {"sysctl", Type::map_of(Type::Kind::string, {})},
  };
  return all;
}

const Names& values() {
  static const Error denied{Errc::denied, "permission denied", "/proc"};
  static const Value entry = Map(std::vector<Map::Entry>{{"name", "eth0"}, {"port", 22}});
  static const Names all{
      {"n", 7},
      {"s", "a\xff\xc3\xa9\xf0\x9f\x90\xb1"},
      {"u", Value::unknown("u", denied)},
      {"net.list", List{entry, entry}},
      {"sysctl", Map(std::vector<Map::Entry>{{"a", 1}, {"b", Value::unknown("sysctl[\"b\"]", denied)}})},
  };
  return all;
}

// The text of a value is only asked for where it cannot be too long.
void use(const cel::Program& program) {
  const cel::Bindings bindings = [](std::string_view name) {
    const auto found = values().find(name);
    return found == values().end() ? nullptr : &found->second;
  };
  to_text(program.evaluate(bindings));
  program.trace(bindings);
  program.explain(bindings);
  for (const cel::Reference& reference : program.references()) to_text(reference);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const cel::Limits limits{4096, 64, 20'000, 1 << 16};
  for (const auto& program :
       {cel::Program::compile(text, variables(), {}, limits), cel::Program::parse(text, {}, limits)}) {
    if (program) {
      use(*program);
    } else {
      for (const Diagnostic& diagnostic : program.error()) render(diagnostic, text);
      if (program.error().empty() || program.error().size() > 20) std::abort();
    }
  }
  return 0;
}
