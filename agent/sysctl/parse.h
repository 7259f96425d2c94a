// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "agent/sysctl/resolver.h"

namespace harden::sysctl {

// The statements of one file's bytes, by the rules of that applier.
std::vector<Statement> parse(std::string_view content, Applier applier);

}  // namespace harden::sysctl
