// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "agent/host/file.h"
#include "harden/host.h"
#include "tests/support/temporary_folder.h"

using namespace harden;

namespace {

constexpr const char* kContainer =
    "714 561 0:61 / / rw,relatime master:1 - overlay overlay rw,lowerdir=a:b\n"
    "715 714 0:64 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
    "720 715 0:64 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw\n"
    "721 720 0:64 /sys/net /proc/sys/net rw,relatime - proc proc rw\n"
    "730 714 8:1 / /boot rw,relatime shared:3 master:4 - ext4 /dev/sda1 ro,errors=remount-ro\n";

}  // namespace

TEST_CASE("whether a mount may be written to is told by its own options and by its file system's") {
  const std::pair<const char*, bool> rows[] = {
      {"/etc/sysctl.d", true},      {"/proc/self", true},          {"/proc/sys/kernel/panic", false},
      {"/proc/sys", false},         {"/proc/sysrq-trigger", true}, {"/proc/sys/net/ipv4/tcp_sack", true},
      {"/proc/sys/network", false}, {"/boot/grub", false},
  };
  for (const auto& [path, writable] : rows) {
    CAPTURE(std::string(path));
    CHECK(is_writable_mount(kContainer, path) == writable);
  }
  CHECK(
      is_writable_mount(std::string(kContainer) + "740 720 0:64 / /proc/sys rw - proc proc rw\n", "/proc/sys/kernel"));
  for (const char* text :
       {"", "\n", "1 2 3", "714 561 0:61 / / rw", "714 561 0:61 / / rw - overlay", "- - - - - - -"}) {
    CHECK_FALSE(is_writable_mount(text, "/etc"));
  }
}

TEST_CASE("what root may write to is told of files, of what can only be read, and of what is not there") {
  TemporaryFolder folder;
  folder.write("file", "x");
  folder.write("closed", "x");
  REQUIRE(::chmod((folder.path() / "closed").c_str(), 0444) == 0);
  const auto tree = tree_host(folder.path().string());
  REQUIRE(tree);
  CHECK((*tree)->may_write("/file"));
  CHECK((*tree)->may_write("/"));
  CHECK((*tree)->may_write("/closed").error().code == Errc::denied);
  CHECK((*tree)->may_write("/nothing").error().code == Errc::absent);
  const auto live = live_host();
  CHECK(live->may_write((folder.path() / "file").string()));
  CHECK(live->may_write((folder.path() / "nothing").string()).error().code == Errc::absent);
  // A key that the kernel lets nobody write, root included.
  CHECK(live->may_write("/proc/sys/kernel/osrelease").error().code == Errc::denied);
}

TEST_CASE("a mount that is read-only for init too cannot be written to") {
  std::error_code error;
  const auto space = [&](const char* who) { return std::filesystem::read_symlink(who, error).string(); };
  if (space("/proc/self/ns/mnt") != space("/proc/1/ns/mnt") || error) return;  // init does not see our mounts
  TemporaryFolder folder;
  const std::string path = folder.path().string();
  if (::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=64k") != 0) return;
  folder.write("file", "x");
  CHECK(live_host()->may_write(path + "/file"));
  REQUIRE(::mount(nullptr, path.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  CHECK(live_host()->may_write(path + "/file").error().message == "its file system is mounted read-only");
  CHECK(live_host()->may_write(path).error().code == Errc::denied);
  ::umount2(path.c_str(), MNT_DETACH);
}
