// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "agent/collect/cmdline.h"
#include "agent/collect/kernel_release.h"
#include "agent/collect/modprobe.h"
#include "agent/collect/module_files.h"
#include "agent/collect/reading.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden::probe {
namespace {

constexpr const char* kFact = "module";
constexpr const char* kLoaded = "/proc/modules";

using Names = std::set<std::string, std::less<>>;
using Loaded = std::map<std::string, LoadedModule, std::less<>>;

struct Tables {
  Result<Loaded> loaded;
  Result<Names> builtin;
  Result<Names> available;
  LoadRules rules;
};

// A kernel without CONFIG_MODULES has no /proc/modules, and no switch to turn
// loading off either. Where that switch is there, the file is only hidden.
bool is_monolithic(const Host& host) {
  const auto modules = host.kind(kLoaded);
  const auto off_switch = host.kind("/proc/sys/kernel/modules_disabled");
  return !modules && modules.error().code == Errc::absent && !off_switch && off_switch.error().code == Errc::absent &&
         running_release(host);
}

Result<Loaded> read_loaded(const Host& host) {
  const auto text = read_text(host, kLoaded, Limit{}.bytes);
  if (!text) return std::unexpected(text.error());
  return parse_loaded(*text);
}

// The wanted names of a table of the running kernel's modules, or all.
Result<Names> read_table(const Host& host, const Result<std::string>& release, const char* file, const Names* wanted) {
  if (!release) return std::unexpected(release.error());
  const std::string path = "/lib/modules/" + *release + "/" + file;
  const auto text = host.read(path, {std::size_t{32} << 20, Limit{}.time});
  if (!text) return std::unexpected(text.error());
  Names names;
  const bool any = each_module(*text, [&](std::string_view name) {
    if (wanted == nullptr || wanted->contains(name)) names.emplace(name);
  });
  if (!any && !text->empty()) return fail(Errc::malformed, "names no module", path);
  return names;
}

Tables read_tables(const Host& host, const Names* wanted) {
  const auto release = running_release(host);
  Tables tables{read_loaded(host), read_table(host, release, "modules.builtin", wanted),
                read_table(host, release, "modules.dep", wanted), LoadRules(host, read_cmdline(host))};
  if (is_monolithic(host)) {
    tables.loaded = Loaded{};
    tables.available = Names{};
  }
  return tables;
}

// Fit to be a name in /sys/module.
bool is_module_name(std::string_view name) {
  return !name.empty() && name.find_first_of("/.") == std::string_view::npos;
}

std::string field_name(std::string_view module, std::string_view field) {
  return std::string(kFact) + "[" + text::quote(module) + "]." + std::string(field);
}

// Without modules.builtin: what has a folder in /sys/module and is not loaded
// is built in. What has none may be built in all the same: only code with
// parameters or a version gets one.
Value builtin_value(const Host& host, const Tables& tables, const std::string& name) {
  if (tables.builtin) return tables.builtin->contains(name);
  const bool may_tell = tables.loaded && !tables.loaded->contains(name) && is_module_name(name);
  if (may_tell && host.kind("/sys/module/" + name) == DirEntry::Kind::directory) return true;
  return Value::unknown(field_name(name, "builtin"), tables.builtin.error());
}

void add_loaded(std::vector<Map::Entry>& fields, const Tables& tables, const std::string& name) {
  if (!tables.loaded) {
    for (const char* field : {"loaded", "use_count", "used_by"}) {
      fields.emplace_back(field, Value::unknown(field_name(name, field), tables.loaded.error()));
    }
    return;
  }
  const auto found = tables.loaded->find(name);
  const bool loaded = found != tables.loaded->end();
  const LoadedModule module = loaded ? found->second : LoadedModule{0, {}};
  const Error uncounted{Errc::unsupported, "this kernel cannot unload modules and does not count their users", kLoaded};
  fields.emplace_back("loaded", loaded);
  fields.emplace_back("use_count", module.use_count ? Value(*module.use_count)
                                                    : Value::unknown(field_name(name, "use_count"), uncounted));
  fields.emplace_back("used_by", List(module.used_by.begin(), module.used_by.end()));
}

void add_block(std::vector<Map::Entry>& fields, const Tables& tables, const std::string& name) {
  const auto block = tables.rules.block_of(name);
  if (block) {
    fields.emplace_back("blocked", block->blocked);
    fields.emplace_back("blocked_by", block->by);
    return;
  }
  fields.emplace_back("blocked", Value::unknown(field_name(name, "blocked"), block.error()));
  fields.emplace_back("blocked_by", Value::unknown(field_name(name, "blocked_by"), block.error()));
}

Value record_of(const Host& host, const Tables& tables, const std::string& name) {
  std::vector<Map::Entry> fields;
  add_loaded(fields, tables, name);
  fields.emplace_back("builtin", builtin_value(host, tables, name));
  fields.emplace_back("available", tables.available
                                       ? Value(tables.available->contains(name))
                                       : Value::unknown(field_name(name, "available"), tables.available.error()));
  add_block(fields, tables, name);
  return Map(std::move(fields));
}

void add_all(Names& names, const Tables& tables) {
  if (tables.loaded) {
    for (const auto& [name, module] : *tables.loaded) names.insert(name);
  }
  if (tables.builtin) names.insert(tables.builtin->begin(), tables.builtin->end());
  if (tables.available) names.insert(tables.available->begin(), tables.available->end());
  for (std::string& name : tables.rules.named()) names.insert(std::move(name));
}

void collect(const Host& host, const Wanted& wanted, FactSink& sink) {
  const Names keys = wanted.keys_of(kFact);
  Names names;
  for (const std::string& key : keys) names.insert(text::underscored(key));
  const bool all = wanted.all_of(kFact);
  const Tables tables = read_tables(host, all ? nullptr : &names);
  // With nothing to go by, an empty map would say that there are no modules.
  if (all && !tables.loaded && !tables.builtin && !tables.available) return sink.fail(kFact, tables.loaded.error());
  if (all) add_all(names, tables);
  std::vector<Map::Entry> entries;
  for (const std::string& name : names) entries.emplace_back(name, record_of(host, tables, name));
  for (const std::string& key : keys) {
    if (!names.contains(key)) entries.emplace_back(key, record_of(host, tables, text::underscored(key)));
  }
  sink.set(kFact, Map(std::move(entries)), std::string(kLoaded) + ", /lib/modules, modprobe.d");
}

const RegisterCollector kRegister{{
    "module",
    {{kFact,
      Type::map_of(Type::Kind::string,
                   Type::record({
                       {"loaded", Type::Kind::boolean, "in /proc/modules"},
                       {"builtin", Type::Kind::boolean, "part of the kernel itself: modules.builtin"},
                       {"available", Type::Kind::boolean, "there to be loaded: modules.dep"},
                       {"blocked", Type::Kind::boolean, "install to nothing in modprobe.d, or module_blacklist="},
                       {"blocked_by", Type::Kind::string, "the line that blocks it, or one that only hinders it"},
                       {"use_count", Type::Kind::integer, "how often it is in use"},
                       {"used_by", Type::list_of(Type::Kind::string), "the modules that use it"},
                   })),
      "", "Kernel modules by name with '_': /proc/modules, modules.dep(5), modprobe.d(5)"}},
    collect,
}};

}  // namespace
}  // namespace harden::probe
