// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/collected.h"

using namespace harden;
using namespace harden::test;

namespace {

struct Kernel {
  const char* release;
  const char* version;
  const char* os;         // os-release, ';' for a line end
  const char* signature;  // nullptr: there is none
  const char* vendor;
  const char* vendor_release;
  const char* package;
  const char* upstream;
};

constexpr const char* kGone = "unknown(absent)";
constexpr const char* kFrozen = "unknown(unsupported)";
constexpr const char* kBad = "unknown(malformed)";
constexpr const char* kSmp = "#1 SMP PREEMPT_DYNAMIC Tue Dec 12 10:13:12 UTC 2023 (a5e7d12)";

MemoryHost machine(const Kernel& kernel) {
  MemoryHost host{{"/proc/sys/kernel/osrelease", std::string(kernel.release) + "\n"},
                  {"/proc/sys/kernel/version", std::string(kernel.version) + "\n"}};
  std::string os = kernel.os;
  for (char& c : os) c = c == ';' ? '\n' : c;
  host.file("/etc/os-release", os);
  if (kernel.signature != nullptr) host.file("/proc/version_signature", kernel.signature);
  return host;
}

std::string quoted(std::string_view text) {
  return text.starts_with("unknown(") ? std::string(text) : "\"" + std::string(text) + "\"";
}

void check(const Kernel& kernel) {
  CAPTURE(kernel.release);
  CAPTURE(kernel.version);
  const Facts facts = collected("kernel", machine(kernel));
  CHECK(shown(facts, "kernel.release") == quoted(kernel.release));
  CHECK(shown(facts, "kernel.vendor") == quoted(kernel.vendor));
  CHECK(shown(facts, "kernel.vendor_release") == quoted(kernel.vendor_release));
  CHECK(shown(facts, "kernel.package") == quoted(kernel.package));
  CHECK(shown(facts, "kernel.upstream") == quoted(kernel.upstream));
}

}  // namespace

TEST_CASE("kernels packaged the Debian way are told by uname -v") {
  const Kernel kernels[] = {
      {"6.1.0-40-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-01-01)", "ID=debian;VERSION_ID=\"12\"", nullptr,
       "debian", "12", "6.1.192-2", "6.1.192"},
      {"6.9.7+bpo-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.9.7-1~bpo12+1 (2024-07-03)", "ID=debian;VERSION_ID=12",
       nullptr, "debian", "12", "6.9.7-1~bpo12+1", "6.9.7"},
      {"6.5.0-0-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.5~rc4-1~exp1 (2023-07-31)", "ID=debian", nullptr, "debian", "",
       "6.5~rc4-1~exp1", "6.5-rc4"},
      {"3.2.0-6-amd64", "#1 SMP Debian 3.2.102-1", "ID=debian;VERSION_ID=7", nullptr, "debian", "7", "3.2.102-1",
       "3.2.102"},
      {"4.9.0-19-amd64", "#1 SMP Debian 4.9.320-2+deb9u1 (2022-07-01)", "ID=debian;VERSION_ID=9", nullptr, "debian",
       "9", "4.9.320-2+deb9u1", "4.9.320"},
      {"6.6.31+rpt-rpi-v8", "#1 SMP PREEMPT Debian 1:6.6.31-1+rpt1 (2024-05-29)", "ID=debian;VERSION_ID=12", nullptr,
       "raspberrypi", "", "1:6.6.31-1+rpt1", "6.6.31"},
      {"6.8.11-amd64", "#1 SMP PREEMPT_DYNAMIC Kali 6.8.11-1kali2 (2024-05-30)", "ID=kali;ID_LIKE=debian", nullptr,
       "kali", "", "6.8.11-1kali2", "6.8.11"},
      // A container of another distribution: the kernel decides, and the
      // release of Debian is not to be had from Alpine's file.
      {"6.1.0-40-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-01-01)", "ID=alpine;VERSION_ID=3.19.1", nullptr,
       "debian", kGone, "6.1.192-2", "6.1.192"},
  };
  for (const Kernel& kernel : kernels) check(kernel);
}

