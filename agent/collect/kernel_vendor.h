// SPDX-License-Identifier: Apache-2.0
//
// Who built a kernel, and what its version means: what the strings of the
// kernel itself say decides, because os-release belongs to the image a
// program runs in and the kernel to the host.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/collect/os_release.h"
#include "harden/result.h"

namespace harden::probe {

struct KernelText {
  std::string release;                           // uname -r; is_kernel_release
  Result<std::string> version;                   // uname -v
  Result<std::optional<std::string>> signature;  // /proc/version_signature, where there is one
  std::string banner;                            // /proc/version, "" where it cannot be read
};

struct KernelBuild {
  std::string vendor;  // "debian", "rhel", "unrecognised"
  Result<std::string> vendor_release;
  Result<std::string> package;
  Result<std::string> upstream;
};

// Whether a text may be what uname -r says: at most 64 bytes (utsname), two
// numbers in front, nothing that a path or a terminal would take amiss.
bool is_kernel_release(std::string_view text);

// An error where the text that decides cannot be had.
Result<KernelBuild> identify_kernel(const KernelText& kernel, const Result<OsRelease>& os);

}  // namespace harden::probe
