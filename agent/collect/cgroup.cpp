// SPDX-License-Identifier: Apache-2.0
//
// Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
#include <algorithm>
#include <deque>

#include "agent/collect/cmdline.h"
#include "agent/collect/reading.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden::probe {
namespace {

constexpr const char* kUnified = "/sys/fs/cgroup/cgroup.controllers";
constexpr const char* kTable = "/proc/cgroups";
constexpr const char* kMounts = "/proc/self/mounts";
constexpr std::size_t kMaxGroups = 256;
constexpr std::size_t kMaxDepth = 6;

struct Layout {
  int version = 0;          // of the memory controller
  std::string memory_path;  // where version 1 has it mounted
  std::vector<std::string> controllers;
  std::string source;
};

std::vector<std::string> owned(const std::vector<std::string_view>& words) { return {words.begin(), words.end()}; }

struct Mount {
  std::string_view path;
  std::string_view type;
  std::vector<std::string_view> options;
};

// "cgroup /sys/fs/cgroup/memory cgroup rw,nosuid,memory 0 0": proc_pid_mounts(5).
std::vector<Mount> cgroup_mounts(std::string_view mounts) {
  std::vector<Mount> found;
  for (const auto line : text::lines(mounts)) {
    const auto words = text::words(line);
    if (words.size() < 4 || !words[2].starts_with("cgroup")) continue;
    found.push_back({words[1], words[2], text::split(words[3], ',')});
  }
  return found;
}

struct Controller {
  std::string_view name;
  bool enabled = false;
  bool own_hierarchy = false;  // it is mounted in version 1
};

// "#subsys_name hierarchy num_cgroups enabled": cgroups(7).
Result<std::vector<Controller>> parse_table(std::string_view table) {
  std::vector<Controller> controllers;
  for (const auto line : text::lines(table)) {
    if (line.starts_with('#')) continue;
    const auto words = text::words(line);
    const auto hierarchy = words.size() == 4 ? text::to_int(words[1]) : std::nullopt;
    if (!hierarchy) return fail(Errc::malformed, "not a controller: " + text::quote(line.substr(0, 60)), kTable);
    controllers.push_back({words[0], words[3] == "1", *hierarchy != 0});
  }
  return controllers;
}

bool lists(const std::string& words, std::string_view name) {
  const auto list = text::words(words);
  return std::ranges::find(list, name) != list.end();
}

// In the hybrid layout version 2 is mounted beside the controllers of version
// 1, and has what those do not.
int version_beside(const Host& host, const std::vector<Mount>& mounts) {
  for (const Mount& mount : mounts) {
    if (mount.type != "cgroup2") continue;
    const auto controllers = read_text(host, std::string(mount.path) + "/cgroup.controllers");
    if (controllers && lists(*controllers, "memory")) return 2;
  }
  return 0;
}

std::string memory_mount(const std::vector<Mount>& mounts) {
  for (const Mount& mount : mounts) {
    if (mount.type == "cgroup" && std::ranges::find(mount.options, "memory") != mount.options.end()) {
      return std::string(mount.path);
    }
  }
  return "";
}

Result<Layout> read_separate(const Host& host) {
  const auto table = read_text(host, kTable);
  if (!table) return std::unexpected(table.error());
  const auto controllers = parse_table(*table);
  if (!controllers) return std::unexpected(controllers.error());
  const auto mount_table = read_text(host, kMounts, Limit{}.bytes);
  const auto mounts = cgroup_mounts(mount_table ? std::string_view(*mount_table) : std::string_view());
  Layout layout{0, memory_mount(mounts), {}, kTable};
  for (const Controller& controller : *controllers) {
    if (controller.enabled) layout.controllers.emplace_back(controller.name);
    if (controller.name == "memory" && controller.own_hierarchy) layout.version = 1;
  }
  if (layout.version == 0 && !layout.memory_path.empty()) layout.version = 1;
  if (layout.version == 0) layout.version = version_beside(host, mounts);
  if (layout.version == 1 && layout.memory_path.empty()) layout.memory_path = "/sys/fs/cgroup/memory";
  return layout;
}

Result<Layout> read_layout(const Host& host) {
  const auto unified = read_text(host, kUnified);
  if (unified) return Layout{2, "", owned(text::words(*unified)), kUnified};
  if (unified.error().code != Errc::absent) return std::unexpected(unified.error());
  return read_separate(host);
}

// Whether kernel memory is accounted in one group of version 1; nothing where
// the group does not tell. Where it is not, slabinfo answers EIO.
std::optional<bool> accounts(const Host& host, const std::string& group) {
  const auto usage = read_int(host, group + "/memory.kmem.usage_in_bytes");
  if (usage && *usage > 0) return true;
  const auto slabs = host.read(group + "/memory.kmem.slabinfo", {kSmallFile, Limit{}.time});
  if (slabs && !slabs->empty()) return true;
  if (!slabs && slabs.error().code == Errc::too_large) return true;
  if (!slabs && slabs.error().code == Errc::failed) return false;
  return std::nullopt;
}

// Runtimes switch accounting on for the groups of their containers, so one
// group that accounts is enough, and only all of them say that none does.
Result<bool> probe_groups(const Host& host, const std::string& root) {
  std::deque<std::pair<std::string, std::size_t>> waiting{{root, 0}};
  std::size_t seen = 0;
  bool refused = false;
  while (!waiting.empty()) {
    const auto [folder, depth] = waiting.front();
    waiting.pop_front();
    const auto entries = host.list(folder);
    if (!entries && folder == root) return std::unexpected(entries.error());
    for (const DirEntry& entry : entries.value_or(std::vector<DirEntry>{})) {
      if (entry.kind != DirEntry::Kind::directory) continue;
      const std::string group = folder + "/" + entry.name;
      if (++seen > kMaxGroups) return fail(Errc::too_large, "no answer from the first groups of many", root);
      const auto answer = accounts(host, group);
      if (answer == true) return true;
      refused |= answer == false;
      if (depth + 1 < kMaxDepth) waiting.emplace_back(group, depth + 1);
    }
  }
  if (refused) return false;
  return fail(Errc::unsupported, "no control group tells whether kernel memory is accounted", root);
}

// cgroup.memory=nokmem and cgroup_disable=memory, kernel-parameters.txt.
bool is_switched_off(const std::vector<Parameter>& parameters) {
  return std::ranges::any_of(parameters, [](const Parameter& parameter) {
    const auto values = text::split(parameter.value, ',');
    const auto has = [&](std::string_view value) { return std::ranges::find(values, value) != values.end(); };
    return (parameter.name == "cgroup.memory" && has("nokmem")) ||
           (parameter.name == "cgroup_disable" && has("memory"));
  });
}

Result<bool> kmem_accounting(const Host& host, const Result<Layout>& layout) {
  const auto parameters = read_cmdline(host);
  if (!parameters) return std::unexpected(parameters.error());
  if (is_switched_off(*parameters)) return false;
  if (!layout) return std::unexpected(layout.error());
  if (layout->version == 2) return true;
  if (layout->version == 1) return probe_groups(host, layout->memory_path);
  return fail(Errc::unsupported, "the memory controller is not mounted", layout->source);
}

void collect(const Host& host, const Wanted& wanted, FactSink& sink) {
  const auto layout = read_layout(host);
  if (!layout) {
    sink.fail("cgroup.version", layout.error());
    sink.fail("cgroup.controllers", layout.error());
  } else {
    sink.set("cgroup.controllers", List(layout->controllers.begin(), layout->controllers.end()), layout->source);
    if (layout->version != 0) {
      sink.set("cgroup.version", layout->version, layout->source);
    } else {
      sink.fail("cgroup.version", {Errc::unsupported, "the memory controller is not mounted", layout->source});
    }
  }
  if (wanted.has("cgroup.kmem_accounting")) {
    const bool probed = layout && layout->version == 1;
    sink.set("cgroup.kmem_accounting", kmem_accounting(host, layout), probed ? layout->memory_path : "/proc/cmdline");
  }
}

const RegisterCollector kRegister{{
    "cgroup",
    {{"cgroup.version", Type::Kind::integer, "",
      "1 or 2, that of the memory controller: admin-guide/cgroup-v2.rst, cgroups(7)"},
     {"cgroup.controllers", Type::list_of(Type::Kind::string), "",
      "The controllers that are enabled: cgroup.controllers, or /proc/cgroups for version 1"},
     {"cgroup.kmem_accounting", Type::Kind::boolean, "",
      "Whether the kernel's own memory counts for the group it is used by: admin-guide/cgroup-v1/memory.rst"}},
    collect,
}};

}  // namespace
}  // namespace harden::probe
