// SPDX-License-Identifier: Apache-2.0
#include "agent/report/junit.h"

#include <algorithm>

#include "agent/core/text.h"
#include "agent/report/markup.h"

namespace harden::junit {
namespace {

std::string lines_of(std::string_view text) {
  std::string out;
  for (const std::string_view line : text::lines(text)) out += marked_up(line) + "\n";
  return out;
}

std::string inner(const char* element, const Case& one) {
  return std::string("      <") + element + attribute("type", one.type) + attribute("message", one.message) + ">" +
         lines_of(one.body) + "      </" + element + ">\n";
}

std::string outcome_of(const Case& one) {
  switch (one.outcome) {
    case Outcome::passed: break;
    case Outcome::failure: return inner("failure", one);
    case Outcome::error: return inner("error", one);
    case Outcome::skipped: return "      <skipped" + attribute("message", one.message) + "/>\n";
  }
  return {};
}

std::string test_case(const Case& one) {
  const std::string head =
      "    <testcase" + attribute("classname", one.classname) + attribute("name", one.name) + attribute("time", "0");
  const std::string ended = outcome_of(one);
  return ended.empty() ? head + "/>\n" : head + ">\n" + ended + "    </testcase>\n";
}

std::string counts(const std::vector<Case>& cases) {
  const auto number = [&](Outcome outcome) {
    return std::to_string(std::ranges::count(cases, outcome, &Case::outcome));
  };
  return attribute("tests", std::to_string(cases.size())) + attribute("failures", number(Outcome::failure)) +
         attribute("errors", number(Outcome::error)) + attribute("skipped", number(Outcome::skipped)) +
         attribute("time", "0");
}

std::string property(const char* name, std::string_view value) {
  return std::string("      <property") + attribute("name", name) + attribute("value", value) + "/>\n";
}

}  // namespace

std::string document(std::string_view suite, const HostSummary& host, const std::vector<Case>& cases) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + attribute("name", "hardend") +
                    counts(cases) + ">\n  <testsuite" + attribute("name", suite) + counts(cases) +
                    ">\n    <properties>\n";
  out += property("root", host.root) + property("os", host.os) + property("kernel", host.kernel) +
         property("package", host.package) + "    </properties>\n";
  for (const Case& one : cases) out += test_case(one);
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace harden::junit
