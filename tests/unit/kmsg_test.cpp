// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/kmsg.h"

#include <doctest/doctest.h>

namespace harden {
namespace {

TEST_CASE("a record of /dev/kmsg") {
  const auto record =
      parse_kmsg("6,339,5140900,-;NET: Registered protocol family 10\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\n");
  REQUIRE(record);
  CHECK(record->level == 6);
  CHECK(record->facility == 0);
  CHECK(record->sequence == 339);
  CHECK(record->microseconds == 5140900);
  CHECK(!record->fragment);
  CHECK(record->text == "NET: Registered protocol family 10");
  REQUIRE(record->fields.size() == 2);
  CHECK(record->fields[0] == std::pair<std::string, std::string>("SUBSYSTEM", "acpi"));
  CHECK(record->fields[1] == std::pair<std::string, std::string>("DEVICE", "+acpi:PNP0A03:00"));
}

TEST_CASE("priorities, flags, callers and escapes") {
  struct Case {
    const char* record;
    int level, facility;
    bool fragment;
    const char* caller;
    const char* text;
  };
  const std::vector<Case> cases = {
      {"0,0,0,-;x", 0, 0, false, "", "x"},
      {"14,1,2,-;from a program\n", 6, 1, false, "", "from a program"},
      {"191,1,2,-;", 7, 23, false, "", ""},
      {"4,1,2,c;cont", 4, 0, true, "", "cont"},
      {"4,1,2,-,caller=T12;x;y", 4, 0, false, "T12", "x;y"},
      {"4,1,2,-,new=thing,caller=C0;x", 4, 0, false, "C0", "x"},
      {"4,1,2;no flag", 4, 0, false, "", "no flag"},
      {"4,1,2,-;two\\x0alines", 4, 0, false, "", "two\nlines"},
      {"4,1,2,-;back\\x5cslash \\x1b[1m", 4, 0, false, "", "back\\slash \x1b[1m"},
      {"4,1,2,-;not \\x4 \\xzz \\", 4, 0, false, "", "not \\x4 \\xzz \\"},
      {"4,1,2,-;\\xC3", 4, 0, false, "", "\xc3"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.record);
    const auto record = parse_kmsg(one.record);
    REQUIRE(record);
    CHECK(record->level == one.level);
    CHECK(record->facility == one.facility);
    CHECK(record->fragment == one.fragment);
    CHECK(record->caller == one.caller);
    CHECK(record->text == one.text);
  }
}

TEST_CASE("what is no record is malformed") {
  for (const char* record :
       {"", ";", "x", "6,1,2,-", "6;x", "6,1;x", "a,1,2,-;x", "6,-1,2,-;x", "6,1,18446744073709551616,-;x",
        "6,1,9223372036854775808,-;x", "99999999,1,2,-;x", "6, 1,2,-;x", "6,1,,-;x"}) {
    CAPTURE(record);
    const auto parsed = parse_kmsg(record);
    REQUIRE(!parsed);
    CHECK(parsed.error().code == Errc::malformed);
  }
}

TEST_CASE("lines that are no fields are left out, and fields are bounded") {
  auto record = parse_kmsg("6,1,2,-;x\nSUBSYSTEM=no space\n nothing\n =empty\n A=b=c\n");
  REQUIRE(record);
  REQUIRE(record->fields.size() == 2);
  CHECK(record->fields[0].second == "empty");
  CHECK(record->fields[1].second == "b=c");
  std::string many = "6,1,2,-;x\n";
  for (int i = 0; i < 1000; ++i) many += " K=v\n";
  record = parse_kmsg(many);
  REQUIRE(record);
  CHECK(record->fields.size() == 64);
}

TEST_CASE("a record as dmesg prints it") {
  CHECK(kmsg_line(*parse_kmsg("6,339,5140900,-;NET: x")) == "[    5.140900] NET: x\n");
  CHECK(kmsg_line(*parse_kmsg("6,1,123456789012,-;a\\x0ab")) == "[123456.789012] a\n[123456.789012] b\n");
  CHECK(kmsg_line(*parse_kmsg("6,1,1,-,caller=T12;a")) == "[    0.000001] [   T12] a\n");
  CHECK(kmsg_line(*parse_kmsg("6,1,1,-,caller=C1234567;a")) == "[    0.000001] [C1234567] a\n");
}

TEST_CASE("gaps in the sequence are counted") {
  KmsgSequence sequence;
  const auto lost = [&](std::uint64_t number) {
    KmsgRecord record;
    record.sequence = number;
    return sequence.lost_before(record);
  };
  CHECK(lost(100) == 0);  // whatever is first
  CHECK(lost(101) == 0);
  CHECK(lost(105) == 3);
  CHECK(lost(106) == 0);
  CHECK(lost(50) == 0);  // read again from an earlier place
  CHECK(lost(51) == 0);
  CHECK(sequence.lost() == 3);
}

}  // namespace
}  // namespace harden
