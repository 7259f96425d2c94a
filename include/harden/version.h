// SPDX-License-Identifier: Apache-2.0
//
// The three orders of version numbers that kernels come with. Each compares
// any two texts, and gives -1, 0 or 1; what its tool would refuse still has a
// place in the order.
#pragma once

#include <string_view>

namespace harden {

// Upstream kernel releases: "4.11-rc3" < "4.11" = "4.11.0" < "4.11.1"; what
// follows the numbers and the -rc (a vendor's suffix) is not compared.
// Documentation/process/2.Process.rst and the top of the kernel's Makefile.
int kernel_vercmp(std::string_view left, std::string_view right);

// dpkg's order, deb-version(7): [epoch:]upstream[-revision], '~' before all.
int deb_vercmp(std::string_view left, std::string_view right);

// rpm's order of [epoch:]version[-release], as `rpm.vercmp` of rpm's Lua has it
// since rpm 4.16 (rpmverParse() and rpmverCmp() of rpmio/rpmver.c): the texts
// are taken apart at the first ':' and the last '-', a missing epoch is 0 and
// a missing release is below every release. '~' sorts below the end of a part
// and '^' just above it (rpm-version(7)).
int rpm_vercmp(std::string_view left, std::string_view right);

}  // namespace harden
