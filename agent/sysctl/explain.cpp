// SPDX-License-Identifier: Apache-2.0
#include "agent/sysctl/explain.h"

#include <algorithm>

#include "agent/sysctl/key.h"

namespace harden::sysctl {
namespace {

bool is_shared(std::string_view interface) { return interface == "all" || interface == "default"; }

std::string path_for_default(const InterfaceKey& key) {
  return std::string(key.folder) + "/default/" + std::string(key.setting);
}

std::string start_value(const Verdict& verdict) {
  const Line* line = verdict.for_default ? verdict.for_default->winning() : nullptr;
  if (line == nullptr) return "the value that `default` has";
  return "`default`'s value, " + line->value.value_or("") + " by " + line->file + ":" + std::to_string(line->number);
}

}  // namespace

bool Report::any_in_use() const {
  return std::ranges::any_of(verdicts, [](const Verdict& verdict) { return verdict.use.in_use; });
}

bool Report::known() const {
  const bool kernel_has_it = running || running.error().code != Errc::absent;
  return kernel_has_it ||
         std::ranges::any_of(verdicts, [](const Verdict& verdict) { return !verdict.answer.lines.empty(); });
}

Result<Report> explain(const Host& host, std::string_view key) {
  const auto path = key_path(key);
  if (!path) return fail(Errc::invalid, "not the name of one sysctl", std::string(key));
  const SysctlFiles files = resolve(host);
  Report report{.root = host.name(),
                .path = *path,
                .key = dotted(*path),
                .interface = {},
                .running = running_value(host, *path),
                .module = module_of(*path),
                .verdicts = {},
                .problems = files.problems()};
  const auto own = interface_key(*path);
  if (own) report.interface = own->interface;
  const auto uses = appliers_of(host);
  for (const Use& use : uses) {
    Verdict verdict{use, answer(files, use.applier, *path), files.no_globs[static_cast<std::size_t>(use.applier)],
                    malformed(files, use.applier), std::nullopt};
    if (own && !is_shared(own->interface)) {
      verdict.for_default = answer(files, use.applier, path_for_default(*own));
    }
    report.verdicts.push_back(std::move(verdict));
  }
  return report;
}

// 99-systemd.rules of udev runs `systemd-sysctl --prefix=…` for every network
// interface that is added, lo aside. procps runs once.
std::string interface_note(const Report& report, const Verdict& verdict) {
  if (report.interface.empty()) return {};
  if (report.interface == "all") return "all: each setting has its own rule for what this means to an interface";
  if (report.interface == "default")
    return "default: interfaces that appear later begin with this; lines of their own still count for them";
  const std::string name = report.interface;
  const bool late = verdict.use.applier == Applier::systemd && name != "lo";
  if (verdict.answer.winner && late) return name + ": written at boot, and by udev whenever " + name + " is added";
  if (verdict.answer.winner && name == "lo") return {};
  if (verdict.answer.winner) {
    return name + ": written only if " + name + " is there when procps runs; added later, it begins with " +
           start_value(verdict);
  }
  return name + ": begins with " + start_value(verdict);
}

}  // namespace harden::sysctl
