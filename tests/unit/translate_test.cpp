// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/translate.h"

#include <doctest/doctest.h>

#include <cstring>
#include <map>

namespace harden {
namespace {

// Physical memory of a few words, and what its headers say.
class WordDump final : public DumpFile {
 public:
  explicit WordDump(std::string machine) { machine_.name = std::move(machine); }

  Result<> read(std::uint64_t physical, std::span<char> buffer) const override {
    const auto found = words.find(physical);
    if (found == words.end() || buffer.size() != 8) return fail(Errc::malformed, "not in it", "dump");
    std::memcpy(buffer.data(), &found->second, 8);
    return {};
  }
  std::optional<Stretch> stretch_at(std::uint64_t address) const override {
    if (!header || address != *header) return std::nullopt;
    return Stretch{42, 1};
  }

  std::map<std::uint64_t, std::uint64_t> words;
  std::optional<std::uint64_t> header;
};

std::optional<std::uint64_t> physical(const DumpFile& dump, const std::string& info, std::uint64_t address) {
  const Vmcoreinfo parsed(info);
  const auto stretch = translator_of(dump, parsed)->stretch_at(address);
  return stretch ? std::optional(stretch->physical) : std::nullopt;
}

const std::string kTables = "NUMBER(phys_base)=16777216\nSYMBOL(swapper_pg_dir)=ffffffff82000000\n";

TEST_CASE("x86-64: the kernel itself by its physical base, which may be negative") {
  const WordDump dump("x86_64");
  CHECK(physical(dump, kTables, 0xffffffff81000123) == 0x2000123);
  CHECK(physical(dump, "NUMBER(phys_base)=-4096\n", 0xffffffff81000000) == 0xfff000);
  CHECK(!physical(dump, "", 0xffffffff81000000));
}

TEST_CASE("x86-64: four levels of page tables, with pages of each size") {
  WordDump dump("x86_64");
  const std::uint64_t top = 0x3000000;
  dump.words = {{top + 273UL * 8, 0x1000 | 0x63},  // 0xffff888…
                {0x1000, 0x40000000 | 0xe3},       // 1 GiB
                {0x1008, 0x2000 | 0x63},           //
                {0x2000, 0x80200000 | 0xe3},       // 2 MiB
                {0x2008, 0x8000000000003063},      // tables below it, not to be executed
                {0x3000, 0x5000 | 0x8000000000000063},
                {0x3008, 0}};
  CHECK(physical(dump, kTables, 0xffff888000001234) == 0x40001234);
  CHECK(physical(dump, kTables, 0xffff888040001234) == 0x80201234);
  CHECK(physical(dump, kTables, 0xffff888040200234) == 0x5234);
  CHECK(!physical(dump, kTables, 0xffff888040201000));  // not present
  CHECK(!physical(dump, kTables, 0xffff888080000000));  // a table that is not in the dump
  const Vmcoreinfo info(kTables);
  CHECK(translator_of(dump, info)->stretch_at(0xffff888000001234)->length == 0x40000000 - 0x1234);
  CHECK(translator_of(dump, info)->stretch_at(0xffff888040200234)->length == 0x1000 - 0x234);
}

TEST_CASE("x86-64: five levels, and a bit of an entry that means encryption") {
  WordDump dump("x86_64");
  const std::uint64_t top = 0x3000000;
  const std::uint64_t secret = std::uint64_t{1} << 47;
  dump.words = {{top + 273UL * 8, (0x1000 | 0x63) | secret},  // 0xff11…
                {0x1000, (0x2000 | 0x63) | secret},
                {0x2000, (0x40000000 | 0xe3) | secret}};
  const std::string info = kTables + "NUMBER(pgtable_l5_enabled)=1\nNUMBER(sme_mask)=140737488355328\n";
  CHECK(physical(dump, info, 0xff11000000001234) == 0x40001234);
}

TEST_CASE("x86-64: where tables do not help, the dump's headers do") {
  WordDump dump("x86_64");
  dump.header = 0xffff888000000000;
  CHECK(physical(dump, kTables, 0xffff888000000000) == 42);
  CHECK(physical(dump, "", 0xffff888000000000) == 42);
}

TEST_CASE("arm64, since 5.4: memory below, the kernel above") {
  const WordDump dump("aarch64");
  const std::string info =
      "NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0xffff7fffd0000000\nNUMBER(PHYS_OFFSET)=0x40000000\n"
      "SYMBOL(_stext)=ffff800010010000\n";
  CHECK(physical(dump, info, 0xffff000000001234) == 0x40001234);
  CHECK(physical(dump, info, 0xffff800010010000) == 0x40010000);
  CHECK(!physical(dump, info, 0x1000));
}

TEST_CASE("arm64, before 5.4: the kernel below, memory above") {
  const WordDump dump("aarch64");
  const std::string info =
      "NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0xfffeffffc8000000\nNUMBER(PHYS_OFFSET)=0x40000000\n"
      "SYMBOL(_stext)=ffff000008080000\n";
  CHECK(physical(dump, info, 0xffff800000001234) == 0x40001234);
  CHECK(physical(dump, info, 0xffff000008080000) == 0x40080000);
}

TEST_CASE("arm64 with 52 bits configured on a processor of 48") {
  const WordDump dump("aarch64");
  // memstart_addr is moved by the kernel so that the formula stays the same.
  const std::string info =
      "NUMBER(VA_BITS)=52\nNUMBER(kimage_voffset)=0xffff7fffd0000000\nNUMBER(PHYS_OFFSET)=0xfff1000040000000\n"
      "SYMBOL(_stext)=ffff800010010000\n";
  CHECK(physical(dump, info, 0xffff000000001234) == 0x40001234);
}

TEST_CASE("riscv64, s390x, ppc64 and i386") {
  const std::string riscv =
      "NUMBER(phys_ram_base)=2147483648\nNUMBER(PAGE_OFFSET)=0xff60000000000000\n"
      "NUMBER(KERNEL_LINK_ADDR)=0xffffffff80000000\nNUMBER(va_kernel_pa_offset)=0xfffffffeffe00000\n";
  CHECK(physical(WordDump("riscv64"), riscv, 0xff60000000001000) == 0x80001000);
  CHECK(physical(WordDump("riscv64"), riscv, 0xffffffff80001000) == 0x80201000);
  CHECK(physical(WordDump("s390x"), "", 0x1234) == 0x1234);
  CHECK(physical(WordDump("ppc64le"), "", 0xc000000000001234) == 0x1234);
  CHECK(!physical(WordDump("ppc64le"), "", 0xd000000000001234));
  CHECK(physical(WordDump("i686"), "SYMBOL(_stext)=c1000000\n", 0xc1001234) == 0x1001234);
  CHECK(physical(WordDump("i586"), "SYMBOL(_stext)=81000000\n", 0x81001234) == 0x1001234);
}

TEST_CASE("a machine that is not known has its dump's headers") {
  WordDump dump("mips");
  dump.header = 7;
  CHECK(physical(dump, "", 7) == 42);
  CHECK(!physical(dump, "", 8));
}

}  // namespace
}  // namespace harden
