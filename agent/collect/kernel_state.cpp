// SPDX-License-Identifier: Apache-2.0
//
// What happened to the running kernel since it was built: taint and live
// patches.
#include <string>

#include "agent/collect/reading.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden::probe {
namespace {

constexpr const char* kTainted = "/proc/sys/kernel/tainted";
constexpr const char* kPatches = "/sys/kernel/livepatch";
constexpr std::size_t kMaxPatches = 1000;

// By bit, Documentation/admin-guide/tainted-kernels.rst. A cleared bit 0 shows
// as 'G' there; here only bits that are set have a letter.
constexpr std::string_view kLetters = "PFSRMBUDAWCIOELKXTNJ";

List taint_letters(std::int64_t tainted) {
  List letters;
  bool others = false;
  for (std::size_t bit = 0; bit < 63; ++bit) {
    if (((tainted >> bit) & 1) == 0) continue;
    if (bit < kLetters.size()) {
      letters.emplace_back(kLetters.substr(bit, 1));
    } else {
      others = true;  // vendors use the high bits for reasons of their own
    }
  }
  if (others) letters.emplace_back("?");
  return letters;
}

void set_taint(const Host& host, FactSink& sink) {
  auto tainted = read_int(host, kTainted);
  if (tainted && *tainted < 0) tainted = fail(Errc::malformed, "a negative taint", kTainted);
  sink.set("kernel.tainted", tainted, kTainted);
  if (!tainted) return sink.fail("kernel.taints", tainted.error());
  sink.set("kernel.taints", taint_letters(*tainted), kTainted);
}

Result<bool> is_enabled(const Host& host, const std::string& path) {
  const auto enabled = read_int(host, path);
  if (!enabled) return std::unexpected(enabled.error());
  return *enabled != 0;
}

Value livepatch(const Host& host, const std::string& name) {
  auto enabled = is_enabled(host, std::string(kPatches) + "/" + name + "/enabled");
  return Map({{"name", name}, {"enabled", value_or_unknown(std::move(enabled), "kernel.livepatches")}});
}

// The folder is there where the kernel has CONFIG_LIVEPATCH:
// Documentation/ABI/testing/sysfs-kernel-livepatch.
void set_livepatches(const Host& host, FactSink& sink) {
  constexpr const char* kFact = "kernel.livepatches";
  const auto entries = host.list(kPatches);
  if (!entries && (entries.error().code != Errc::absent || host.kind("/sys/kernel") != DirEntry::Kind::directory)) {
    return sink.fail(kFact, entries.error());
  }
  List patches;
  for (const DirEntry& entry : entries.value_or(std::vector<DirEntry>{})) {
    if (entry.kind == DirEntry::Kind::file) continue;
    if (patches.size() == kMaxPatches)
      return sink.fail(kFact, {Errc::too_large, "more live patches than can be", kPatches});
    patches.push_back(livepatch(host, entry.name));
  }
  sink.set(kFact, std::move(patches), kPatches);
}

void collect(const Host& host, const Wanted& wanted, FactSink& sink) {
  set_taint(host, sink);
  if (wanted.has("kernel.livepatches")) set_livepatches(host, sink);
}

const RegisterCollector kRegister{{
    "kernel_state",
    {{"kernel.tainted", Type::Kind::integer, "",
      "Bits that say why the kernel is not as shipped: admin-guide/tainted-kernels.rst"},
     {"kernel.taints", Type::list_of(Type::Kind::string), "",
      "The same as letters, \"?\" for bits without one: admin-guide/tainted-kernels.rst"},
     {"kernel.livepatches",
      Type::list_of(Type::record({{"name", Type::Kind::string, "the module that brought it"},
                                  {"enabled", Type::Kind::boolean, "whether it is in use"}})),
      "", "Live patches that are loaded: /sys/kernel/livepatch, livepatch/livepatch.rst"}},
    collect,
}};

}  // namespace
}  // namespace harden::probe
