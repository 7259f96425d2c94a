// SPDX-License-Identifier: Apache-2.0
//
// The file of a dump: the physical memory of a machine, and what is said of
// that machine beside it. Everything in the file may be a lie.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "harden/crash_source.h"
#include "harden/host.h"

namespace harden {

struct DumpMachine {
  std::string name;  // as uname -m has it: "x86_64", "i686", "aarch64"; "" where it is none of those known here
  bool big_endian = false;
  std::size_t pointer_size = 8;                // bytes: 4 or 8
  std::string vmcoreinfo;                      // its text; at most 1 MiB
  std::optional<std::uint64_t> physical_base;  // of x86-64: where the kernel was loaded, against where it was linked
};

class DumpFile {
 public:
  virtual ~DumpFile() = default;

  const DumpMachine& machine() const { return machine_; }

  // Fills the whole buffer from a physical address on. Errc::malformed where
  // the dump does not hold all of it.
  virtual Result<> read(std::uint64_t physical, std::span<char> buffer) const = 0;

  // Where the dump's own headers say a kernel's address lies, and how many
  // bytes from there on lie behind one another. Formats that do not say: nothing.
  struct Stretch {
    std::uint64_t physical = 0;
    std::uint64_t length = 0;
  };
  virtual std::optional<Stretch> stretch_at(std::uint64_t) const { return std::nullopt; }

 protected:
  DumpMachine machine_;
};

// ELF cores, as /proc/vmcore is and makedumpfile -E writes. At most 65,536
// headers, 16 MiB of notes. Errc::malformed.
Result<std::unique_ptr<const DumpFile>> open_elf_dump(std::unique_ptr<const OpenFile> file, const std::string& place);

// What makedumpfile writes else (its IMPLEMENTATION, "kdump-compressed format"):
// headers, two bitmaps of pages, descriptors of pages, pages packed one by one.
// The bitmaps are read once, which `progress` is told. Machines of up to 16 TiB
// with pages of 4 KiB. Errc::malformed, Errc::too_large, Errc::unsupported.
Result<std::unique_ptr<const DumpFile>> open_kdump_dump(std::unique_ptr<const OpenFile> file, const std::string& place,
                                                        const Progress& progress);

}  // namespace harden
