// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "harden/crash_match.h"
#include "tests/support/sample.h"
#include "tests/support/sample_crash.h"
#include "tests/support/source_dir.h"

using namespace harden;
using test::crash_of;

namespace {

const std::string kRest = R"(
[[remedy]]
name = "upgrade"
upgrade = "a kernel with the fix"
grade = "prevents"
because = "it is fixed there"

[[example]]
host = "a"
verdict = "exposed"
[[example]]
host = "a"
verdict = "not_affected"
[[example]]
host = "a"
verdict = "unknown"
)";

const std::string kHead = R"(
id = "sample"
kind = "crash"
title = "a sample"
severity = "high"
description = "what happens"
references = ["https://example.org"]
)";

const std::string kAffected = R"(
[affected]
introduced = "4.10"
fixed = ["5.10.50", "5.15"]
[[affected.vendor]]
distro = "rhel"
release = "8"
fixed = "4.18.0-300.el8"
because = "the vendor's changelog"
)";

const std::string kCrash = R"(
[crash]
title = ["BUG: unable to handle kernel NULL pointer dereference in walk", "KASAN: * in walk"]
frames = ["walk", "close.part.0", "release"]
precursors = ['socket: no more \w+', '^memory: gone']
)";

Policy policy(const std::string& affected = kAffected, const std::string& crash = kCrash) {
  return policy_from(kHead + affected + crash + kRest);
}

constexpr const char* kTitle = "BUG: unable to handle kernel NULL pointer dereference in walk";
const std::vector<std::string> kFrames{"walk", "helper", "close", "release", "sys_close"};

bool has(const std::vector<std::string>& evidence, const std::string& part) {
  return std::ranges::any_of(evidence, [&](const std::string& one) { return one.find(part) != std::string::npos; });
}

struct Row {
  const char* what;
  CrashRecord record;
  std::optional<Confidence> wanted;
};

CrashRecord led_to(CrashRecord record) {
  record.precursors.push_back({Precursor::Kind::pattern, "socket: no more sockets", 1});
  return record;
}

CrashRecord corrupted(CrashRecord record) {
  record.corrupted = true;
  return record;
}

const std::string kOld = "5.10.40";
const std::string kNew = "5.10.60";

const std::vector<Row> kRows{
    {"title and frames, a kernel that has the bug", crash_of(kTitle, kFrames, kOld), Confidence::certain},
    {"title and frames, no kernel told", crash_of(kTitle, kFrames), Confidence::likely},
    {"title and frames and a precursor, no kernel told", led_to(crash_of(kTitle, kFrames)), Confidence::certain},
    {"the same, cut off", corrupted(led_to(crash_of(kTitle, kFrames, kOld))), Confidence::likely},
    {"title alone, other frames", crash_of(kTitle, {"walk", "other"}, kOld), Confidence::possible},
    {"title and a precursor", led_to(crash_of(kTitle, {"walk"}, kOld)), Confidence::likely},
    {"another wording of the title", crash_of("KASAN: use-after-free Read in walk", kFrames, kOld),
     Confidence::certain},
    {"the stars of a title stand within it alone", crash_of("KASAN: use-after-free Read in walker", {}, kOld),
     std::nullopt},
    {"three frames and a precursor, another title", led_to(crash_of("WARNING in x", kFrames, kOld)),
     Confidence::likely},
    {"three frames, another title", crash_of("WARNING in x", kFrames, kOld), Confidence::possible},
    {"frames in another order", crash_of("WARNING in x", {"close", "walk", "release"}, kOld), std::nullopt},
    {"a precursor alone is no match", led_to(crash_of("WARNING in x", {"y"}, kOld)), std::nullopt},
    {"a kernel with the fix", crash_of(kTitle, kFrames, kNew), Confidence::possible},
    {"a kernel with the fix, and a precursor", led_to(crash_of(kTitle, kFrames, kNew)), Confidence::possible},
    {"a vendor's fixed package", crash_of(kTitle, kFrames, "4.18.0-348.el8.x86_64"), Confidence::possible},
    {"a vendor's package without the fix", crash_of(kTitle, kFrames, "4.18.0-147.el8.x86_64"), Confidence::certain},
    {"a vendor that nobody looked up", crash_of(kTitle, kFrames, "5.14.0-70.el9.x86_64"), Confidence::likely},
    {"nothing alike", crash_of("general protection fault in y", {"y", "z"}, kOld), std::nullopt},
    {"an empty record", crash_of("", {}), std::nullopt},
};

}  // namespace

