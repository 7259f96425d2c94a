// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/sysctl/key.h"

using namespace harden::sysctl;

namespace {

struct Pair {
  std::string_view from;
  std::string_view to;
};

std::string or_none(const std::optional<std::string>& text) { return text.value_or("none"); }

}  // namespace

TEST_CASE("the first separator decides what dots and slashes are") {
  const Pair cases[] = {
      {"net.ipv4.ip_forward", "net/ipv4/ip_forward"},
      {"net/ipv4/ip_forward", "net/ipv4/ip_forward"},
      {"net.ipv4.conf.eth0/100.tag", "net/ipv4/conf/eth0.100/tag"},
      {"net/ipv4/conf/eth0.100/tag", "net/ipv4/conf/eth0.100/tag"},
      {"plain", "plain"},
      {".net.ipv4", "/net/ipv4"},
      {"/net.x/y", "/net.x/y"},
      {"", ""},
  };
  for (const Pair& one : cases) {
    CAPTURE(one.from);
    CHECK(path_form(one.from) == one.to);
  }
  CHECK(dotted("net/ipv4/conf/eth0.100/tag") == "net.ipv4.conf.eth0/100.tag");
}

TEST_CASE("a path names one file below /proc/sys") {
  const Pair simple[] = {{"/net//ipv4/./x/", "net/ipv4/x"}, {"net/../x", "net/../x"}, {"//", ""}};
  for (const Pair& one : simple) CHECK(simplified(one.from) == one.to);
  const Pair targets[] = {{"net/ipv4/../ipv4//x", "net/ipv4/x"}, {"net/../..", "none"}, {"..", "none"},
                          {"../../etc/passwd", "none"},          {"net/..", "none"},    {"", "none"}};
  for (const Pair& one : targets) {
    CAPTURE(one.from);
    CHECK(or_none(target(one.from)) == one.to);
  }
}

TEST_CASE("a key is asked for in any form of sysctl(8)") {
  const Pair cases[] = {
      {"kernel.panic", "kernel/panic"},
      {"kernel/panic", "kernel/panic"},
      {"/kernel/panic", "kernel/panic"},
      {"net.ipv4.conf.d/1.tag", "net/ipv4/conf/d.1/tag"},
      {"", "none"},
      {"/", "none"},
      {"net/../kernel/panic", "none"},
      {"net.ipv4.conf.*.tag", "none"},
      {"net.ipv4.conf.[ab].tag", "none"},
      {std::string_view("kernel\0panic", 12), "none"},
  };
  for (const Pair& one : cases) {
    CAPTURE(one.from);
    CHECK(or_none(key_path(one.from)) == one.to);
  }
  CHECK_FALSE(key_path(std::string(1025, 'x')));
}

TEST_CASE("globs are glob(3)'s, and braces only systemd's") {
  struct Case {
    std::string_view pattern;
    std::string_view path;
    bool plain;
    bool braces;
  };
  const Case cases[] = {
      {"net/*/x", "net/ipv4/x", true, true},
      {"net/*/x", "net/ipv4/y/x", false, false},
      {"net/*", "net/.hidden", false, false},
      {"net/[!a]pv4/x", "net/ipv4/x", true, true},
      {"net/ipv?/x", "net/ipv4/x", true, true},
      {"net/{a,b}*/x", "net/b1/x", false, true},
      {"net/{a,b}*/x", "net/c/x", false, false},
      {"n{e{t,s},o}/*", "nes/x", false, true},
      {"n{e{t,s},o}/*", "no/x", false, true},
      {"a\\{b,c\\}*", "a{b,c}d", true, true},
      {"{}*", "{}x", true, true},
      {"{a,b*", "{a,bc", true, true},
      {"[", "[", true, true},
  };
  for (const Case& one : cases) {
    CAPTURE(one.pattern);
    CAPTURE(one.path);
    CHECK(glob_matches(one.pattern, one.path, false) == one.plain);
    CHECK(glob_matches(one.pattern, one.path, true) == one.braces);
  }
  CHECK(is_glob("a[b"));
  CHECK_FALSE(is_glob("{a,b}"));
}

TEST_CASE("braces that multiply match nothing, and end") {
  std::string bomb;
  for (int i = 0; i < 64; ++i) bomb += "{a,b}";
  CHECK_FALSE(glob_matches(bomb + "*", "aaaa", true));
  CHECK_FALSE(glob_matches(std::string(100'000, '{') + "*", "a", true));
}

TEST_CASE("the keys of one interface are told from others") {
  const auto key = interface_key("net/ipv6/conf/eth0.1/accept_ra");
  REQUIRE(key);
  CHECK(key->folder == "net/ipv6/conf");
  CHECK(key->interface == "eth0.1");
  CHECK(key->setting == "accept_ra");
  CHECK(interface_key("net/ipv4/neigh/default/gc_thresh1"));
  for (const std::string_view other :
       {"net/ipv4/ip_forward", "net/ipv4/conf", "net/ipv4/conf/eth0", "net/ipv4/confx/a/b"})
    CHECK_FALSE(interface_key(other));
}
