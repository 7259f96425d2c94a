// SPDX-License-Identifier: Apache-2.0
//
// The kernel's log out of its memory: the ring buffer of printk in each of the
// shapes it has had, found by VMCOREINFO alone.
//   since 5.10   descriptors, infos and text apart (kernel/printk/printk_ringbuffer.h)
//   3.5 to 5.9   records one behind the other (struct printk_log, at first struct log)
//   before 3.5   plain text
// The text is that of `makedumpfile --dump-dmesg` on an x86-64 machine, byte
// for byte: "[    1.234567] " before a record, its further lines indented, and
// what is not printable ASCII written as \x07, or \xffffffc3 above 0x7f.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/crash/kernel_memory.h"
#include "agent/crash/vmcoreinfo.h"
#include "harden/crash_source.h"

namespace harden {

struct PrintkStyle {
  bool callers = false;  // "[   T12] " or "[    C0] ", as makedumpfile has it since 1.7.3
};

// Errc::malformed where the buffer contradicts itself, Errc::unsupported where
// VMCOREINFO does not say where it is. What came before an error was given.
Result<> read_printk(const KernelMemory& memory, const Vmcoreinfo& info, const TextConsumer& take,
                     const Progress& progress = {}, PrintkStyle style = {});

// One record's way into text; shared by the shapes.
class PrintkText {
 public:
  explicit PrintkText(const TextConsumer& take) : take_(take) {}

  // `caller` is "T12" or "C0"; "" is left out. False: the consumer has enough.
  bool record(std::uint64_t nanoseconds, std::string_view caller, std::string_view text);
  bool plain(std::string_view text);
  bool finish();

 private:
  bool pass_on();

  const TextConsumer& take_;
  std::string pending_;
};

// The two shapes with records.
Result<> read_printk_ring(const KernelMemory& memory, const Vmcoreinfo& info, PrintkText& text,
                          const Progress& progress, PrintkStyle style);
Result<> read_printk_records(const KernelMemory& memory, const Vmcoreinfo& info, PrintkText& text,
                             const Progress& progress);

// A member of VMCOREINFO that the reading cannot do without.
Result<std::uint64_t> needed(std::optional<std::uint64_t> value, std::string_view what);

// What a variable of the kernel holds, of so many bytes.
Result<std::uint64_t> variable(const KernelMemory& memory, const Vmcoreinfo& info, const std::string& name,
                               std::size_t bytes);

}  // namespace harden
