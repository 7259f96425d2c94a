// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/kernel_vendor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/collect/kernel_version.h"
#include "agent/core/kernel_vendors.h"
#include "agent/core/text.h"

namespace harden::probe {
namespace {

constexpr std::size_t kUtsname = 64;  // __NEW_UTS_LEN

// Which text tells, and how.
enum class Where { tag, release, release_end, version, banner };  // tag: in the release, a number behind it
// Whether the vendor takes whole stable releases, or picks fixes for a base.
enum class Base { stable, frozen };
enum class Package { none, rpm, word };  // word: the word behind the mark in uname -v
enum class Release { none, tag, os };

struct Rule {
  Where where;
  std::string_view mark;
  std::string_view vendor;
  Base base;
  Package package = Package::none;
  Release release = Release::none;
  std::string_view elsewhere = {};  // what the number or the word stands behind, where not the mark

  std::string_view anchor() const { return elsewhere.empty() ? mark : elsewhere; }
};

// What the release alone tells for sure. The first that fits is taken, so what
// builds upon another's kernel stands before it.
constexpr auto kByRelease = std::to_array<Rule>({
    {Where::release, ".elrepo.", "upstream", Base::stable, Package::rpm},
    {Where::release, "uek", "oracle", Base::frozen, Package::rpm, Release::tag, ".el"},
    {Where::release, ".lve", "cloudlinux", Base::frozen, Package::rpm, Release::tag, ".el"},
    {Where::tag, ".vz", "virtuozzo", Base::frozen, Package::rpm, Release::tag},
    {Where::tag, "stab", "virtuozzo", Base::frozen},
    {Where::tag, ".el", "rhel", Base::frozen, Package::rpm, Release::tag},
    {Where::tag, ".fc", "fedora", Base::stable, Package::rpm, Release::tag},
    {Where::tag, ".amzn", "amazon", Base::stable, Package::rpm, Release::tag},
    {Where::tag, ".azl", "azurelinux", Base::stable, Package::rpm, Release::tag},
    {Where::tag, ".cm", "azurelinux", Base::stable, Package::rpm, Release::tag},
    {Where::tag, ".ph", "photon", Base::stable, Package::none, Release::tag},
    {Where::tag, ".oe", "openeuler", Base::frozen, Package::rpm, Release::tag},
    {Where::tag, ".an", "anolis", Base::frozen, Package::rpm, Release::tag},
    {Where::tag, ".al", "alibaba", Base::frozen, Package::rpm, Release::tag},
    {Where::tag, ".tl", "tencentos", Base::frozen, Package::rpm, Release::tag},
    {Where::tag, ".ky", "kylin", Base::frozen, Package::rpm, Release::tag},
    {Where::release_end, "-pve", "proxmox", Base::frozen},
    {Where::release, "-microsoft-standard", "wsl", Base::stable},
    {Where::release_end, "-Microsoft", "wsl", Base::frozen},
    {Where::release_end, "-flatcar", "flatcar", Base::stable},
    {Where::release_end, "-coreos", "coreos", Base::stable},
    {Where::release_end, "-talos", "talos", Base::stable},
    {Where::release_end, "-linuxkit", "linuxkit", Base::stable},
    {Where::release_end, "-MANJARO", "manjaro", Base::stable},
    {Where::release, "-gentoo", "gentoo", Base::stable},
    {Where::tag, "-arch", "arch", Base::stable},
    {Where::tag, "-zen", "arch", Base::stable},
    {Where::tag, "-hardened", "arch", Base::stable},
});

// What needs uname -v, and what is left to the release once that is known.
constexpr auto kByVersion = std::to_array<Rule>({
    {Where::release, "+rpt", "raspberrypi", Base::stable, Package::word, Release::none, "Debian "},
    {Where::version, "Debian ", "debian", Base::stable, Package::word, Release::os},
    {Where::version, "Kali ", "kali", Base::stable, Package::word},
    {Where::version, "-Alpine", "alpine", Base::stable, Package::none, Release::os},
    {Where::release_end, "-virt", "alpine", Base::stable, Package::none, Release::os},
    {Where::release_end, "-0-lts", "alpine", Base::stable, Package::none, Release::os},
    {Where::release_end, "-lts", "arch", Base::stable},
    {Where::banner, "Chromium OS", "cos", Base::stable},
});

// What is found here is what a policy can have a rule for.
constexpr bool all_known(const auto& rules) {
  return std::ranges::all_of(rules, [](const Rule& rule) { return is_kernel_vendor(rule.vendor); });
}
static_assert(all_known(kByRelease) && all_known(kByVersion));

// A kernel with ".elN" in its name on another base is not Red Hat's: special
// interest groups build upstream kernels under that name.
constexpr auto kRhelBases = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"5", "2.6.18"},
    {"6", "2.6.32"},
    {"7", "3.10.0"},
    {"8", "4.18.0"},
    {"9", "5.14.0"},
    {"10", "6.12.0"},
});

