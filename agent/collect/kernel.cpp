// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>

#include <algorithm>

#include "agent/collect/kernel_release.h"
#include "agent/collect/kernel_vendor.h"
#include "agent/collect/kernel_version.h"
#include "agent/collect/reading.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden {
namespace probe {
namespace {

constexpr const char* kReleasePath = "/proc/sys/kernel/osrelease";
constexpr const char* kVersionPath = "/proc/sys/kernel/version";
constexpr const char* kArchPath = "/proc/sys/kernel/arch";
constexpr std::size_t kLine = 4096;

bool is_printable_ascii(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

Result<std::string> read_line(const Host& host, const char* path) {
  auto line = read_text(host, path, kLine);
  if (line && !is_printable_ascii(*line)) {
    return fail(Errc::malformed, "not a line of text: " + text::quote(line->substr(0, 40)), path);
  }
  return line;
}

// /proc/sys/kernel/arch came with Linux 6.1. Before, the system call tells on
// the running machine, and of another one the release mostly does.
void set_arch(const Host& host, const Result<std::string>& release, FactSink& sink) {
  auto arch = read_line(host, kArchPath);
  if (arch || arch.error().code != Errc::absent) return sink.set("kernel.arch", std::move(arch), kArchPath);
  utsname names{};
  if (host.name() == "/" && uname(&names) == 0) return sink.set("kernel.arch", std::string(names.machine), "uname(2)");
  if (!release) return sink.fail("kernel.arch", release.error());
  if (auto named = arch_of(*release)) return sink.set("kernel.arch", *named, kReleasePath);
  sink.fail("kernel.arch", {Errc::absent, "neither the kernel nor its release names the architecture", kArchPath});
}

constexpr auto kBuildFacts = {"kernel.vendor", "kernel.vendor_release", "kernel.package", "kernel.upstream"};

void set_build(const Host& host, const Result<std::string>& release, const Result<std::string>& version,
               FactSink& sink) {
  Result<KernelBuild> build = fail(Errc::failed, "not identified");
  if (release) {
    const KernelText kernel{*release, version, read_feature(host, "/proc/version_signature", "/proc"),
                            read_line(host, "/proc/version").value_or("")};
    build = identify_kernel(kernel, read_os_release(host));
  } else {
    build = std::unexpected(release.error());
  }
  if (!build) {
    for (const auto* fact : kBuildFacts) sink.fail(fact, build.error());
    return;
  }
  const std::string source = std::string(kReleasePath) + ", " + kVersionPath;
  sink.set("kernel.vendor", build->vendor, source);
  sink.set("kernel.vendor_release", build->vendor_release, source);
  sink.set("kernel.package", build->package, source);
  sink.set("kernel.upstream", build->upstream, source);
}

void collect(const Host& host, const Wanted& wanted, FactSink& sink) {
  const auto release = running_release(host);
  const auto version = read_line(host, kVersionPath);
  sink.set("kernel.release", release, kReleasePath);
  sink.set("kernel.version", version, kVersionPath);
  if (wanted.has("kernel.arch")) set_arch(host, release, sink);
  if (std::ranges::any_of(kBuildFacts, [&](const char* fact) { return wanted.has(fact); })) {
    set_build(host, release, version, sink);
  }
}

const RegisterCollector kRegister{{
    "kernel",
    {{"kernel.release", Type::Kind::string, "", "The running kernel's release, uname -r: /proc/sys/kernel/osrelease"},
     {"kernel.version", Type::Kind::string, "", "Its build, uname -v: /proc/sys/kernel/version"},
     {"kernel.arch", Type::Kind::string, "", "Its machine, uname -m (\"x86_64\"): /proc/sys/kernel/arch or uname(2)"},
     {"kernel.vendor", Type::Kind::string, "",
      "Who built it, by its own strings: debian ubuntu rhel sles fedora upstream and others, or unrecognised"},
     {"kernel.vendor_release", Type::Kind::string, "",
      "The vendor's release it is for: \"9\", \"22.04\"; \"\" where there are none"},
     {"kernel.package", Type::Kind::string, "",
      "The vendor's package version of it: \"6.1.192-2\", \"5.14.0-427.el9_4\""},
     {"kernel.upstream", Type::Kind::string, "",
      "The upstream release it follows, unknown where the vendor backports to a frozen base"}},
    collect,
}};

}  // namespace

Result<std::string> running_release(const Host& host) {
  auto release = read_text(host, kReleasePath, kLine);
  if (release && !is_kernel_release(*release)) {
    return fail(Errc::malformed, "not a kernel release: " + text::quote(release->substr(0, 40)), kReleasePath);
  }
  return release;
}

}  // namespace probe
}  // namespace harden
