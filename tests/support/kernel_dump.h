// SPDX-License-Identifier: Apache-2.0
//
// A kernel that died, made up: memory with a log in any of printk's shapes,
// page tables and VMCOREINFO, and the ELF core that kdump would write of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/crash/kernel_memory.h"

namespace harden::test {

struct LogRecord {
  std::uint64_t nanoseconds = 0;
  std::string text;
  std::uint32_t caller = 1;  // a thread; with the highest bit set a processor
};

class KernelDump : public KernelMemory {
 public:
  // Its byte order and the size of its pointers; ELF only as x86-64.
  explicit KernelDump(bool big_endian = false, std::size_t pointer = 8, const std::string& release = "6.1.0-test");

  // The three shapes. `size_bits` and `count_bits` are the ring's; what does not
  // fit any more overwrites the oldest, as the kernel does.
  void ring(const std::vector<LogRecord>& records, unsigned size_bits = 12, unsigned count_bits = 6);
  void records(const std::vector<LogRecord>& records, std::uint32_t size = 4096,
               const std::string& name = "printk_log");
  void plain(std::string_view text, std::uint32_t size = 1024);

  // Puts bytes into memory, and where they are.
  std::uint64_t put(std::string_view bytes, std::size_t align = 64);
  void poke(std::uint64_t address, std::uint64_t value, std::size_t size);
  std::uint64_t address_of(const std::string& what) const { return places_.at(what); }  // "desc_ring", "descs", …

  std::string info() const;  // VMCOREINFO
  void without(const std::string& line_start);
  void say(const std::string& line) { info_ += line + "\n"; }
  std::string elf() const;
  // Kdump-compressed, each page packed as the flag of unpack_page.h says; 0: as it is.
  std::string kdump(std::uint32_t packing) const;
  // VMCOREINFO and the memory behind the page tables, as `KernelImage` takes it.
  std::string image() const;

  Result<> read(std::uint64_t address, std::span<char> buffer) const override;
  bool big_endian() const override { return big_; }
  std::size_t pointer_size() const override { return pointer_; }

 private:
  std::string bytes_of(std::uint64_t value, std::size_t size) const;
  std::string word(std::uint64_t value) const { return bytes_of(value, pointer_); }
  void symbol(const std::string& name, std::uint64_t address);

  bool big_;
  std::size_t pointer_;
  std::string memory_;  // from kBase on
  std::string info_;
  std::map<std::string, std::uint64_t> places_;
};

// A kernel out of any bytes, for fuzzing: one of flags (1: big endian, 2: pointers of
// 4 bytes), two of the length of VMCOREINFO, that, and the memory.
class KernelImage : public KernelMemory {
 public:
  explicit KernelImage(std::string_view bytes);

  std::string_view info() const { return info_; }
  Result<> read(std::uint64_t address, std::span<char> buffer) const override;
  bool big_endian() const override { return (flags_ & 1) != 0; }
  std::size_t pointer_size() const override { return (flags_ & 2) != 0 ? 4 : 8; }

 private:
  unsigned char flags_ = 0;
  std::string_view info_;
  std::string_view memory_;
};

}  // namespace harden::test