TEST_CASE("a match says how sure it is") {
  const std::vector<Policy> policies{policy()};
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    CrashRecord record = row.record;
    if (!record.kernel.empty()) record.kernel_version = "#1 SMP Fri Apr 20 16:44:24 UTC 2018";
    const auto matches = match_crash(record, policies);
    REQUIRE(matches.empty() == !row.wanted.has_value());
    if (!row.wanted) continue;
    CHECK(to_string(matches[0].confidence) == to_string(*row.wanted));
    CHECK(matches[0].policy == "sample");
    CHECK_FALSE(matches[0].evidence.empty());
  }
}

TEST_CASE("the evidence says what the match rests on") {
  CrashRecord record = led_to(crash_of(kTitle, kFrames, kOld));
  record.kernel_version = "#1 SMP";
  const auto sure = match_crash(record, {policy()});
  REQUIRE(sure.size() == 1);
  CHECK(has(sure[0].evidence, "its title is the policy's"));
  CHECK(has(sure[0].evidence, "walk <- close.part.0 <- release"));
  CHECK(has(sure[0].evidence, "before it the kernel said 'socket: no more sockets'"));
  CHECK(has(sure[0].evidence, "5.10.40, has the bug"));

  record.kernel = kNew;
  record.corrupted = true;
  const auto doubtful = match_crash(record, {policy()});
  REQUIRE(doubtful.size() == 1);
  CHECK(has(doubtful[0].evidence, "is known not to have the bug"));
  CHECK(has(doubtful[0].evidence, "its title may be wrong"));

  const auto nameless = match_crash(crash_of(kTitle, kFrames), {policy()});
  REQUIRE(nameless.size() == 1);
  CHECK(has(nameless[0].evidence, "does not name its kernel"));
}

TEST_CASE("a frame that the kernel doubts counts for nothing") {
  CrashRecord record = crash_of("WARNING in x", {}, kOld);
  for (const std::string& function : kFrames) record.frames.push_back(test::frame_of(function, function != "close"));
  CHECK(match_crash(record, {policy()}).empty());
  record.frames[2].reliable = true;
  CHECK(match_crash(record, {policy()}).size() == 1);
}

TEST_CASE("a title that ends in a star needs the frames, or a precursor where there are none") {
  const Policy with_frames =
      policy(kAffected, "[crash]\ntitle = 'WARNING in *'\nframes = ['walk']\nprecursors = ['^no']\n");
  CHECK(match_crash(crash_of("WARNING in x", {"x"}, kOld), {with_frames}).empty());
  CrashRecord record = crash_of("WARNING in x", {"x"}, kOld);
  record.precursors = {{Precursor::Kind::pattern, "no memory", 1}};
  CHECK(match_crash(record, {with_frames}).empty());
  CHECK(match_crash(crash_of("WARNING in x", {"x", "walk"}, kOld), {with_frames}).size() == 1);
  CHECK(match_crash(crash_of("BUG in x", {"x", "walk"}, kOld), {with_frames}).empty());

  const Policy without = policy(kAffected, "[crash]\ntitle = 'WARNING in *'\nprecursors = ['^no']\n");
  CHECK(match_crash(crash_of("WARNING in x", {"x"}, kOld), {without}).empty());
  CHECK(match_crash(record, {without}).size() == 1);
}

TEST_CASE("alternative titles count as titles") {
  CrashRecord record = crash_of("WARNING in x", kFrames, kOld);
  record.alternative_titles = {"WARNING in z", kTitle};
  const auto matches = match_crash(record, {policy()});
  REQUIRE(matches.size() == 1);
  CHECK(matches[0].confidence >= Confidence::likely);
}

