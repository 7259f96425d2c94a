// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/collect/cmdline.h"
#include "tests/support/collected.h"

using namespace harden;
using namespace harden::test;

namespace {

std::string flat(std::string_view text) {
  std::string out;
  for (const auto& [name, value] : probe::parse_cmdline(text)) out += "<" + name + "|" + value + ">";
  return out;
}

}  // namespace

TEST_CASE("the usual command line") {
  const Facts facts =
      collected("cmdline", MemoryHost{{"/proc/cmdline", "BOOT_IMAGE=/vmlinuz ro quiet ipv6.disable=1\n"}});
  CHECK(shown(facts, "cmdline.text") == "\"BOOT_IMAGE=/vmlinuz ro quiet ipv6.disable=1\"");
  CHECK(shown(facts, "cmdline.params") == R"({"BOOT_IMAGE": "/vmlinuz", "ipv6.disable": "1", "quiet": "", "ro": ""})");
}

TEST_CASE("parameters are taken apart as the kernel does") {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"   ", ""},
      {"a", "<a|>"},
      {"a=", "<a|>"},
      {"a=b=c", "<a|b=c>"},
      {"  a \t b\n", "<a|><b|>"},
      {"dyndbg=\"file a +p; file b\" c", "<dyndbg|file a +p; file b><c|>"},
      {"\"a=b c\" d", "<a|b c><d|>"},
      {"\"a b\" c", "<a b|><c|>"},
      {"a=b\" \"c", "<a|b\" \"c>"},
      {"a=\"open to the end", "<a|open to the end>"},
      {"a=\"\"", "<a|>"},
      {"\"", "<|>"},
      {"=x", "<=x|>"},
      {"module-name.some-param=x-y", "<module_name.some_param|x-y>"},
      {"a -- b=1 c", "<a|>"},
      {"-- a", ""},
      {"a=-- b", "<a|--><b|>"},
      {"console=tty0 console=ttyS0", "<console|tty0><console|ttyS0>"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(flat(text) == expected);
  }
}

TEST_CASE("of a parameter given twice the last value counts") {
  const Facts facts = collected("cmdline", MemoryHost{{"/proc/cmdline", "a-b=1 a_b=2 a-b=3 -- a_b=4"}});
  CHECK(shown(facts, "cmdline.params") == R"({"a_b": "3"})");
}

TEST_CASE("an empty command line is one without parameters") {
  const Facts facts = collected("cmdline", MemoryHost{{"/proc/cmdline", "\n"}});
  CHECK(shown(facts, "cmdline.text") == "\"\"");
  CHECK(shown(facts, "cmdline.params") == "{}");
}

TEST_CASE("a command line that cannot be had") {
  const std::pair<MemoryHost, const char*> cases[] = {
      {MemoryHost{}, "unknown(absent)"},
      {MemoryHost{}.error("/proc", Errc::denied), "unknown(denied)"},
      {MemoryHost{{"/proc/cmdline", "a\xff"}}, "unknown(malformed)"},
      {MemoryHost{{"/proc/cmdline", std::string("a\0b", 3)}}, "unknown(malformed)"},
      {MemoryHost{{"/proc/cmdline", std::string(1 << 20, 'a')}}, "unknown(too_large)"},
  };
  for (const auto& [host, expected] : cases) {
    const Facts facts = collected("cmdline", host);
    CHECK(shown(facts, "cmdline.text") == expected);
    CHECK(shown(facts, "cmdline.params") == expected);
  }
}
