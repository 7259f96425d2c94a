// SPDX-License-Identifier: Apache-2.0
//
// What happened to the running kernel since it was built: taint and live
// patches.
#include <array>
#include <string>

#include "agent/collect/reading.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden::probe {
namespace {

constexpr const char* kTainted = "/proc/sys/kernel/tainted";
constexpr std::size_t kMaxPatches = 1000;

// Where each mechanism shows its patches: the kernel's own since 4.0, the
// module kpatch of RHEL 7 and its likes (in its first releases a folder deeper)
// and kGraft of SLES 12, which has no file that says whether a patch is in use.
struct Mechanism {
  const char* folder;
  bool tells_enabled;
};
constexpr std::array<Mechanism, 4> kMechanisms{{
    {"/sys/kernel/livepatch", true},
    {"/sys/kernel/kpatch", true},
    {"/sys/kernel/kpatch/patches", true},
    {"/sys/kernel/kgraft", false},
}};

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

Value livepatch(const Host& host, const Mechanism& mechanism, const std::string& name) {
  const std::string folder = std::string(mechanism.folder) + "/" + name;
  Result<bool> enabled = fail(Errc::unsupported, "this kind of live patch does not say whether it is in use", folder);
  if (mechanism.tells_enabled) enabled = is_enabled(host, folder + "/enabled");
  return Map({{"name", name}, {"enabled", value_or_unknown(std::move(enabled), "kernel.livepatches")}});
}

// Of kGraft and kpatch folders the files tell about the mechanism itself, and
// kpatch's folder of patches is none.
Result<> add_livepatches(const Host& host, const Mechanism& mechanism, List& patches) {
  const auto entries = host.list(mechanism.folder);
  if (!entries && entries.error().code == Errc::absent) return {};
  if (!entries) return std::unexpected(entries.error());
  for (const DirEntry& entry : *entries) {
    if (entry.kind == DirEntry::Kind::file || entry.name == "patches") continue;
    if (patches.size() == kMaxPatches) return fail(Errc::too_large, "more live patches than can be", mechanism.folder);
    patches.push_back(livepatch(host, mechanism, entry.name));
  }
  return {};
}

// A folder is there where the kernel has the mechanism; without any, the
// kernel has none, if only /sys can be seen at all:
// Documentation/ABI/testing/sysfs-kernel-livepatch.
void set_livepatches(const Host& host, FactSink& sink) {
  constexpr const char* kFact = "kernel.livepatches";
  List patches;
  std::string source;
  for (const Mechanism& mechanism : kMechanisms) {
    const std::size_t before = patches.size();
    if (auto added = add_livepatches(host, mechanism, patches); !added) return sink.fail(kFact, added.error());
    if (source.empty() && patches.size() > before) source = mechanism.folder;
  }
  if (source.empty()) source = kMechanisms.front().folder;
  if (patches.empty() && host.kind("/sys/kernel") != DirEntry::Kind::directory)
    return sink.fail(kFact, {Errc::absent, "there is no /sys/kernel to look in", "/sys/kernel"});
  sink.set(kFact, std::move(patches), std::move(source));
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
      "", "Live patches that are loaded: livepatch/livepatch.rst; kpatch and kGraft where the kernel has those"}},
    collect,
}};

}  // namespace
}  // namespace harden::probe