TEST_CASE("Ubuntu tells package and upstream in /proc/version_signature") {
  const Kernel kernels[] = {
      {"5.15.0-100-generic", "#110-Ubuntu SMP Wed Feb 7 13:27:48 UTC 2024", "ID=ubuntu;VERSION_ID=\"22.04\"",
       "Ubuntu 5.15.0-100.110-generic 5.15.143\n", "ubuntu", "22.04", "5.15.0-100.110", "5.15.143"},
      {"6.5.0-27-generic", "#28~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC Fri Mar 15 2024", "ID=ubuntu;VERSION_ID=\"22.04\"",
       "Ubuntu 6.5.0-27.28~22.04.1-generic 6.5.13\n", "ubuntu", "22.04", "6.5.0-27.28~22.04.1", "6.5.13"},
      {"5.15.0-1054-aws", "#59~20.04.1-Ubuntu SMP", "ID=ubuntu;VERSION_ID=\"20.04\"",
       "Ubuntu 5.15.0-1054.59~20.04.1-aws 5.15.143", "ubuntu", "20.04", "5.15.0-1054.59~20.04.1", "5.15.143"},
      {"5.15.0-1050-azure", "#57-Ubuntu SMP", "ID=ubuntu;VERSION_ID=\"22.04\"", nullptr, "ubuntu", "22.04", kGone,
       kGone},
      {"5.15.0-100-generic", "#110-Ubuntu SMP", "ID=linuxmint;ID_LIKE=ubuntu;VERSION_ID=21", nullptr, "ubuntu", kGone,
       kGone, kGone},
      {"5.15.0-100-generic", "#110-Ubuntu SMP", "ID=ubuntu", "Ubuntu 5.15.0-100.110-generic", "ubuntu", "", kBad, kBad},
      {"5.15.0-100-generic", "#110-Ubuntu SMP", "ID=ubuntu", "Ubuntu x-y-z 5.15.143", "ubuntu", "", kBad, kBad},
      {"5.15.0-100-generic", "#110-Ubuntu SMP", "ID=ubuntu", "Ubuntu 5.15.0-100.110-generic 5.15.143;", "ubuntu", "",
       kBad, kBad},
      {"6.8.0-76060800daily20240311-generic", "#202403110203~1715181801~22.04~aba43ee SMP", "ID=pop;ID_LIKE=ubuntu",
       nullptr, "unrecognised", "", kGone, kFrozen},
  };
  for (const Kernel& kernel : kernels) check(kernel);
}

TEST_CASE("kernels of RHEL and what is built in its manner") {
  const Kernel kernels[] = {
      {"3.10.0-862.el7.x86_64", "#1 SMP Fri Apr 20 16:44:24 UTC 2018", "ID=\"centos\";VERSION_ID=\"7\"", nullptr,
       "rhel", "7", "3.10.0-862.el7", kFrozen},
      {"4.18.0-553.el8_10.x86_64", kSmp, "ID=rhel", nullptr, "rhel", "8", "4.18.0-553.el8_10", kFrozen},
      {"5.14.0-427.13.1.el9_4.aarch64+64k", kSmp, "ID=rocky", nullptr, "rhel", "9", "5.14.0-427.13.1.el9_4", kFrozen},
      {"6.12.0-55.9.1.el10_0.x86_64", kSmp, "ID=almalinux", nullptr, "rhel", "10", "6.12.0-55.9.1.el10_0", kFrozen},
      {"3.10.0-1160.el7.centos.plus.x86_64", kSmp, "ID=centos", nullptr, "rhel", "7", "3.10.0-1160.el7.centos.plus",
       kFrozen},
      {"4.14.0-115.el7a.aarch64", kSmp, "ID=centos", nullptr, "rhel", "7a", "4.14.0-115.el7a", kFrozen},
      {"2.6.32-754.el6.x86_64", kSmp, "", nullptr, "rhel", "6", "2.6.32-754.el6", kFrozen},
      {"3.10.0-862.el7.x86_64", kSmp, "ID=alpine;VERSION_ID=3.19", nullptr, "rhel", "7", "3.10.0-862.el7", kFrozen},
      {"6.9.1-1.el7.elrepo.x86_64", kSmp, "ID=centos", nullptr, "upstream", "", "6.9.1-1.el7.elrepo", "6.9.1"},
      // Under Red Hat's suffix, on a base that Red Hat never froze.
      {"4.9.241-37.el7.x86_64", kSmp, "ID=centos", nullptr, "unrecognised", "", kGone, "4.9.241"},
      {"6.4.0-1.hs15.hsx.el9.x86_64", kSmp, "ID=centos", nullptr, "unrecognised", "", kGone, kFrozen},
      {"5.15.0-200.131.27.el8uek.x86_64", kSmp, "ID=ol", nullptr, "oracle", "8", "5.15.0-200.131.27.el8uek", kFrozen},
      {"3.10.0-1160.105.1.vz7.220.6", kSmp, "ID=virtuozzo", nullptr, "virtuozzo", "7", "3.10.0-1160.105.1.vz7.220.6",
       kFrozen},
      {"2.6.32-042stab145.3", kSmp, "ID=centos", nullptr, "virtuozzo", "", kGone, kFrozen},
      {"3.10.0-962.3.2.lve1.5.60.el7.x86_64", kSmp, "ID=cloudlinux", nullptr, "cloudlinux", "7",
       "3.10.0-962.3.2.lve1.5.60.el7", kFrozen},
      {"5.10.0-60.18.0.50.oe2203.x86_64", kSmp, "ID=openEuler", nullptr, "openeuler", "2203",
       "5.10.0-60.18.0.50.oe2203", kFrozen},
  };
  for (const Kernel& kernel : kernels) check(kernel);
}

