// SPDX-License-Identifier: Apache-2.0
//
// From an address that a kernel used to physical memory. Without debug
// information: by VMCOREINFO, the dump's own headers and, on x86-64, the
// kernel's page tables.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/crash/dump_file.h"
#include "agent/crash/vmcoreinfo.h"

namespace harden {

class Translator {
 public:
  virtual ~Translator() = default;

  // Errc::malformed where the address is none of the kernel's, as far as the dump tells.
  virtual Result<DumpFile::Stretch> stretch_at(std::uint64_t address) const = 0;
};

// For the dump's machine; `dump` and `info` outlive it. A machine that is not
// known is translated by the dump's headers alone.
std::unique_ptr<const Translator> translator_of(const DumpFile& dump, const Vmcoreinfo& info);

}  // namespace harden
