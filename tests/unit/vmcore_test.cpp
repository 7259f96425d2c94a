// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/vmcore.h"

#include <doctest/doctest.h>
#include <elf.h>

#include <cstring>
#include <random>

#include "agent/crash/unpack_page.h"
#include "tests/support/kernel_dump.h"
#include "tests/support/memory_host.h"

namespace harden {
namespace {

using test::KernelDump;
using test::MemoryHost;

std::string small_dump() {
  KernelDump dump;
  dump.ring({{0, "one"}, {1'000'000'000, "Kernel panic - not syncing: sysrq triggered crash"}});
  return dump.elf();
}

struct Reading {
  std::string text;
  Result<> done;
  VmcoreFacts facts;
};

Reading read(std::string file) {
  MemoryHost host;
  host.file("/vmcore", std::move(file));
  Reading reading;
  const auto dump = Vmcore::open(*host.open("/vmcore"), "/vmcore");
  if (!dump) {
    reading.done = std::unexpected(dump.error());
    return reading;
  }
  reading.facts = dump->facts();
  reading.done = dump->read([&](std::string_view piece) {
    reading.text += piece;
    return true;
  });
  return reading;
}

constexpr std::array kPackings = {0U, kPageZlib, kPageLzo, kPageSnappy, kPageZstd};

std::string small_packed_dump(std::uint32_t packing) {
  KernelDump dump;
  dump.ring({{0, "one"}, {1'000'000'000, "Kernel panic - not syncing: sysrq triggered crash"}});
  return dump.kdump(packing);
}

TEST_CASE("the log of an ELF core") {
  const Reading reading = read(small_dump());
  REQUIRE(reading.done);
  CHECK(reading.text == "[    0.000000] one\n[    1.000000] Kernel panic - not syncing: sysrq triggered crash\n");
  CHECK(reading.facts.release == "6.1.0-test");
  CHECK(reading.facts.crash_time == 1700000000);
}

TEST_CASE("the log of every shape out of an ELF core") {
  KernelDump records;
  records.records({{5, "old"}});
  CHECK(read(records.elf()).text == "[    0.000000] old\n");
  KernelDump plain(false, 8, "2.6.32-test");
  plain.plain("<4>older\n");
  CHECK(read(plain.elf()).text == "<4>older\n");
}

TEST_CASE("what a file is, by its first bytes") {
  const std::string elf = small_dump();
  CHECK(vmcore_format(elf.substr(0, 64)) == VmcoreFormat::elf);
  CHECK(vmcore_format("KDUMP   ....") == VmcoreFormat::kdump);
  CHECK(vmcore_format("DISKDUMP....") == VmcoreFormat::kdump);
  CHECK(vmcore_format("makedumpfile") == VmcoreFormat::flattened);
  CHECK(vmcore_format("[    0.000000] Linux version") == VmcoreFormat::none);
  CHECK(vmcore_format("") == VmcoreFormat::none);
  CHECK(vmcore_format("\x7f"
                      "ELF") == VmcoreFormat::other);
  std::string program = elf.substr(0, 64);
  program[16] = ET_EXEC;
  CHECK(vmcore_format(program) == VmcoreFormat::other);
  std::string big = elf.substr(0, 64);
  big[5] = ELFDATA2MSB;
  std::swap(big[16], big[17]);
  CHECK(vmcore_format(big) == VmcoreFormat::elf);
}

TEST_CASE("a flattened dump is refused with the command that helps") {
  const Reading reading = read("makedumpfile" + std::string(5000, '\0'));
  REQUIRE(!reading.done);
  CHECK(reading.done.error().code == Errc::unsupported);
  CHECK(reading.done.error().message.contains("`makedumpfile -R /vmcore.unflattened < /vmcore`"));
}

TEST_CASE("what is no dump is refused") {
  CHECK(read("some text\n").done.error().code == Errc::malformed);
  CHECK(read("").done.error().code == Errc::malformed);
  std::string program = small_dump();
  program[16] = ET_EXEC;
  CHECK(read(program).done.error().code == Errc::unsupported);
}

TEST_CASE("an ELF core cut short anywhere is an error, never less text than is said") {
  const std::string whole = small_dump();
  const std::string text = read(whole).text;
  for (std::size_t size = 0; size < whole.size(); size += size < 8192 ? 97 : 4096 - 7) {
    const Reading reading = read(whole.substr(0, size));
    CAPTURE(size);
    CHECK((!reading.done || reading.text == text));
  }
}

TEST_CASE("headers of an ELF core that point anywhere") {
  struct Case {
    const char* what;
    std::size_t at;
    std::uint64_t value;
    std::size_t size;
  };
  const std::uint64_t all = ~std::uint64_t{0};
  const std::vector<Case> cases = {
      {"program headers outside", offsetof(Elf64_Ehdr, e_phoff), all, 8},
      {"program headers just outside", offsetof(Elf64_Ehdr, e_phoff), 1U << 30, 8},
      {"no program headers", offsetof(Elf64_Ehdr, e_phnum), 0, 2},
      {"too many program headers", offsetof(Elf64_Ehdr, e_phnum), 0xfffe, 2},
      {"a number of program headers that is elsewhere", offsetof(Elf64_Ehdr, e_phnum), PN_XNUM, 2},
      {"notes outside", 64 + offsetof(Elf64_Phdr, p_offset), all - 4, 8},
      {"notes without an end", 64 + offsetof(Elf64_Phdr, p_filesz), all, 8},
      {"many notes", 64 + offsetof(Elf64_Phdr, p_filesz), 1U << 28, 8},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    std::string file = small_dump();
    std::memcpy(file.data() + one.at, &one.value, one.size);
    const Reading reading = read(file);
    REQUIRE(!reading.done);
    CHECK(reading.done.error().code == Errc::malformed);
    CHECK(reading.done.error().place == "/vmcore");
  }
}

TEST_CASE("memory of an ELF core that is not where it says") {
  for (const auto& [at, value] :
       std::vector<std::pair<std::size_t, std::uint64_t>>{{offsetof(Elf64_Phdr, p_offset), ~std::uint64_t{0} - 4096},
                                                          {offsetof(Elf64_Phdr, p_offset), 1U << 30},
                                                          {offsetof(Elf64_Phdr, p_vaddr), 0},
                                                          {offsetof(Elf64_Phdr, p_paddr), 0},
                                                          {offsetof(Elf64_Phdr, p_filesz), 0},
                                                          {offsetof(Elf64_Phdr, p_memsz), 0}}) {
    std::string file = small_dump();
    std::memcpy(file.data() + 64 + sizeof(Elf64_Phdr) + at, &value, 8);
    const Reading reading = read(file);
    if (reading.done) CHECK(reading.text == read(small_dump()).text);
  }
}

// As makedumpfile -E leaves pages of zeros out: the segment before them is longer in memory than in the file. The first
// such pages; `claimed` is whether that segment says so.
std::string without_zeros(std::string core, bool claimed) {
  Elf64_Ehdr header;
  std::memcpy(&header, core.data(), sizeof header);
  Elf64_Phdr parts[3];
  std::memcpy(parts, core.data() + header.e_phoff, 2 * sizeof parts[0]);
  const std::string zeros(4096, '\0');
  std::size_t from = 0;
  while (core.compare(parts[1].p_offset + from, 4096, zeros) != 0) from += 4096;
  std::size_t to = from;
  for (; core.compare(parts[1].p_offset + to, 4096, zeros) == 0; to += 4096) {
    core.replace(parts[1].p_offset + to, 4096, std::string(4096, '\xff'));
  }
  parts[2] = parts[1];
  parts[1].p_filesz = from;
  parts[1].p_memsz = claimed ? to : from;
  for (Elf64_Xword* at : {&parts[2].p_offset, &parts[2].p_vaddr, &parts[2].p_paddr}) *at += to;
  parts[2].p_filesz = parts[2].p_memsz = parts[2].p_filesz - to;
  header.e_phoff = core.size();
  header.e_phnum = 3;
  core.replace(0, sizeof header, std::string(reinterpret_cast<const char*>(&header), sizeof header));
  return core + std::string(reinterpret_cast<const char*>(parts), sizeof parts);
}

TEST_CASE("pages of zeros that an ELF core leaves out") {
  KernelDump dump;
  dump.ring({{0, "one"}, {1'000'000'000, "two"}}, 12, 10);
  const std::string whole = read(dump.elf()).text;
  REQUIRE(whole == "[    0.000000] one\n[    1.000000] two\n");
  const Reading left_out = read(without_zeros(dump.elf(), true));
  REQUIRE(left_out.done);
  CHECK(left_out.text == whole);
  const Reading missing = read(without_zeros(dump.elf(), false));
  REQUIRE_FALSE(missing.done);
  CHECK(missing.done.error().message == "a part of the kernel's log is not in it (/vmcore)");
}

TEST_CASE("a core without VMCOREINFO is an error") {
  std::string file = small_dump();
  const auto name = file.find("VMCOREINFO");
  REQUIRE(name != std::string::npos);
  file.replace(name, 10, "SOMETHINGS");
  REQUIRE(!read(file).done);
  CHECK(read(file).done.error().message.contains("VMCOREINFO"));
}

TEST_CASE("the log of a compressed dump, however its pages are packed") {
  for (const std::uint32_t packing : kPackings) {
    CAPTURE(packing);
    const Reading reading = read(small_packed_dump(packing));
    REQUIRE(reading.done);
    CHECK(reading.text == read(small_dump()).text);
    CHECK(reading.facts.release == "6.1.0-test");
    CHECK(reading.facts.crash_time == 1700000000);
  }
}

TEST_CASE("headers of a compressed dump that point anywhere") {
  struct Case {
    const char* what;
    std::size_t at;
    std::uint64_t value;
    std::size_t size;
  };
  const std::vector<Case> cases = {
      {"no size of a page", 428, 0, 4},
      {"an odd size of a page", 428, 5000, 4},
      {"a huge page", 428, 1U << 30, 4},
      {"no sub-header", 432, 0, 4},
      {"a sub-header outside", 432, 0x7fffffff, 4},
      {"a negative sub-header", 432, 0xffffffff, 4},
      {"no bitmaps", 436, 0, 4},
      {"bitmaps outside", 436, 0x7fffffff, 4},
      {"negative bitmaps", 436, 0xffffffff, 4},
      {"more pages than the bitmaps have", 4096 + 96, 1U << 30, 8},
      {"more pages than can be", 4096 + 96, ~std::uint64_t{0}, 8},
      {"vmcoreinfo outside", 4096 + 32, 1U << 30, 8},
      {"vmcoreinfo without an end", 4096 + 40, ~std::uint64_t{0}, 8},
      {"a kernel that does not lie there", 4096 + 96, 1, 8},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    std::string file = small_packed_dump(kPageZlib);
    std::memcpy(file.data() + one.at, &one.value, one.size);
    const Reading reading = read(file);
    REQUIRE(!reading.done);
    CHECK(reading.done.error().code == Errc::malformed);
    CHECK(reading.done.error().place == "/vmcore");
  }
  CHECK(!read("KDUMP   ").done);
}

TEST_CASE("a part of a split dump is refused with the command that helps") {
  std::string file = small_packed_dump(0);
  file[4096 + 12] = 1;
  const Reading reading = read(file);
  REQUIRE(!reading.done);
  CHECK(reading.done.error().code == Errc::unsupported);
  CHECK(reading.done.error().message.contains("`makedumpfile --reassemble`"));
}

TEST_CASE("a page that is packed in an unknown way, or is larger than a page") {
  const std::string good = small_packed_dump(0);
  const std::size_t descriptors = std::size_t{4096} * 4;  // header, sub-header, two bitmaps of one block
  const std::size_t pages = (good.size() - descriptors) / (4096 + 24);
  for (const auto& [at, value, code] : {std::tuple{12U, 0x80U, Errc::unsupported},
                                        {8U, 4097U, Errc::malformed},
                                        {8U, 4095U, Errc::malformed},
                                        {12U, kPageZlib, Errc::malformed},
                                        {12U, kPageZstd, Errc::malformed},
                                        {12U, kPageSnappy, Errc::malformed},
                                        {12U, kPageLzo, Errc::malformed}}) {
    CAPTURE(at);
    CAPTURE(value);
    std::string file = good;
    for (std::size_t i = 0; i < pages; ++i) std::memcpy(file.data() + descriptors + i * 24 + at, &value, 4);
    const Reading reading = read(file);
    REQUIRE(!reading.done);
    CHECK(reading.done.error().code == code);
  }
}

TEST_CASE("a compressed dump cut short anywhere is an error, never less text than is said") {
  for (const std::uint32_t packing : kPackings) {
    const std::string whole = small_packed_dump(packing);
    const std::string text = read(whole).text;
    for (std::size_t size = 0; size < whole.size(); size += 331) {
      const Reading reading = read(whole.substr(0, size));
      CAPTURE(size);
      CHECK((!reading.done || reading.text == text));
    }
  }
}

// Thousands of dumps with bytes changed: what each says is not looked at, only
// that it is an error with a sentence or a text. The sanitizers look at the rest.
TEST_CASE("damaged dumps end in an error or a text") {
  std::mt19937 random(20261126);
  std::vector<std::string> files = {small_dump()};
  for (const std::uint32_t packing : kPackings) files.push_back(small_packed_dump(packing));
  int errors = 0;
  for (int i = 0; i < 600; ++i) {
    std::string file = files[static_cast<std::size_t>(i) % files.size()];
    const std::size_t most = i % 2 == 0 ? std::min<std::size_t>(file.size(), 6UL * 4096) : file.size();
    for (unsigned changes = random() % 8 + 1; changes > 0; --changes) {
      file[random() % most] = static_cast<char>(random() % 3 == 0 ? 0xff : random());
    }
    const Reading reading = read(file);
    if (!reading.done) {
      ++errors;
      CHECK(!reading.done.error().message.empty());
    }
  }
  CHECK(errors > 50);
}

TEST_CASE("progress is told while a bitmap is looked through") {
  MemoryHost host;
  host.file("/vmcore", small_packed_dump(0));
  int told = 0;
  const auto progress = [&](std::uint64_t done, std::uint64_t total) {
    ++told;
    CHECK(done <= total);
  };
  CHECK(Vmcore::open(*host.open("/vmcore"), "/vmcore", progress));
  CHECK(told == 1);
}

}  // namespace
}  // namespace harden