// Bases of SUSE's enterprise kernels from before the release stood in the name.
constexpr auto kSuseBases =
    std::to_array<std::string_view>({"2.6.32.", "3.0.", "3.12.", "4.4.", "4.12.14.", "5.3.18.", "5.14.21.", "6.4.0."});

bool fits(const Rule& rule, const KernelText& kernel) {
  switch (rule.where) {
    case Where::tag: return number_after(kernel.release, rule.mark).has_value();
    case Where::release: return kernel.release.contains(rule.mark);
    case Where::release_end: return kernel.release.ends_with(rule.mark);
    case Where::version: return kernel.version && kernel.version->contains(rule.mark);
    case Where::banner: return kernel.banner.contains(rule.mark);
  }
  return false;
}

bool is_foreign_base(const Rule& rule, const KernelText& kernel) {
  if (rule.vendor != "rhel") return false;
  const auto number = number_after(kernel.release, rule.mark);
  const auto known =
      std::ranges::find(kRhelBases, std::string_view(*number), &std::pair<std::string_view, std::string_view>::first);
  return known != kRhelBases.end() && parse_release(kernel.release)->base != known->second;
}

std::unexpected<Error> backports() {
  return fail(Errc::unsupported, "the vendor backports fixes to a frozen base", "/proc/sys/kernel/osrelease");
}

std::unexpected<Error> no_package() {
  return fail(Errc::absent, "the kernel does not say which package it is from", "/proc/sys/kernel/osrelease");
}

Result<std::string> release_from_os(std::string_view vendor, const Result<OsRelease>& os) {
  if (!os) return std::unexpected(os.error());
  const std::string id = os->get("ID", "linux");
  const bool suse = vendor == "sles" && (id.starts_with("sle") || id.starts_with("sl-"));
  if (id == vendor || suse || (vendor == "opensuse" && id.starts_with("opensuse"))) return os->get("VERSION_ID");
  return fail(Errc::absent,
              "the kernel is built by " + std::string(vendor) + ", and the system around it is " +
                  text::quote(id.substr(0, 40)),
              os->path);
}

Result<std::string> release_of(const Rule& rule, const KernelText& kernel, const Result<OsRelease>& os) {
  switch (rule.release) {
    case Release::none: return "";
    case Release::os: return release_from_os(rule.vendor, os);
    case Release::tag: break;
  }
  return number_after(kernel.release, rule.anchor()).value_or("");
}

// The package version that stands behind a word of uname -v. At the very end
// of a full utsname it may have been cut.
Result<std::string> package_word(const std::string& version, std::string_view mark) {
  const auto words = text::words(std::string_view(version).substr(std::min(version.find(mark), version.size())));
  if (words.size() < 2 || !debian_upstream(words[1]) || (words.size() == 2 && version.size() >= kUtsname)) {
    return fail(Errc::malformed, "no package version in " + text::quote(version.substr(0, kUtsname)),
                "/proc/sys/kernel/version");
  }
  return std::string(words[1]);
}

Result<std::string> package_of(const Rule& rule, const KernelText& kernel) {
  switch (rule.package) {
    case Package::none: return no_package();
    case Package::rpm: return without_arch(kernel.release);
    case Package::word: break;
  }
  return package_word(*kernel.version, rule.anchor());
}

KernelBuild build_by(const Rule& rule, const KernelText& kernel, const Result<OsRelease>& os) {
  KernelBuild build{std::string(rule.vendor), release_of(rule, kernel, os), package_of(rule, kernel), backports()};
  if (rule.base == Base::frozen) return build;
  if (rule.package != Package::word) {
    build.upstream = parse_release(kernel.release)->upstream;
  } else if (build.package) {
    build.upstream = *debian_upstream(*build.package);
  } else {
    build.upstream = std::unexpected(build.package.error());
  }
  return build;
}

