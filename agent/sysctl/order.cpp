// SPDX-License-Identifier: Apache-2.0
#include "agent/sysctl/order.h"

#include <algorithm>

#include "agent/sysctl/key.h"

namespace harden::sysctl {
namespace {

std::vector<const File*> by_name(const SysctlFiles& files) {
  std::vector<const File*> sorted;
  for (const File& file : files.files) {
    if (!file.only_of) sorted.push_back(&file);
  }
  std::ranges::stable_sort(sorted, {}, &File::name);
  return sorted;
}

// procps gives the path to glob(3), and opens it as it is where that finds
// nothing.
void add_opened_by_procps(std::vector<Visit>& out, const File& file, const SysctlFiles& files) {
  const bool magic = file.name.find_first_of("*?[{\\") != std::string::npos;
  const std::size_t before = out.size();
  for (const File& other : files.files) {
    const bool beside = magic && other.rank == file.rank && !other.only_of;
    if (beside && glob_matches(file.name, other.name, true)) out.push_back({&other});
  }
  if (out.size() == before) {
    out.push_back({&file});
  } else if (std::ranges::none_of(out, [&](const Visit& visit) { return visit.file == &file; })) {
    out.push_back({&file, Visit::What::not_read});
  }
}

// The file that is read and leads to this one, such as Debian's 99-sysctl.conf.
const File* link_to(const File& file, const std::vector<Visit>& seen) {
  const auto link = std::ranges::find_if(
      seen, [&](const Visit& visit) { return visit.what == Visit::What::read && visit.file->place == file.place; });
  return link == seen.end() ? nullptr : link->file;
}

}  // namespace

std::vector<Visit> visits(const SysctlFiles& files, Applier applier) {
  std::vector<Visit> out;
  const File* first = nullptr;  // of its name
  for (const File* file : by_name(files)) {
    if (applier == Applier::systemd && file->name.starts_with('.')) {
      out.push_back({file, Visit::What::not_read});
    } else if (first != nullptr && first->name == file->name) {
      out.push_back({file, first->masks ? Visit::What::masked : Visit::What::shadowed, first});
    } else {
      first = file;
      if (applier == Applier::procps) {
        add_opened_by_procps(out, *file, files);
      } else {
        out.push_back({file});
      }
    }
  }
  for (const File& file : files.files) {
    if (!file.only_of) continue;
    const bool reads = *file.only_of == applier;
    out.push_back({&file, reads ? Visit::What::read : Visit::What::not_read, reads ? nullptr : link_to(file, out)});
  }
  return out;
}

}  // namespace harden::sysctl
