// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/module_files.h"

#include <algorithm>

#include "agent/core/text.h"

namespace harden::probe {

// "nf_nat 49152 2 nft_chain_nat,xt_nat, Live 0x0000000000000000". Among the
// users stands "[permanent]" for a module that has no way out. A kernel
// without CONFIG_MODULE_UNLOAD writes "-" for the count.
Result<std::map<std::string, LoadedModule, std::less<>>> parse_loaded(std::string_view text) {
  std::map<std::string, LoadedModule, std::less<>> modules;
  for (const auto line : text::lines(text)) {
    const auto words = text::words(line);
    if (words.empty()) continue;
    if (words.size() < 4 || !text::to_int(words[1])) {
      return fail(Errc::malformed, "not a line about a module: " + text::quote(line.substr(0, 60)), "/proc/modules");
    }
    LoadedModule module{text::to_int(words[2]), {}};
    for (const auto user : text::split(words[3], ',')) {
      if (!user.empty() && user != "-" && !user.starts_with('[')) module.used_by.emplace_back(user);
    }
    modules.insert_or_assign(text::underscored(words[0]), std::move(module));
  }
  return modules;
}

bool each_module(std::string_view text, const std::function<void(std::string_view)>& take) {
  bool any = false;
  std::string name;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view path = text.substr(0, std::min(text.find(':'), end));
    text.remove_prefix(std::min(end + 1, text.size()));
    path.remove_prefix(path.rfind('/') + 1);
    const auto suffix = path.find(".ko");
    if (suffix == 0 || suffix == std::string_view::npos) continue;
    any = true;
    name = path.substr(0, suffix);
    std::ranges::replace(name, '-', '_');
    take(name);
  }
  return any;
}

}  // namespace harden::probe
