// SPDX-License-Identifier: Apache-2.0
//
// The tables that name kernel modules: /proc/modules, modules.builtin and
// modules.dep (modules.dep(5), Documentation/kbuild/kbuild.rst).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harden/result.h"

namespace harden::probe {

struct LoadedModule {
  std::optional<std::int64_t> use_count;  // nothing: this kernel cannot unload, and does not count
  std::vector<std::string> used_by;
};

// Errc::malformed where a line is none of /proc/modules.
Result<std::map<std::string, LoadedModule, std::less<>>> parse_loaded(std::string_view text);

// Calls `take` with the name of each module of modules.builtin or modules.dep,
// as in "kernel/net/rds/rds.ko.xz: …": '-' in it turned to '_', its storage
// good for the call only. False where there is not one such line.
bool each_module(std::string_view text, const std::function<void(std::string_view)>& take);

}  // namespace harden::probe
