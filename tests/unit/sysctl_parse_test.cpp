// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/sysctl/parse.h"

using namespace harden::sysctl;
using namespace std::string_view_literals;

namespace {

std::string shown(const Statement& statement) {
  const std::string number = std::to_string(statement.line) + ":";
  switch (statement.what) {
    case Statement::What::malformed: return number + "?" + statement.written;
    case Statement::What::exclusion: return number + "!" + statement.path;
    case Statement::What::assignment: break;
  }
  return number + (statement.ignores_failure ? "-" : "") + statement.path + "=" + statement.value;
}

std::string shown(std::string_view content, Applier applier) {
  std::string out;
  for (const Statement& statement : parse(content, applier)) out += (out.empty() ? "" : " ") + shown(statement);
  return out;
}

// What each makes of the same bytes.
struct Case {
  std::string_view content;
  std::string_view systemd;
  std::string_view procps;
};

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(one.content);
    CHECK(shown(one.content, Applier::systemd) == one.systemd);
    CHECK(shown(one.content, Applier::procps) == one.procps);
  }
}

}  // namespace

TEST_CASE("what both read alike") {
  check({
      {"", "", ""},
      {"a.b = 1\n", "1:a/b=1", "1:a/b=1"},
      {"a/b=1", "1:a/b=1", "1:a/b=1"},
      {"\n\n  a.b\t=\t1 2  \n", "3:a/b=1 2", "3:a/b=1 2"},
      {"# a.b = 1\n; a.b = 1\n   # x = 1\n", "", ""},
      {"-a.b = 1\n", "1:-a/b=1", "1:-a/b=1"},
      {"-a.b\n", "1:!a/b", "1:!a/b"},
      {"-a.*.b \n", "1:!a/*/b", "1:!a/*/b"},
      {"a.b = 1 # no comment\n", "1:a/b=1 # no comment", "1:a/b=1 # no comment"},
      {"a.b = c = d\n", "1:a/b=c = d", "1:a/b=c = d"},
      {"a.b =\n", "1:a/b=", "1:a/b="},
      {"a.b = 1\r\na.c = 2\r\n", "1:a/b=1 2:a/c=2", "1:a/b=1 2:a/c=2"},
      {"net.ipv4.conf.eth0/1.tag=1", "1:net/ipv4/conf/eth0.1/tag=1", "1:net/ipv4/conf/eth0.1/tag=1"},
  });
}

TEST_CASE("what is no line for either has its place") {
  check({
      {"a.b\n", "1:?a.b", "1:?a.b"},
      {"=\n = 5\n-\n-=1\n", "1:?= 2:?= 5 3:?- 4:?-=1", "1:?= 2:?= 5 3:?- 4:?-=1"},
      {"/../../etc/x = 1\n", "1:?/../../etc/x = 1", "1:?/../../etc/x = 1"},
      {"x\ny = 1", "1:?x 2:y=1", "1:?x 2:y=1"},
  });
}

TEST_CASE("where the two part") {
  check({
      // the ends of lines
      {"a=1\rb=2\n", "1:a=1 2:b=2", "1:a=1\rb=2"},
      {"a=1\0b=2\nc=3\n"sv, "1:a=1 2:b=2 3:c=3", "1:a=1 2:c=3"},
      {"a=1\n\rb=2", "1:a=1 2:b=2", "1:a=1 2:b=2"},
      {"a=1\n\nb=2", "1:a=1 3:b=2", "1:a=1 3:b=2"},
      {"a=1\n\0b=2"sv, "1:a=1 2:b=2", "1:a=1"},
      {"a=1\0\nb=2"sv, "1:a=1 3:b=2", "1:a=1 2:b=2"},
      // white space
      {"a=\f1\v\n", "1:a=\f1\v", "1:a=1"},
      {"\fa=1\n", "1:\fa=1", "1:a=1"},
      {"- a.b = 1\n", "1:-a/b=1", "1:- a/b=1"},
      {"- a.b\n", "1:!a/b", "1:! a/b"},
      // names
      {"--a.b=1\n", "1:--a/b=1", "1:-a/b=1"},
      {"/a//b/./c=1\n", "1:a/b/c=1", "1:/a//b/./c=1"},
      {"a..b=1\n", "1:a/b=1", "1:a//b=1"},
      {"a/../b=1\n", "1:?a/../b=1", "1:a/../b=1"},
      {"a/b/=1\na/b/.=1\n", "1:a/b=1 2:a/b=1", "1:?a/b/=1 2:?a/b/.=1"},
  });
}

TEST_CASE("hostile bytes are read to their end") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const Applier applier : kAppliers) {
    CHECK(parse(all + "\nkernel.panic=1\n", applier).back().path == "kernel/panic");
    CHECK(parse(std::string(1'000'000, 'x') + "=1", applier).size() == 1);
    CHECK(parse(std::string(100'000, '\n') + "a=1", applier).front().line == 100'001);
  }
}
