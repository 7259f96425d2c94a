// SPDX-License-Identifier: Apache-2.0
//
// The three orders of version numbers that kernels come with. Each compares
// any two texts, and gives -1, 0 or 1.
#pragma once

#include <string_view>

namespace harden {

// Upstream kernel releases: "4.11-rc3" < "4.11" = "4.11.0" < "4.11.1"; what
// follows the numbers and the -rc (a vendor's suffix) is not compared.
// Documentation/process/2.Process.rst and the top of the kernel's Makefile.
int kernel_vercmp(std::string_view left, std::string_view right);

// dpkg's order, deb-version(7): [epoch:]upstream[-revision], '~' before all.
int deb_vercmp(std::string_view left, std::string_view right);

// rpm's order, rpmvercmp() of lib/rpmvercmp.c; on the whole text, as
// `rpm.vercmp` in rpm's Lua does: no epoch, no release taken apart.
int rpm_vercmp(std::string_view left, std::string_view right);

// rpm's order of [epoch:]version[-release], parts compared by rpm_vercmp.
int rpm_evrcmp(std::string_view left, std::string_view right);

}  // namespace harden
