// SPDX-License-Identifier: Apache-2.0
#include "harden/version.h"

#include <array>

#include "agent/cel/functions.h"

namespace harden::cel {
namespace {

template <int (*kCompare)(std::string_view, std::string_view)>
Value compared(Budget& budget, std::span<const Value> arguments) {
  const std::string& left = arguments[0].string();
  const std::string& right = arguments[1].string();
  return budget.scan(left.size() + right.size()) ? Value(kCompare(left, right)) : budget.error();
}

constexpr std::array kVersions{
    Function{"kernel.vercmp", false, "ss", 'i', compared<kernel_vercmp>},
    Function{"deb.vercmp", false, "ss", 'i', compared<deb_vercmp>},
    Function{"rpm.vercmp", false, "ss", 'i', compared<rpm_vercmp>},
};

}  // namespace

std::span<const Function> version_functions() { return kVersions; }

}  // namespace harden::cel