TEST_CASE("SUSE's enterprise kernels are frozen, Tumbleweed's are not") {
  const Kernel kernels[] = {
      {"5.14.21-150500.55.39-default", kSmp, "ID=\"sles\";VERSION_ID=\"15.5\"", nullptr, "sles", "15.5",
       "5.14.21-150500.55.39", kFrozen},
      {"5.14.21-150500.33.63-azure", kSmp, "ID=sles", nullptr, "sles", "15.5", "5.14.21-150500.33.63", kFrozen},
      {"5.14.21-150500.55.39-default", kSmp, "ID=\"opensuse-leap\";VERSION_ID=\"15.5\"", nullptr, "opensuse", "15.5",
       "5.14.21-150500.55.39", kFrozen},
      {"6.12.0-160000.5-default", kSmp, "ID=sles", nullptr, "sles", "16.0", "6.12.0-160000.5", kFrozen},
      {"4.12.14-150000.150.1-default", kSmp, "ID=sles", nullptr, "sles", "15", "4.12.14-150000.150.1", kFrozen},
      {"4.12.14-122.156-default", kSmp, "ID=sles;VERSION_ID=12.5", nullptr, "sles", "12.5", "4.12.14-122.156", kFrozen},
      {"4.4.114-42-default", kSmp, "ID=opensuse;VERSION_ID=42.3", nullptr, "opensuse", "42.3", "4.4.114-42", kFrozen},
      {"4.12.14-122.156-default", kSmp, "ID=alpine", nullptr, "sles", kGone, "4.12.14-122.156", kFrozen},
      {"6.9.1-1-default", kSmp, "ID=\"opensuse-tumbleweed\"", nullptr, "opensuse", "", "6.9.1-1", "6.9.1"},
      {"6.6.0-3-default", kSmp, "ID=sl-micro;VERSION_ID=6.9", nullptr, "sles", "6.9", "6.6.0-3", kFrozen},
  };
  for (const Kernel& kernel : kernels) check(kernel);
}

TEST_CASE("vendors that follow the stable releases") {
  const Kernel kernels[] = {
      {"6.8.9-300.fc40.x86_64", kSmp, "ID=fedora", nullptr, "fedora", "40", "6.8.9-300.fc40", "6.8.9"},
      {"6.10.0-0.rc1.17.fc41.x86_64", kSmp, "ID=fedora", nullptr, "fedora", "41", "6.10.0-0.rc1.17.fc41", "6.10-rc1"},
      {"6.9.1-arch1-1", kSmp, "ID=arch", nullptr, "arch", "", kGone, "6.9.1"},
      {"6.9.1-zen1-1-zen", kSmp, "ID=arch", nullptr, "arch", "", kGone, "6.9.1"},
      {"6.6.30-1-lts", kSmp, "ID=arch", nullptr, "arch", "", kGone, "6.6.30"},
      {"6.6.31-0-lts", "#1-Alpine SMP PREEMPT_DYNAMIC Fri, 17 May 2024", "ID=alpine;VERSION_ID=3.20.0", nullptr,
       "alpine", "3.20.0", kGone, "6.6.31"},
      {"6.6.31-1-lts", "#2-Alpine SMP PREEMPT_DYNAMIC Fri, 17 May 2024", "ID=alpine", nullptr, "alpine", "", kGone,
       "6.6.31"},
      {"6.6.31-0-virt", kSmp, "ID=alpine", nullptr, "alpine", "", kGone, "6.6.31"},
      {"5.10.216-204.855.amzn2.x86_64", kSmp, "ID=amzn", nullptr, "amazon", "2", "5.10.216-204.855.amzn2", "5.10.216"},
      {"6.1.91-99.172.amzn2023.x86_64", kSmp, "ID=amzn", nullptr, "amazon", "2023", "6.1.91-99.172.amzn2023", "6.1.91"},
      {"6.6.47.1-1.azl3", kSmp, "ID=azurelinux", nullptr, "azurelinux", "3", "6.6.47.1-1.azl3", "6.6.47"},
      {"5.15.158.2-1.cm2", kSmp, "ID=mariner", nullptr, "azurelinux", "2", "5.15.158.2-1.cm2", "5.15.158"},
      {"6.6.54-flatcar", kSmp, "ID=flatcar", nullptr, "flatcar", "", kGone, "6.6.54"},
      {"5.15.153.1-microsoft-standard-WSL2", kSmp, "ID=ubuntu", nullptr, "wsl", "", kGone, "5.15.153"},
      {"6.6.31-linuxkit", kSmp, "ID=alpine", nullptr, "linuxkit", "", kGone, "6.6.31"},
      {"6.1.90-1.ph5", kSmp, "ID=photon", nullptr, "photon", "5", kGone, "6.1.90"},
  };
  for (const Kernel& kernel : kernels) check(kernel);
}

