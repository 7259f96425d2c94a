// SPDX-License-Identifier: Apache-2.0
//
// A dump of a kernel's memory: ELF (as /proc/vmcore is and makedumpfile -E
// writes) and kdump-compressed (makedumpfile -c, -l, -p, -z and without). No
// debug information is needed. It is read here and not with libkdumpfile, whose
// 0.5.1 crashes on damaged dumps.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "agent/crash/printk.h"
#include "harden/crash_source.h"

namespace harden {

enum class VmcoreFormat {
  none,       // it does not begin like a dump of memory
  elf,        // an ELF core
  kdump,      // kdump-compressed ("KDUMP   "), or diskdump
  flattened,  // makedumpfile -F
  other,      // a core of something else, or a dump nobody here can read
};

// By its first bytes. A text, and a file without any, is `none`.
VmcoreFormat vmcore_format(std::string_view first_bytes);
constexpr std::size_t kVmcoreFirstBytes = 64;

struct VmcoreFacts {
  std::string release;          // "6.1.0-56-cloud-amd64"
  std::int64_t crash_time = 0;  // seconds since 1970; 0 where not said
};

class Vmcore {
 public:
  // `file` must be a regular one. Errors name `place`, and the command that helps
  // where there is one.
  static Result<Vmcore> open(std::unique_ptr<const OpenFile> file, const std::string& place,
                             const Progress& progress = {});
  Vmcore(Vmcore&&) noexcept;
  Vmcore& operator=(Vmcore&&) noexcept;
  ~Vmcore();

  const VmcoreFacts& facts() const;
  Result<> read(const TextConsumer& take, const Progress& progress = {}, PrintkStyle style = {}) const;

 private:
  class Dump;
  explicit Vmcore(std::unique_ptr<Dump> dump);
  std::unique_ptr<Dump> dump_;
};

}  // namespace harden
