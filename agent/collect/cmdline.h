// SPDX-License-Identifier: Apache-2.0
//
// The kernel command line (Documentation/admin-guide/kernel-parameters.rst).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harden/host.h"

namespace harden::probe {

struct Parameter {
  std::string name;   // '-' turned to '_', as the kernel takes both for one
  std::string value;  // without the quotes around it; "" for a flag

  friend bool operator==(const Parameter&, const Parameter&) = default;
};

// The parameters in their order, up to a lone "--": what follows is for init.
std::vector<Parameter> parse_cmdline(std::string_view text);

// The parameters of the running kernel, from /proc/cmdline.
Result<std::vector<Parameter>> read_cmdline(const Host& host);

}  // namespace harden::probe