TEST_CASE("what the condition asks of the kernel is asked of the kernel that crashed") {
  const Policy el7 = policy(
      "[exposed]\nwhen = 'kernel.vendor == \"rhel\" && kernel.vendor_release == \"7\" && "
      "cpu.possible >= 2 && rpm.vercmp(kernel.package, \"3.10.0-900.el7\") < 0'\n");
  const auto verdict = [&](const std::string& release) {
    return judge_kernel(el7, facts_of_kernel(release, "#1 SMP Debian 6.1.90-1")).verdict;
  };
  CHECK(verdict("3.10.0-862.el7.x86_64") == Verdict::unknown);  // the condition may hold
  CHECK(verdict("3.10.0-1160.el7.x86_64") == Verdict::not_affected);
  CHECK(verdict("6.1.0-21-amd64") == Verdict::not_affected);
  CHECK(verdict("") == Verdict::unknown);
  CHECK(verdict("\x1b[31m") == Verdict::unknown);
}

TEST_CASE("a kernel's strings tell its vendor, and what they do not tell is unknown") {
  const Facts debian = facts_of_kernel("6.1.0-21-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.90-1 (2024-05-03)");
  REQUIRE(debian.value("kernel.upstream"));
  CHECK(*debian.value("kernel.upstream") == Value("6.1.90"));
  // Ubuntu's upstream release stands in /proc alone.
  const Facts ubuntu = facts_of_kernel("4.4.0-87-generic", "#110-Ubuntu SMP Tue Jul 18 12:55:35 UTC 2017");
  CHECK(*ubuntu.value("kernel.vendor") == Value("ubuntu"));
  CHECK(ubuntu.value("kernel.upstream")->is(Value::Kind::unknown));
  const Facts bare = facts_of_kernel("5.4.0-something", "");
  CHECK(bare.value("kernel.vendor")->is(Value::Kind::unknown));
}

TEST_CASE("precursors without the crash are a warning") {
  const std::vector<Precursor> said{{Precursor::Kind::pattern, "socket: no more sockets", 3},
                                    {Precursor::Kind::out_of_memory, "memory: gone for good", 1}};
  const auto warnings = match_precursors(said, kOld, "#1 SMP", {policy()});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].confidence == Confidence::possible);
  CHECK(has(warnings[0].evidence, "'socket: no more sockets'"));
  CHECK(has(warnings[0].evidence, "'memory: gone for good'"));
  CHECK(match_precursors(said, kNew, "#1 SMP", {policy()}).empty());
  CHECK(match_precursors({}, kOld, "#1 SMP", {policy()}).empty());
  CHECK(match_precursors(said, kOld, "#1 SMP", {policy()}, warnings).empty());
}

TEST_CASE("the patterns of all policies are asked for once") {
  const auto patterns = crash_patterns({policy(), policy()});
  CHECK(patterns == std::vector<std::string>{"^memory: gone", "socket: no more \\w+"});
}

TEST_CASE("the surest match comes first") {
  Policy other = policy(kAffected, "[crash]\ntitle = '*walk'\n");
  other.id = "another";
  other.crash->frames = {"nobody"};
  const auto matches = match_crash(crash_of(kTitle, kFrames, kOld), {other, policy()});
  REQUIRE(matches.size() == 2);
  CHECK(matches[0].policy == "sample");
  CHECK(matches[1].policy == "another");
}

TEST_CASE("the founding incident is told by the shipped policies") {
  const PolicySet set = load_policies(*live_host(), (test::source_dir() / "policies").string());
  const CrashRecord record = test::incident();
  const auto matches = match_crash(record, set.policies);
  REQUIRE(matches.size() == 1);
  CHECK(matches[0].policy == "ip6mr-sk-done");
  CHECK(matches[0].confidence == Confidence::certain);
  CHECK(has(matches[0].evidence, "3.10.0-862.el7.x86_64, has the bug"));
  // What used the memory up is another policy's.
  const auto near = match_precursors(record.precursors, record.kernel, record.kernel_version, set.policies, matches);
  REQUIRE(near.size() == 1);
  CHECK(near[0].policy == "rhel7-kmem-leak");
}

TEST_CASE("hostile records do no harm") {
  CrashRecord record = crash_of(std::string(100'000, '*'), {});
  record.kernel = std::string(10'000, '9');
  for (int i = 0; i < 5000; ++i) record.frames.push_back(test::frame_of("a"));
  CHECK(match_crash(record, {policy()}).empty());
  const Policy stars = policy(kAffected, "[crash]\ntitle = '*a*a*a*a*a*a*a*a*a*a*a*a*b'\n");
  CHECK(match_crash(crash_of(std::string(100'000, 'a'), {}), {stars}).empty());
}
