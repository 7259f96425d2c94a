// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/range.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace harden;

namespace {

FixedIn in(const std::string& release) { return {release, release}; }
FixedIn between(const std::string& earliest, const std::string& latest) { return {earliest, latest}; }
FixedIn not_before(const std::string& earliest) { return {earliest, std::nullopt}; }

constexpr auto kAffected = Verdict::exposed;
constexpr auto kNot = Verdict::not_affected;
constexpr auto kUnknown = Verdict::unknown;

struct Row {
  std::string upstream;
  Verdict verdict;
  std::string says;      // must stand in the reason
  std::string fixed_in;  // fixed_release_for, "" for nothing
};

void check_rows(const Affected& affected, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.upstream);
    const RangeVerdict got = judge(affected, row.upstream);
    CHECK(got.verdict == row.verdict);
    CAPTURE(got.reason);
    CHECK(got.reason.find(row.says) != std::string::npos);
    CHECK(fixed_release_for(affected, row.upstream).value_or("") == row.fixed_in);
  }
}

}  // namespace

TEST_CASE("one fix for each stable branch, and mainline's for the others") {
  const Affected affected{{"4.14"}, {in("5.10.254"), in("5.15.204"), in("6.1.170"), in("6.6.137"), in("7.0")}, {}};
  check_rows(affected, {
                           {"4.13", kNot, "4.13 is older than 4.14, which brought the fault", ""},
                           {"4.13.16", kNot, "older than 4.14", ""},
                           {"3.10.108", kNot, "older than 4.14", ""},
                           {"2.6.32.71", kNot, "older than 4.14", ""},
                           {"4.14", kAffected, "the 4.14 branch never did", "7.0"},
                           {"4.14.336", kAffected, "mainline got it in 7.0, the 4.14 branch never did", "7.0"},
                           {"5.10", kAffected, "the 5.10 branch got it in 5.10.254", "5.10.254"},
                           {"5.10.0", kAffected, "the 5.10 branch got it in 5.10.254", "5.10.254"},
                           {"5.10.253", kAffected, "5.10.253 lacks the fix", "5.10.254"},
                           {"5.10.254", kNot, "the 5.10 branch got it in 5.10.254", ""},
                           {"5.10.300", kNot, "5.10.300 has the fix", ""},
                           {"6.1.9", kAffected, "6.1.170", "6.1.170"},
                           {"6.1.169", kAffected, "6.1.170", "6.1.170"},
                           {"6.1.170", kNot, "6.1.170 has the fix: the 6.1 branch got it in 6.1.170", ""},
                           {"6.5.3", kAffected, "the 6.5 branch never did", "7.0"},
                           {"6.19.12", kAffected, "the 6.19 branch never did", "7.0"},
                           {"7.0-rc4", kUnknown, "whether 7.0-rc4 has the fix is not established", "7.0"},
                           {"7.0.0-rc4", kUnknown, "not established", "7.0"},
                           {"7.0", kNot, "mainline got it in 7.0", ""},
                           {"7.0.1", kNot, "mainline got it in 7.0", ""},
                           {"7.1-rc1", kNot, "mainline got it in 7.0", ""},
                           {"10.2.3", kNot, "mainline got it in 7.0", ""},
                       });
}

TEST_CASE("candidates of the release that brought the fault, and of a stable one") {
  const Affected affected{{"4.9"}, {in("4.9.20"), in("4.11")}, {}};
  check_rows(affected, {
                           {"4.8-rc8", kNot, "older than 4.9", ""},
                           {"4.9-rc1", kUnknown, "in which of its candidates is not established", "4.9.20"},
                           {"4.9.20-rc1", kUnknown, "whether 4.9.20-rc1 has the fix", "4.9.20"},
                           {"4.9.19-rc2", kAffected, "4.9.20", "4.9.20"},
                           {"4.9.21-rc1", kNot, "4.9.20", ""},
                           {"4.10-rc8", kAffected, "never did", "4.11"},
                           {"4.10.17", kAffected, "never did", "4.11"},
                           {"4.11-rc5", kUnknown, "mainline got it in 4.11", "4.11"},
                           {"4.12-rc1", kNot, "4.11", ""},
                       });
}

TEST_CASE("a range may name the candidates themselves") {
  const Affected affected{{"4.9-rc2"}, {in("4.11-rc5")}, {}};
  check_rows(affected, {
                           {"4.9-rc1", kNot, "older than 4.9-rc2", ""},
                           {"4.9-rc2", kAffected, "4.11-rc5", "4.11-rc5"},
                           {"4.9.1", kAffected, "4.11-rc5", "4.11-rc5"},
                           {"4.11-rc4", kAffected, "4.11-rc5", "4.11-rc5"},
                           {"4.11-rc5", kNot, "4.11-rc5", ""},
                           {"4.11", kNot, "4.11-rc5", ""},
                           {"4.11.3", kNot, "4.11-rc5", ""},
                       });
}

