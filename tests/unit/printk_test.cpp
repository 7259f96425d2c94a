// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/printk.h"

#include <doctest/doctest.h>

#include "tests/support/kernel_dump.h"

namespace harden {
namespace {

using test::KernelDump;
using test::LogRecord;

struct Reading {
  std::string text;
  Result<> done;
};

Reading read(const KernelDump& dump, PrintkStyle style = {}) {
  Reading reading;
  const auto take = [&](std::string_view piece) {
    reading.text += piece;
    return true;
  };
  reading.done = read_printk(dump, Vmcoreinfo(dump.info()), take, {}, style);
  return reading;
}

std::vector<LogRecord> numbered(int count, const std::string& text) {
  std::vector<LogRecord> records;
  for (int i = 0; i < count; ++i)
    records.push_back({static_cast<std::uint64_t>(i) * 1'000'000'000, text + std::to_string(i)});
  return records;
}

std::string line(int number, const std::string& text) {
  std::string seconds = std::to_string(number);
  return "[" + std::string(5 - seconds.size(), ' ') + seconds + ".000000] " + text + std::to_string(number) + "\n";
}

TEST_CASE("every shape of the log gives its records in order") {
  const std::vector<LogRecord> records = {{0, "first"}, {1'234'567'890, "second"}, {98'765'000'000'000, "third"}};
  const std::string text = "[    0.000000] first\n[    1.234567] second\n[98765.000000] third\n";
  KernelDump ring;
  ring.ring(records);
  CHECK(read(ring).text == text);
  KernelDump buffer;
  buffer.records(records);
  CHECK(read(buffer).text == text);
  KernelDump older;  // before 3.11 the structure had another name
  older.records(records, 4096, "log");
  CHECK(read(older).text == text);
  KernelDump plain;
  plain.plain("<6>first\n<4>second\n");
  CHECK(read(plain).text == "<6>first\n<4>second\n");
}

TEST_CASE("kernels of other byte orders and sizes of pointers") {
  const std::vector<LogRecord> records = {{1, "one"}, {2'000'000'000, "two"}};
  for (const bool big : {false, true}) {
    for (const std::size_t pointer : {4U, 8U}) {
      KernelDump ring(big, pointer);
      ring.ring(records);
      CHECK(read(ring).text == "[    0.000000] one\n[    2.000000] two\n");
      KernelDump buffer(big, pointer);
      buffer.records(records);
      CHECK(read(buffer).text == "[    0.000000] one\n[    2.000000] two\n");
    }
  }
}

TEST_CASE("further lines are indented, and what is not ASCII is escaped") {
  struct Case {
    std::string text, shown;
  };
  const std::vector<Case> cases = {
      {"a\nb", "a\n               b"},
      {"a\n", "a\n               "},
      {"bell\a", "bell\\x07"},
      {"\x1b[31m", "\\x1b[31m"},
      {"\xc3\xa9", "\\xffffffc3\\xffffffa9"},
      {"tab\tcr\rff\fvt\v", "tab\tcr\rff\fvt\v"},
      {std::string("nul\0!", 5), "nul\\x00!"},
      {"\x7f", "\\x7f"},
      {"trailing  ", "trailing  "},
  };
  for (const Case& one : cases) {
    KernelDump dump;
    dump.ring({{0, one.text}});
    CHECK(read(dump).text == "[    0.000000] " + one.shown + "\n");
    KernelDump old;
    old.records({{0, one.text}});
    CHECK(read(old).text == "[    0.000000] " + one.shown + "\n");
  }
}

TEST_CASE("callers are shown where they are asked for") {
  KernelDump dump;
  dump.ring({{0, "a", 12}, {0, "b", 0x80000003}, {0, "c\nd", 1234567}});
  CHECK(read(dump, {true}).text ==
        "[    0.000000] [   T12] a\n[    0.000000] [    C3] b\n[    0.000000] [T1234567] c\n" + std::string(26, ' ') +
            "d\n");
  CHECK(read(dump).text == "[    0.000000] a\n[    0.000000] b\n[    0.000000] c\n               d\n");
  dump.without("OFFSET(printk_info.caller_id)");
  CHECK(read(dump, {true}).text.starts_with("[    0.000000] a\n"));
}

TEST_CASE("a ring that has wrapped gives what is left of it") {
  KernelDump text_wrapped;
  text_wrapped.ring(numbered(40, "a record of some length, number "), 10, 6);
  const Reading one = read(text_wrapped);
  REQUIRE(one.done);
  CHECK(
      one.text.ends_with(line(38, "a record of some length, number ") + line(39, "a record of some length, number ")));
  CHECK(!one.text.contains("number 1\n"));

  KernelDump descriptors_wrapped;
  descriptors_wrapped.ring(numbered(100, "r"), 16, 4);
  std::string wanted;
  for (int i = 84; i < 100; ++i) wanted += line(i, "r");
  CHECK(read(descriptors_wrapped).text == wanted);

  KernelDump buffer;
  buffer.records(numbered(100, "a record of some length, number "), 1024);
  const Reading old = read(buffer);
  REQUIRE(old.done);
  CHECK(old.text.ends_with(line(99, "a record of some length, number ")));
  CHECK(!old.text.contains("number 1\n"));

  KernelDump plain;
  plain.plain("0123456789abcdef", 8);
  CHECK(read(plain).text == "89abcdef");
}

TEST_CASE("records that are unfinished, reusable or of another id are left out") {
  KernelDump dump;
  dump.ring({{0, "one"}, {0, "two"}, {0, "three"}, {0, "four"}});
  const std::uint64_t descs = dump.address_of("descs");
  const std::uint64_t first = (std::uint64_t{1} << 62) - 64;
  const auto state = [&](std::uint64_t index, std::uint64_t flags, std::uint64_t id) {
    dump.poke(descs + index * 24, flags << 62 | id, 8);
  };
  state(0, 1, first);      // committed, may still be continued: shown
  state(1, 0, first + 1);  // reserved
  state(2, 3, first + 2);  // reusable
  CHECK(read(dump).text == "[    0.000000] one\n[    0.000000] four\n");
  state(0, 2, first + 1);
  CHECK(read(dump).text == "[    0.000000] four\n");
}

TEST_CASE("a text longer than its block is cut, an empty one left out") {
  KernelDump dump;
  dump.ring({{0, "12345678"}, {0, ""}, {0, "end"}});
  dump.poke(dump.address_of("infos") + 16, 60000, 2);
  CHECK(read(dump).text == "[    0.000000] 12345678\n[    0.000000] end\n");
}

TEST_CASE("a consumer that has enough is not given more") {
  KernelDump dump;
  dump.ring(numbered(3000, std::string(60, 'x')), 18, 12);
  int pieces = 0;
  const auto take = [&](std::string_view) { return ++pieces < 2; };
  CHECK(read_printk(dump, Vmcoreinfo(dump.info()), take));
  CHECK(pieces == 2);
}

TEST_CASE("progress reaches its end") {
  KernelDump dump;
  dump.ring(numbered(50, "r"));
  std::pair<std::uint64_t, std::uint64_t> last;
  const auto progress = [&](std::uint64_t done, std::uint64_t total) { last = {done, total}; };
  CHECK(read_printk(
      dump, Vmcoreinfo(dump.info()), [](std::string_view) { return true; }, progress));
  CHECK(last.first == last.second);
  CHECK(last.first == 50);
}

TEST_CASE("what VMCOREINFO lacks is named") {
  const std::vector<std::string> needed = {
      "SYMBOL(prb)",       "SIZE(printk_ringbuffer)",    "OFFSET(prb_desc_ring.descs)",
      "SIZE(prb_desc)",    "OFFSET(prb_data_ring.data)", "OFFSET(atomic_long_t.counter)",
      "SIZE(printk_info)", "OFFSET(printk_info.ts_nsec)"};
  for (const std::string& one : needed) {
    KernelDump dump;
    dump.ring({{0, "x"}});
    dump.without(one);
    const Reading reading = read(dump);
    REQUIRE(!reading.done);
    CHECK(reading.done.error().code == Errc::unsupported);
    CHECK(reading.text.empty());
  }
  KernelDump dump;
  dump.records({{0, "x"}});
  dump.without("OFFSET(printk_log.text_len)");
  REQUIRE(!read(dump).done);
  CHECK(read(dump).done.error().message.contains("printk_log.text_len"));
}

TEST_CASE("a ring that contradicts itself is an error, not a crash") {
  struct Case {
    const char* what;
    const char* place;
    std::uint64_t offset, value;
    std::size_t size;
  };
  const std::uint64_t all = ~std::uint64_t{0};
  const std::vector<Case> cases = {
      {"too many descriptors", "ring", 0, 31, 4},
      {"absurd number of descriptors", "ring", 0, 0xffffffff, 4},
      {"too much text", "ring", 40, 40, 4},
      {"no text at all", "ring", 40, 0, 4},
      {"descriptors elsewhere", "ring", 8, 0x1234, 8},
      {"descriptors at the end of the address space", "ring", 8, all - 100, 8},
      {"infos elsewhere", "ring", 16, all, 8},
      {"text elsewhere", "ring", 48, 42, 8},
      {"a head far from the tail", "ring", 24, 1U << 30, 8},
      {"the ring elsewhere", "prb", 0, 0, 8},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    KernelDump dump;
    dump.ring(numbered(30, "r"));
    dump.poke(dump.address_of(one.place) + one.offset, one.value, one.size);
    const Reading reading = read(dump);
    REQUIRE(!reading.done);
    CHECK(reading.done.error().code == Errc::malformed);
    CHECK(reading.text.size() < 10'000);
  }
}

TEST_CASE("records that share a block are no way to endless text") {
  KernelDump dump;
  dump.ring(numbered(64, std::string(50, 'y')), 12, 6);
  for (std::uint64_t i = 0; i < 64; ++i) {
    dump.poke(dump.address_of("descs") + i * 24 + 8, 0, 8);
    dump.poke(dump.address_of("descs") + i * 24 + 16, 4000, 8);
    dump.poke(dump.address_of("infos") + i * 32 + 16, 3900, 2);
  }
  const Reading reading = read(dump);
  REQUIRE(!reading.done);
  CHECK(reading.done.error().message.contains("overlap"));
  CHECK(reading.text.size() < 30'000);
}

TEST_CASE("members outside of their structures are an error") {
  for (const std::string name : {"SIZE(prb_desc)", "SIZE(printk_info)", "SIZE(printk_ringbuffer)"}) {
    for (const std::string value : {"0", "1", "7"}) {
      KernelDump dump;
      dump.ring({{0, "x"}});
      dump.without(name);
      dump.say(name + "=" + value);
      CHECK(!read(dump).done);
    }
  }
  for (const std::string value : {"1048575", "99999999999999999999", "-1", "x", ""}) {
    KernelDump dump;
    dump.ring({{0, "x"}});
    dump.without("OFFSET(printk_info.text_len)");
    dump.say("OFFSET(printk_info.text_len)=" + value);
    CHECK(!read(dump).done);
  }
}

TEST_CASE("a record buffer that contradicts itself is an error") {
  struct Case {
    const char* what;
    const char* place;
    std::uint64_t offset, value;
    std::size_t size;
  };
  const std::vector<Case> cases = {
      {"a next index that no record ends at", "log_next_idx", 0, 3, 4},
      {"a first index outside", "log_first_idx", 0, 1U << 20, 4},
      {"an absurd length of the buffer", "log_buf_len", 0, 0xffffffff, 4},
      {"no length of the buffer", "log_buf_len", 0, 0, 4},
      {"a record shorter than its header", "log_buffer", 8, 4, 2},
      {"a text longer than its record", "log_buffer", 10, 60000, 2},
      {"a record longer than the buffer", "log_buffer", 8, 60000, 2},
      {"the buffer elsewhere", "log_buf", 0, 7, 8},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    KernelDump dump;
    dump.records(numbered(30, "r"));
    dump.poke(dump.address_of(one.place) + one.offset, one.value, one.size);
    const Reading reading = read(dump);
    REQUIRE(!reading.done);
    CHECK(reading.done.error().code == Errc::malformed);
  }
  KernelDump dump;  // an empty header at the very start goes round for ever
  dump.records(numbered(3, "r"));
  dump.poke(dump.address_of("log_buffer") + 8, 0, 2);
  CHECK(!read(dump).done);
}

TEST_CASE("plain text with lengths that are none") {
  KernelDump dump;
  dump.plain("text", 64);
  dump.poke(dump.address_of("log_buf_len"), 0, 4);
  CHECK(!read(dump).done);
  KernelDump none;
  REQUIRE(!read(none).done);
  CHECK(read(none).done.error().code == Errc::unsupported);
}

TEST_CASE("VMCOREINFO") {
  const Vmcoreinfo info(
      "OSRELEASE=6.1\nSYMBOL(prb)=ffffffff82a4dd40\nSIZE(x)=88\nOFFSET(a.b)=16\nOSRELEASE=7\n=3\nnothing\nCRASHTIME="
      "17");
  CHECK(info.value("OSRELEASE") == "6.1");
  CHECK(info.value("nothing").empty());
  CHECK(info.symbol("prb") == 0xffffffff82a4dd40);
  CHECK(!info.symbol("other"));
  CHECK(info.size("x") == 88);
  CHECK(info.offset("a.b") == 16);
  CHECK(info.crash_time() == 17);
  CHECK(Vmcoreinfo("CRASHTIME=-5").crash_time() == 0);
  CHECK(!Vmcoreinfo("SIZE(x)=1048576").size("x"));
}

TEST_CASE("a window of memory") {
  KernelDump dump;
  std::string bytes(300'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>('a' + i % 23);
  const std::uint64_t base = dump.put(bytes);
  MemoryWindow window(dump, base, bytes.size());
  for (const std::size_t at : {0U, 5U, 131'000U, 131'072U, 280'000U, 10U, 299'999U, 300'000U}) {
    const std::size_t length = std::min<std::size_t>(1000, bytes.size() - at);
    const auto part = window.at(at, length);
    REQUIRE(part);
    CHECK(*part == bytes.substr(at, length));
  }
  CHECK(!window.at(299'999, 2));
  CHECK(!window.at(~std::uint64_t{0}, 1));
  CHECK(!window.at(0, MemoryWindow::kPiece + 1));
  MemoryWindow wrong(dump, base + 299'000, 1U << 30);
  CHECK(!wrong.at(1U << 29, 8));
  CHECK(wrong.at(0, 8).error().code == Errc::malformed);  // its piece is longer than the memory
}

}  // namespace
}  // namespace harden