// Proxmox names its package as "PMX 6.8.12-4" or "PVE 5.15.158-1".
void add_proxmox_package(KernelBuild& build, const KernelText& kernel) {
  if (build.vendor != "proxmox" || !kernel.version) return;
  for (const std::string_view mark : {"PMX ", "PVE "}) {
    if (kernel.version->contains(mark)) build.package = package_word(*kernel.version, mark);
  }
}

KernelBuild ubuntu_build(const KernelText& kernel, const Result<OsRelease>& os) {
  constexpr const char* kPath = "/proc/version_signature";
  KernelBuild build{"ubuntu", release_from_os("ubuntu", os), no_package(), no_package()};
  if (!kernel.signature) {
    build.package = build.upstream = std::unexpected(kernel.signature.error());
  } else if (!*kernel.signature) {
    build.package = build.upstream = fail(Errc::absent, "this kernel does not tell its upstream release", kPath);
  } else if (const auto signature = parse_signature(**kernel.signature)) {
    build.package = signature->package;
    build.upstream = signature->upstream;
  } else {
    build.package = build.upstream =
        fail(Errc::malformed, "not a signature: " + text::quote((*kernel.signature)->substr(0, 80)), kPath);
  }
  return build;
}

bool is_ubuntu(const KernelText& kernel) {
  if (kernel.signature && *kernel.signature && (*kernel.signature)->starts_with("Ubuntu")) return true;
  return kernel.version && kernel.version->contains("-Ubuntu");
}

// "15.5" where the release is "5.14.21-150500.55.39-default"; "" for none.
std::string suse_release(std::string_view suffix) {
  const auto number = number_after(suffix, "-").value_or("");
  if (number.size() != 6 || !number.ends_with("00") || !suffix.starts_with("-" + number + ".")) return "";
  const std::string service_pack = number[2] == '0' ? number.substr(3, 1) : number.substr(2, 2);
  const std::string release = number.substr(0, 2);
  return release == "15" && service_pack == "0" ? release : release + "." + service_pack;
}

std::optional<KernelBuild> suse_build(const KernelText& kernel, const Result<OsRelease>& os) {
  const auto number = parse_release(kernel.release);
  const auto flavour = kernel.release.rfind('-');
  std::string release = suse_release(number->suffix);
  if (release.empty() && !kernel.release.ends_with("-default")) return std::nullopt;
  const std::string id = os ? os->get("ID") : "";
  const bool enterprise =
      !release.empty() || id.starts_with("sl") || id.starts_with("opensuse-leap") ||
      std::ranges::any_of(kSuseBases, [&](auto base) { return (number->base + ".").starts_with(base); });
  if (!enterprise) return KernelBuild{"opensuse", "", kernel.release.substr(0, flavour), number->upstream};
  KernelBuild build{id.starts_with("opensuse") ? "opensuse" : "sles", release, kernel.release.substr(0, flavour),
                    backports()};
  if (release.empty()) build.vendor_release = release_from_os(build.vendor, os);
  return build;
}

// Nobody's: a point release was taken whole, but "5.4.0-something" may be
// anything from 5.4 to 5.4.300.
KernelBuild unrecognised(const KernelText& kernel) {
  const auto number = parse_release(kernel.release);
  KernelBuild build{"unrecognised", "", no_package(), backports()};
  if (!number->first || number->candidate || number->suffix.empty()) {
    build.upstream = number->upstream;
  } else {
    build.upstream = fail(Errc::unsupported, "an unknown vendor may have backported fixes to " + number->base,
                          "/proc/sys/kernel/osrelease");
  }
  return build;
}

}  // namespace

bool is_kernel_release(std::string_view text) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+~-";
  return text.size() <= kUtsname && text.find_first_not_of(kAllowed) == std::string_view::npos && parse_release(text);
}

Result<KernelBuild> identify_kernel(const KernelText& kernel, const Result<OsRelease>& os) {
  for (const Rule& rule : kByRelease) {
    if (!fits(rule, kernel)) continue;
    if (is_foreign_base(rule, kernel)) return unrecognised(kernel);
    KernelBuild build = build_by(rule, kernel, os);
    add_proxmox_package(build, kernel);
    return build;
  }
  if (is_ubuntu(kernel)) return ubuntu_build(kernel, os);
  if (!kernel.version) return std::unexpected(kernel.version.error());
  for (const Rule& rule : kByVersion) {
    if (fits(rule, kernel)) return build_by(rule, kernel, os);
  }
  if (auto suse = suse_build(kernel, os)) return *std::move(suse);
  return unrecognised(kernel);
}

}  // namespace harden::probe