TEST_CASE("vendors with their own base, and kernels nobody knows") {
  const Kernel kernels[] = {
      {"6.8.12-4-pve", "#1 SMP PREEMPT_DYNAMIC PMX 6.8.12-4 (2024-11-06T15:04Z)", "ID=debian;VERSION_ID=12", nullptr,
       "proxmox", "", "6.8.12-4", kFrozen},
      {"5.15.158-1-pve", "#1 SMP PVE 5.15.158-1 (2024-05-30T11:21Z)", "ID=debian", nullptr, "proxmox", "", "5.15.158-1",
       kFrozen},
      {"6.8.12-4-pve", "#1 SMP PREEMPT_DYNAMIC", "ID=debian", nullptr, "proxmox", "", kGone, kFrozen},
      {"4.4.0-19041-Microsoft", "#1-Microsoft", "ID=ubuntu", nullptr, "wsl", "", kGone, kFrozen},
      {"6.18.44-fc-v657", "#1 SMP PREEMPT_DYNAMIC @0", "ID=debian;VERSION_ID=12", nullptr, "unrecognised", "", kGone,
       "6.18.44"},
      {"6.6.31_1", kSmp, "ID=void", nullptr, "unrecognised", "", kGone, "6.6.31"},
      {"6.6.31", kSmp, "ID=nixos", nullptr, "unrecognised", "", kGone, "6.6.31"},
      {"6.6.0", kSmp, "ID=nixos", nullptr, "unrecognised", "", kGone, "6.6.0"},
      {"5.4.0-custom", kSmp, "ID=debian", nullptr, "unrecognised", "", kGone, kFrozen},
      {"4.19.0+1", kSmp, "ID=xenenterprise", nullptr, "unrecognised", "", kGone, kFrozen},
      {"6.10.0-rc3", kSmp, "", nullptr, "unrecognised", "", kGone, "6.10-rc3"},
      {"2.6.39.4-mine", kSmp, "", nullptr, "unrecognised", "", kGone, "2.6.39.4"},
      {"2.6.39-mine", kSmp, "", nullptr, "unrecognised", "", kGone, kFrozen},
  };
  for (const Kernel& kernel : kernels) check(kernel);
}

TEST_CASE("a package version that was cut or forged is malformed, and so is what follows from it") {
  const char* versions[] = {
      "#1 SMP PREEMPT_DYNAMIC Debian",
      "#1 SMP PREEMPT_DYNAMIC Debian 6.1",
      "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192",
      "#1 SMP PREEMPT_DYNAMIC Debian -1 (2026-01-01)",
      "#1 SMP PREEMPT_DYNAMIC Debian x:6.1.192-2 (2026-01-01)",
      "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192$(id)-2 (2026-01-01)",
      "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2;id (2026-01-01)",
      "#1 SMP PREEMPT_DYNAMIC Debian 99999999999999999999.1-2 (x)",
      "#1 SMP PREEMPT_DYNAMIC a long name before it Debian 6.9.7-1~bpo12",  // 64 bytes: the end is missing
  };
  for (const char* version : versions) {
    CAPTURE(version);
    const std::string padded =
        std::string(version).find("long") == std::string::npos ? version : std::string(version).substr(0, 64);
    const Facts facts =
        collected("kernel", machine({"6.1.0-40-amd64", padded.c_str(), "ID=debian", nullptr, "", "", "", ""}));
    const bool named = padded.find("Debian ") != std::string::npos;
    CHECK(shown(facts, "kernel.vendor") == (named ? "\"debian\"" : "\"unrecognised\""));
    CHECK(shown(facts, "kernel.package") == (named ? kBad : kGone));
    CHECK(shown(facts, "kernel.upstream") == (named ? kBad : kFrozen));
  }
}