TEST_CASE("a fault as old as Linux") {
  const Affected affected{{"0"}, {in("4.4.123"), in("4.16")}, {}};
  check_rows(affected, {
                           {"2.6.12", kAffected, "the 2.6.12 branch never did", "4.16"},
                           {"3.0-rc1", kAffected, "never did", "4.16"},
                           {"4.4.122", kAffected, "4.4.123", "4.4.123"},
                           {"4.4.123", kNot, "4.4.123", ""},
                           {"4.16", kNot, "4.16", ""},
                       });
}

TEST_CASE("a fault fixed nowhere") {
  const Affected affected{{"5.4"}, {}, {}};
  check_rows(affected, {
                           {"5.3.18", kNot, "older than 5.4", ""},
                           {"5.4.1", kAffected, "no release of the 5.4 branch is known to have the fix", ""},
                           {"99.1", kAffected, "no release of the 99.1 branch", ""},
                       });
}

TEST_CASE("2.6.N is a mainline release with stable branches of its own") {
  const Affected affected{{"2.6.25"}, {in("2.6.32.28"), in("2.6.35.11"), in("2.6.37")}, {}};
  check_rows(affected, {
                           {"2.6.24.7", kNot, "older than 2.6.25", ""},
                           {"2.6.25", kAffected, "the 2.6.25 branch never did", "2.6.37"},
                           {"2.6.32", kAffected, "the 2.6.32 branch got it in 2.6.32.28", "2.6.32.28"},
                           {"2.6.32.27", kAffected, "2.6.32.28", "2.6.32.28"},
                           {"2.6.32.71", kNot, "the 2.6.32 branch", ""},
                           {"2.6.33.20", kAffected, "the 2.6.33 branch never did", "2.6.37"},
                           {"2.6.36.4", kAffected, "the 2.6.36 branch never did", "2.6.37"},
                           {"2.6.37-rc2", kUnknown, "2.6.37", "2.6.37"},
                           {"2.6.38", kNot, "2.6.37", ""},
                           {"3.0.5", kNot, "2.6.37", ""},
                       });
}

TEST_CASE("a fault that a stable branch took by backport is that branch's alone") {
  const Affected affected{{"6.4", "5.10.190"}, {in("5.10.210"), in("6.6.9"), in("6.8")}, {}};
  check_rows(affected, {
                           {"5.10.189", kNot, "older than 5.10.190", ""},
                           {"5.10.190", kAffected, "the 5.10 branch got it in 5.10.210", "5.10.210"},
                           {"5.10.209", kAffected, "5.10.210", "5.10.210"},
                           {"5.10.210", kNot, "5.10.210", ""},
                           {"5.15.200", kNot, "older than 6.4", ""},
                           {"6.5.3", kAffected, "the 6.5 branch never did", "6.8"},
                           {"6.6.8", kAffected, "6.6.9", "6.6.9"},
                           {"6.6.9", kNot, "6.6.9", ""},
                           {"6.9", kNot, "mainline got it in 6.8", ""},
                       });
}

TEST_CASE("taken by backport and never fixed in that branch") {
  check_rows({{"6.4", "5.10.190"}, {in("6.8")}, {}},
             {
                 {"5.10.189", kNot, "older", ""},
                 {"5.10.250", kAffected, "no release of the 5.10 branch is known to have the fix", "6.8"},
                 {"5.10.190-rc1", kUnknown, "in which of its candidates", "6.8"},
             });
  check_rows({{"6.4", "6.12.5"}, {in("6.8")}, {}},
             {
                 {"6.12.4", kAffected, "no release of the 6.12 branch is known to have the fix", "6.8"},
                 {"6.11.5", kNot, "mainline got it in 6.8", ""},
             });
}

TEST_CASE("a fault that mainline never had") {
  const Affected affected{{"5.10.190"}, {in("5.10.210")}, {}};
  check_rows(affected, {
                           {"5.10.200", kAffected, "5.10.210", "5.10.210"},
                           {"5.10.211", kNot, "5.10.210", ""},
                           {"5.15.3", kNot, "mainline never had the fault", ""},
                           {"5.10.3", kNot, "older than 5.10.190", ""},
                       });
  check_rows({{}, {}, {}}, {{"6.1.3", kNot, "mainline never had the fault", ""}});
}

TEST_CASE("a branch with a fix and no known introduction is not called safe") {
  const Affected affected{{"5.3"}, {in("5.2.19"), in("5.3.4"), in("5.4")}, {}};
  check_rows(affected, {
                           {"5.2.10", kUnknown, "not known to have taken", "5.2.19"},
                           {"5.2.19", kNot, "5.2.19", ""},
                           {"5.1.21", kNot, "older than 5.3", ""},
                           {"5.3.3", kAffected, "5.3.4", "5.3.4"},
                       });
}

