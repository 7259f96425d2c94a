// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace harden {

// Who builds kernels that `kernel.vendor` can name, sorted: the collector tells
// them apart, and policies have rules for them.
inline constexpr auto kKernelVendors = std::to_array<std::string_view>(
    {"alibaba", "alpine",    "amazon",    "anolis",  "arch",         "azurelinux", "cloudlinux",  "coreos",
     "cos",     "debian",    "fedora",    "flatcar", "gentoo",       "kali",       "kylin",       "linuxkit",
     "manjaro", "openeuler", "opensuse",  "oracle",  "photon",       "proxmox",    "raspberrypi", "rhel",
     "sles",    "talos",     "tencentos", "ubuntu",  "unrecognised", "upstream",   "virtuozzo",   "wsl"});

constexpr bool is_kernel_vendor(std::string_view name) { return std::ranges::binary_search(kKernelVendors, name); }

}  // namespace harden
