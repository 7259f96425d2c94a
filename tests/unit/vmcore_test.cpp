// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/vmcore.h"

#include <doctest/doctest.h>
#include <elf.h>

#include <cstring>

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

// A header of a kdump-compressed dump of 64 bits, with room behind it.
class Compressed {
 public:
  Compressed() : bytes_(8 * 4096, '\0') {
    bytes_.replace(0, 8, "KDUMP   ");
    put(8, 6, 4);       // version
    put(428, 4096, 4);  // size of a page
    put(432, 1, 4);     // sub-header, in pages
    put(436, 2, 4);     // bitmaps, in pages
    put(440, 4096, 4);  // pages
  }
  Compressed& put(std::size_t at, std::uint64_t value, std::size_t size) {
    std::memcpy(bytes_.data() + at, &value, size);
    return *this;
  }
  Compressed& fill(std::size_t at, std::size_t count, char byte) {
    if (bytes_.size() < at + count) bytes_.resize(at + count);
    bytes_.replace(at, count, count, byte);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

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
      {"sections outside", offsetof(Elf64_Ehdr, e_shnum), 7, 2},
      {"notes outside", 64 + offsetof(Elf64_Phdr, p_offset), all - 4, 8},
      {"notes without an end", 64 + offsetof(Elf64_Phdr, p_filesz), all, 8},
      {"many notes", 64 + offsetof(Elf64_Phdr, p_filesz), 1U << 28, 8},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    std::string file = small_dump();
    if (std::string_view(one.what).starts_with("sections"))
      file.replace(offsetof(Elf64_Ehdr, e_shoff), 4, "\xff\xff\xff\x7f");
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

TEST_CASE("a core without VMCOREINFO is an error") {
  std::string file = small_dump();
  const auto name = file.find("VMCOREINFO");
  REQUIRE(name != std::string::npos);
  file.replace(name, 10, "SOMETHINGS");
  REQUIRE(!read(file).done);
  CHECK(read(file).done.error().message.contains("VMCOREINFO"));
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
      {"a sub-header outside", 432, 0x7fffffff, 4},
      {"a negative sub-header", 432, 0xffffffff, 4},
      {"bitmaps outside", 436, 0x7fffffff, 4},
      {"negative bitmaps", 436, 0xffffffff, 4},
      {"vmcoreinfo outside", 4096 + 40, 1U << 30, 8},
      {"notes outside", 4096 + 56, ~std::uint64_t{0}, 8},
      {"erased data outside", 4096 + 72, 1U << 30, 8},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    const Reading reading = read(Compressed().put(one.at, one.value, one.size).bytes());
    REQUIRE(!reading.done);
    CHECK(reading.done.error().code == Errc::malformed);
  }
  CHECK(!read(Compressed().bytes()).done);  // nothing in it at all
  CHECK(!read("KDUMP   ").done);
}

TEST_CASE("a bitmap that would take too much memory is refused before it does") {
  Compressed dump;
  const std::uint64_t pages = 1024;  // 4 MiB of bitmaps, every other page
  dump.put(436, pages, 4).fill(2 * 4096, pages * 4096, '\x55');
  const Reading reading = read(dump.bytes());
  REQUIRE(!reading.done);
  CHECK(reading.done.error().code == Errc::too_large);
  CHECK(reading.done.error().message.contains("makedumpfile --dump-dmesg"));
}

TEST_CASE("progress is told while a bitmap is looked through") {
  MemoryHost host;
  host.file("/vmcore", Compressed().bytes());
  int told = 0;
  const auto progress = [&](std::uint64_t done, std::uint64_t total) {
    ++told;
    CHECK(done <= total);
  };
  CHECK(check_vmcore(**host.open("/vmcore"), VmcoreFormat::kdump, "/vmcore", progress));
  CHECK(told == 1);
}

}  // namespace
}  // namespace harden