TEST_CASE("a fix between two releases") {
  const Affected affected{{"2.6.35"}, {between("4.4.107", "4.4.114"), not_before("4.9.50"), in("4.11")}, {}};
  check_rows(affected, {
                           {"4.4.106", kAffected, "between 4.4.107 and 4.4.114", "4.4.114"},
                           {"4.4.107", kUnknown, "between 4.4.107 and 4.4.114", "4.4.114"},
                           {"4.4.113", kUnknown, "not established", "4.4.114"},
                           {"4.4.107-rc1", kUnknown, "not established", "4.4.114"},
                           {"4.4.114-rc1", kUnknown, "not established", "4.4.114"},
                           {"4.4.114", kNot, "4.4.114", ""},
                           {"4.9.49", kAffected, "in 4.9.50 or later", "4.11"},
                           {"4.9.50", kUnknown, "in 4.9.50 or later", "4.11"},
                           {"4.9.337", kUnknown, "in 4.9.50 or later", "4.11"},
                           {"4.10.5", kAffected, "mainline got it in 4.11", "4.11"},
                       });
  check_rows({{"4.1"}, {between("4.10", "4.12")}, {}}, {
                                                           {"4.9.300", kAffected, "the 4.9 branch never did", "4.12"},
                                                           {"4.10", kUnknown, "between 4.10 and 4.12", "4.12"},
                                                           {"4.11.9", kUnknown, "between 4.10 and 4.12", "4.12"},
                                                           {"4.12.1", kNot, "4.12", ""},
                                                       });
  check_rows({{"4.1"}, {not_before("4.10")}, {}},
             {{"4.9.1", kAffected, "4.10 or later", ""}, {"6.1.1", kUnknown, "4.10 or later", ""}});
}

TEST_CASE("what is no upstream release is unknown") {
  const Affected affected{{"4.14"}, {in("7.0")}, {}};
  for (const char* text : {"", "6", "0", "6.1.2.3", "2.6", "2.6.32.1.1", "6.1.x", "v6.1", "6..1", "6.1-foo", "6.1-rc",
                           "6.1-rcx", "6.1.38-1-amd64", "3.10.0-862.el7", "6.1\n", "-rc1", "9999999.1", "6.1\x1b[1m"}) {
    CAPTURE(text);
    const RangeVerdict got = judge(affected, text);
    CHECK(got.verdict == kUnknown);
    CHECK(got.reason.find("is not an upstream release") != std::string::npos);
    CHECK(got.reason.find('\x1b') == std::string::npos);
    CHECK_FALSE(fixed_release_for(affected, text));
  }
}

TEST_CASE("releases are taken apart") {
  const auto check = [](const char* text, const char* branch, bool stable, bool candidate) {
    CAPTURE(text);
    const auto release = parse_release(text);
    REQUIRE(release);
    CHECK(release->branch == branch);
    CHECK(release->stable == stable);
    CHECK(release->candidate == candidate);
  };
  check("6.1", "6.1", false, false);
  check("6.1.0", "6.1", false, false);
  check("6.1.38", "6.1", true, false);
  check("4.11.0-rc5", "4.11", false, true);
  check("4.11.1-rc1", "4.11", true, true);
  check("2.6.32", "2.6.32", false, false);
  check("2.6.32.71", "2.6.32", true, false);
}

TEST_CASE("of a vendor's rules the closest one counts") {
  const auto rule = [](const char* distro, const char* release, const char* because) {
    return VendorRule{distro, release, std::nullopt, Verdict::unknown, because};
  };
  const Affected affected{{"4.14"},
                          {},
                          {rule("sles", "", "any"), rule("sles", "15", "15"), rule("sles", "15.5", "15.5"),
                           rule("sles", "12", "12"), rule("rhel", "7", "el7")}};
  const auto chosen = [&](const char* vendor, const char* release) {
    const VendorRule* found = vendor_rule(affected, vendor, release);
    return found == nullptr ? std::string("-") : found->because;
  };
  CHECK(chosen("sles", "15.5") == "15.5");
  CHECK(chosen("sles", "15.4") == "15");
  CHECK(chosen("sles", "15") == "15");
  CHECK(chosen("sles", "155") == "any");
  CHECK(chosen("sles", "") == "any");
  CHECK(chosen("sles", "12.5") == "12");
  CHECK(chosen("rhel", "7") == "el7");
  CHECK(chosen("rhel", "7.9") == "el7");
  CHECK(chosen("rhel", "8") == "-");
  CHECK(chosen("debian", "12") == "-");
  CHECK(chosen("", "") == "-");
}
