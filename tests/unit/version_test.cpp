// SPDX-License-Identifier: Apache-2.0
#include "harden/version.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace harden;

namespace {

using Comparison = int (*)(std::string_view, std::string_view);

struct Row {
  std::string left;
  char relation;  // '<', '=' or '>'
  std::string right;
};

void check_rows(Comparison compare, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.left);
    CAPTURE(row.right);
    const int expected = row.relation == '<' ? -1 : (row.relation == '>' ? 1 : 0);
    CHECK(compare(row.left, row.right) == expected);
    CHECK(compare(row.right, row.left) == -expected);
    CHECK(compare(row.left, row.left) == 0);
  }
}

// Every pair of a sorted list, so that the order is one order.
void check_ladder(Comparison compare, const std::vector<std::string>& sorted) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      CAPTURE(sorted[i]);
      CAPTURE(sorted[j]);
      CHECK(compare(sorted[i], sorted[j]) == static_cast<int>(i > j) - static_cast<int>(i < j));
    }
  }
}

}  // namespace

TEST_CASE("kernel releases stand in the order they came out") {
  check_ladder(kernel_vercmp, {"2.6.32",    "2.6.32.9", "2.6.32.71",  "2.6.35-rc1", "2.6.35",   "3.0-rc7",  "3.0",
                               "3.0.1",     "3.9",      "3.10",       "4.4.113",    "4.4.114",  "4.11-rc1", "4.11-rc5",
                               "4.11-rc10", "4.11",     "4.11.1-rc1", "4.11.1",     "4.12-rc1", "4.12",     "5.10.9",
                               "5.10.10",   "6.1",      "6.1.192",    "10.0"});
}

TEST_CASE("kernel releases: equal spellings and what is not compared") {
  check_rows(kernel_vercmp, {{"4.11", '=', "4.11.0"},
                             {"4.11.0", '=', "4.11.0.0"},
                             {"4.11.0-rc3", '=', "4.11-rc3"},
                             {"4.11-rc03", '=', "4.11-rc3"},
                             {"6.1.0-18-amd64", '=', "6.1"},
                             {"6.1.38+", '=', "6.1.38-custom"},
                             {"4.11-rc3-next-20170320", '=', "4.11-rc3"},
                             {"4.11-rc3+", '<', "4.11-custom"},
                             {"3.10.0-862.el7.x86_64", '=', "3.10"},
                             {"6.1-rc", '=', "6.1"},
                             {"6.1.", '=', "6.1"},
                             {"6.01.007", '=', "6.1.7"},
                             {"", '=', "0"},
                             {"nonsense", '=', "0.0"},
                             {"", '<', "0.1"},
                             {"", '>', "0-rc1"},
                             {"4.99999999999999999999999", '<', "4.100000000000000000000000"}});
}

TEST_CASE("dpkg's order") {
  check_rows(deb_vercmp, {{"1.0~rc1-1", '<', "1.0-1"},
                          {"1.0~~", '<', "1.0~"},
                          {"1.0~", '<', "1.0"},
                          {"1.0", '<', "1.0a"},
                          {"1.0a", '<', "1.0+"},
                          {"1.0+b1", '>', "1.0-1"},
                          {"1.0+deb12u1", '>', "1.0"},
                          {"6.1.192-2", '>', "6.1.192-1"},
                          {"6.1.192-10", '>', "6.1.192-9"},
                          {"6.1.9-1", '<', "6.1.10-1"},
                          {"5.15.0-100.110", '>', "5.15.0-99.109"},
                          {"1:0.1", '>', "9"},
                          {"0:1.0", '=', "1.0"},
                          {"00:1.0", '=', "1.0"},
                          {"10:1", '>', "9:1"},
                          {"1.0", '=', "1.0-0"},
                          {"1.0-1-1", '>', "1.0-1"},
                          {"1.00", '=', "1.0"},
                          {"1.001", '=', "1.1"},
                          {"1.2.3", '<', "1.2.3.1"},
                          {"1a2", '>', "1a1"},
                          {"1:2:3", '>', "1:2"}});
}

TEST_CASE("what dpkg refuses still has a place in the order") {
  check_rows(deb_vercmp, {{"", '=', "0"},
                          {"", '<', "1"},
                          {"~", '<', ""},
                          {"a:1", '>', "1"},
                          {":1", '>', "1"},
                          {"1:", '>', "9"},
                          {"1-", '=', "1"},
                          {"abc", '>', "1"},
                          {"99999999999999999999:1", '>', "9999999999:1"},
                          {"\xc3\xa9", '>', "a"}});
}

TEST_CASE("rpm's order of one version") {
  check_ladder(rpm_vercmp, {"~", "", "1~~", "1~a", "1~rc1", "1~rc1^2", "1~rc2", "1", "1^", "1^2024", "1^2025", "1.a",
                            "1.0", "1.1", "1.1a", "1.1.1", "1.9", "1.10"});
  check_rows(rpm_vercmp, {{"1.0", '=', "1.0"},
                          {"1.0", '=', "1_0"},
                          {"1..0", '=', "1.0"},
                          {"1.0.", '=', "1.0"},
                          {"1.05", '=', "1.5"},
                          {"a", '<', "1"},
                          {"A", '<', "a"},
                          {"1.0+git", '>', "1.0"},
                          {"2.50", '>', "2.5"},
                          {"99999999999999999999999", '>', "99999999999999999999998"}});
}

TEST_CASE("rpm's order of [epoch:]version[-release]") {
  check_rows(rpm_vercmp, {{"1:1.0", '>', "2.0"},
                          {"0:1.0", '=', "1.0"},
                          {":1.0", '=', "1.0"},
                          {"x:1", '<', "1"},
                          {"1.0-1", '>', "1.0"},
                          {"1.0-1", '<', "1.0.1"},
                          {"1.0-1-2", '>', "1.0-1"},
                          {"1.0-", '>', "1.0"},
                          {"3.10.0-862.el7", '<', "3.10.0-862.2.3.el7"},
                          {"3.10.0-862.el7", '<', "3.10.0-1160.el7"},
                          {"4.18.0-553.el8_10", '>', "4.18.0-477.27.1.el8_8"},
                          {"5.14.0-427.13.1.el9_4", '<', "5.14.0-503.el9"}});
}

TEST_CASE("bytes that no version has do no harm") {
  const std::string nul("1\0002", 3);
  for (const Comparison compare : {kernel_vercmp, deb_vercmp, rpm_vercmp}) {
    CHECK(compare(nul, nul) == 0);
    CHECK(compare(nul, "1") == -compare("1", nul));
    CHECK(compare("\xff\xfe-\x80", "1") == -compare("1", "\xff\xfe-\x80"));
    CHECK(compare(std::string(100'000, '9'), std::string(100'000, '8')) == 1);
    CHECK(compare(std::string(100'000, '-'), std::string(100'000, ':')) ==
          -compare(std::string(100'000, ':'), std::string(100'000, '-')));
  }
}
