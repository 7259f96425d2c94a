// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "harden/host_writer.h"
#include "tests/support/temporary_folder.h"

using namespace harden;
namespace fs = std::filesystem;

namespace {

// Both writers on one folder: a path of the tree, and the same as the live one
// knows it.
struct Door {
  std::string about;
  std::unique_ptr<HostWriter> writer;
  std::string prefix;
};

std::vector<Door> doors_to(const fs::path& folder) {
  std::vector<Door> doors;
  auto tree = tree_writer(folder.string());
  REQUIRE(tree);
  doors.push_back({"a tree", std::move(*tree), ""});
  doors.push_back({"live", live_writer(), folder.string()});
  return doors;
}

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Errc code_of(const Result<>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK_FALSE(result.error().message.empty());
  return result.error().code;
}

mode_t mode_of(const fs::path& path) {
  struct stat status = {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

long entries_in(const fs::path& path) { return std::distance(fs::directory_iterator(path), fs::directory_iterator()); }

template <typename Test>
void through_both(const Test& test) {
  for (int i = 0; i < 2; ++i) {
    TemporaryFolder folder;
    const auto doors = doors_to(folder.path());
    const Door& door = doors.at(static_cast<std::size_t>(i));
    CAPTURE(door.about);
    test(folder, *door.writer, door.prefix);
  }
}

struct Mounted {
  explicit Mounted(const fs::path& path, const char* options)
      : path_(path), mounted(::mount("tmpfs", path.c_str(), "tmpfs", 0, options) == 0) {}
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  ~Mounted() {
    if (mounted) ::umount2(path_.c_str(), MNT_DETACH);
  }
  fs::path path_;
  bool mounted;
};

}  // namespace

TEST_CASE("a new file is 0644, and missing folders are made 0755, whatever the umask is") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    const mode_t before = ::umask(0077);
    const auto done = writer.replace(prefix + "/etc/modprobe.d/hardend.conf", "content\n");
    ::umask(before);
    REQUIRE(done);
    CHECK(slurp(folder.path() / "etc/modprobe.d/hardend.conf") == "content\n");
    CHECK(mode_of(folder.path() / "etc/modprobe.d/hardend.conf") == 0644);
    CHECK(mode_of(folder.path() / "etc/modprobe.d") == 0755);
    CHECK(mode_of(folder.path() / "etc") == 0755);
    CHECK(entries_in(folder.path() / "etc/modprobe.d") == 1);
  });
}

TEST_CASE("a replaced file keeps its mode, its owner and its extended attributes") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    folder.write("etc/file", "old");
    const fs::path path = folder.path() / "etc/file";
    const bool root = ::geteuid() == 0;
    if (root) REQUIRE(::chown(path.c_str(), 65534, 12) == 0);
    REQUIRE(::chmod(path.c_str(), 04640) == 0);
    const bool attributes = ::setxattr(path.c_str(), "user.note", "kept", 4, 0) == 0;
    REQUIRE(writer.replace(prefix + "/etc/file", std::string("new\0bytes", 9)));
    CHECK(slurp(path) == std::string("new\0bytes", 9));
    CHECK(mode_of(path) == 04640);
    struct stat status = {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    if (root) CHECK(std::pair(status.st_uid, status.st_gid) == std::pair<uid_t, gid_t>(65534, 12));
    if (attributes) {
      char value[8] = {};
      CHECK(::getxattr(path.c_str(), "user.note", value, sizeof value) == 4);
      CHECK(std::string(value) == "kept");
    }
    CHECK(entries_in(folder.path() / "etc") == 1);
  });
}

TEST_CASE("a link in the last place is refused and left alone; one on the way is followed") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    folder.write("etc/target", "precious");
    folder.link("etc/link", "target");
    folder.link("etc/broken", "nowhere");
    for (const char* name : {"/etc/link", "/etc/broken"}) {
      CHECK(code_of(writer.replace(prefix + name, "x")) == Errc::invalid);
      CHECK(code_of(writer.remove(prefix + name)) == Errc::invalid);
      CHECK_FALSE(writer.set(prefix + name, "x").has_value());
      CHECK(fs::is_symlink(folder.path() / std::string(name).substr(1)));
    }
    CHECK(slurp(folder.path() / "etc/target") == "precious");
    CHECK_FALSE(fs::exists(folder.path() / "etc/nowhere"));
    folder.link("way", "etc");
    REQUIRE(writer.replace(prefix + "/way/target", "new"));
    CHECK(slurp(folder.path() / "etc/target") == "new");
  });
}

TEST_CASE("a link of a tree leads to no place outside it") {
  TemporaryFolder outside;
  outside.write("file", "precious");
  TemporaryFolder folder;
  folder.link("etc", outside.path().string());
  folder.link("up", "../../../../../..");
  const auto writer = tree_writer(folder.path().string());
  REQUIRE(writer);
  CHECK_FALSE((*writer)->replace("/etc/file", "x").has_value());
  CHECK_FALSE((*writer)->remove("/etc/file").has_value());
  REQUIRE((*writer)->replace("/up/../made", "here"));
  CHECK(slurp(folder.path() / "made") == "here");
  CHECK(slurp(outside.path() / "file") == "precious");
}

TEST_CASE("what is no regular file is refused") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    fs::create_directories(folder.path() / "etc/folder");
    REQUIRE(::mkfifo((folder.path() / "etc/pipe").c_str(), 0600) == 0);
    for (const char* name : {"/etc/folder", "/etc/pipe"}) {
      CHECK(code_of(writer.replace(prefix + name, "x")) == Errc::invalid);
      CHECK(code_of(writer.remove(prefix + name)) == Errc::invalid);
    }
    folder.write("file", "");
    CHECK_FALSE(writer.replace(prefix + "/file/below", "x").has_value());
    CHECK(slurp(folder.path() / "file").empty());
  });
}

TEST_CASE("remove takes a file away, and says where there is none") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    folder.write("etc/file", "x");
    CHECK(writer.remove(prefix + "/etc/file"));
    CHECK_FALSE(fs::exists(folder.path() / "etc/file"));
    CHECK(code_of(writer.remove(prefix + "/etc/file")) == Errc::absent);
    CHECK(code_of(writer.remove(prefix + "/nowhere/file")) == Errc::absent);
    CHECK(fs::exists(folder.path() / "etc"));
  });
}

TEST_CASE("set writes a value to a key that is there, and makes none") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    folder.write("proc/sys/kernel/panic", "0\n");
    REQUIRE(writer.set(prefix + "/proc/sys/kernel/panic", "10"));
    CHECK(slurp(folder.path() / "proc/sys/kernel/panic") == "10\n");
    CHECK(code_of(writer.set(prefix + "/proc/sys/kernel/nothing", "10")) == Errc::absent);
    CHECK(code_of(writer.set(prefix + "/proc/sys/nowhere/nothing", "10")) == Errc::absent);
    CHECK(entries_in(folder.path() / "proc/sys/kernel") == 1);
  });
}

TEST_CASE("tidy takes away what a replace that was cut short left, and nothing else") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    folder.write("etc/file", "whole");
    folder.write("etc/.file.hardend", "ha");
    folder.write("etc/.other.hardend", "x");
    REQUIRE(writer.tidy(prefix + "/etc/file"));
    REQUIRE(writer.tidy(prefix + "/etc/file"));
    REQUIRE(writer.tidy(prefix + "/nowhere/file"));
    CHECK(slurp(folder.path() / "etc/file") == "whole");
    CHECK_FALSE(fs::exists(folder.path() / "etc/.file.hardend"));
    CHECK(fs::exists(folder.path() / "etc/.other.hardend"));
  });
}

TEST_CASE("a draft that was left, or a link planted in its place, is in nobody's way") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    folder.write("etc/precious", "precious");
    folder.link("etc/.file.hardend", "precious");
    REQUIRE(writer.replace(prefix + "/etc/file", "x"));
    CHECK(slurp(folder.path() / "etc/file") == "x");
    CHECK_FALSE(fs::is_symlink(folder.path() / "etc/file"));
    CHECK(slurp(folder.path() / "etc/precious") == "precious");
    CHECK(entries_in(folder.path() / "etc") == 2);
  });
}

TEST_CASE(
    "a folder in the draft's place is an error that names it, is left alone, and keeps nothing from being tidied") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    folder.write("etc/file", "old");
    folder.write("etc/.file.hardend/inside", "x");
    const auto done = writer.replace(prefix + "/etc/file", "new");
    CHECK(code_of(done) == Errc::invalid);
    CHECK(done.error().place == prefix + "/etc/.file.hardend");
    CHECK(writer.tidy(prefix + "/etc/file"));
    CHECK(slurp(folder.path() / "etc/file") == "old");
    CHECK(slurp(folder.path() / "etc/.file.hardend/inside") == "x");
  });
}

TEST_CASE("a folder is made 0755 in one that is there, and taken away only where it is empty") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    fs::create_directories(folder.path() / "etc");
    const mode_t before = ::umask(0077);
    const auto made = writer.make_folder(prefix + "/etc/made");
    ::umask(before);
    REQUIRE(made);
    CHECK(mode_of(folder.path() / "etc/made") == 0755);
    CHECK(code_of(writer.make_folder(prefix + "/etc/made")) == Errc::invalid);
    CHECK(code_of(writer.make_folder(prefix + "/nowhere/made")) == Errc::absent);
    folder.write("etc/made/file", "x");
    CHECK(code_of(writer.remove_folder(prefix + "/etc/made")) == Errc::unavailable);
    CHECK(slurp(folder.path() / "etc/made/file") == "x");
    REQUIRE(writer.remove(prefix + "/etc/made/file"));
    REQUIRE(writer.remove_folder(prefix + "/etc/made"));
    CHECK(entries_in(folder.path() / "etc") == 0);
    CHECK(code_of(writer.remove_folder(prefix + "/etc/made")) == Errc::absent);
    folder.link("etc/link", "target");
    CHECK(code_of(writer.make_folder(prefix + "/etc/link")) == Errc::invalid);
    CHECK_FALSE(writer.remove_folder(prefix + "/etc/link").has_value());
    CHECK(fs::is_symlink(folder.path() / "etc/link"));
  });
}

TEST_CASE("on a full disk the old file stays whole, and no draft beside it") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    fs::create_directories(folder.path() / "etc");
    const Mounted disk(folder.path() / "etc", "size=64k");
    if (!disk.mounted) return;
    folder.write("etc/file", "old");
    const auto done = writer.replace(prefix + "/etc/file", std::string(200'000, 'x'));
    REQUIRE_FALSE(done);
    CHECK(done.error().message.find("No space left") != std::string::npos);
    CHECK(slurp(folder.path() / "etc/file") == "old");
    CHECK(entries_in(folder.path() / "etc") == 1);
  });
}

TEST_CASE("a read-only disk is denied, and everything stays") {
  through_both([](const TemporaryFolder& folder, HostWriter& writer, const std::string& prefix) {
    fs::create_directories(folder.path() / "etc");
    const Mounted disk(folder.path() / "etc", "size=64k");
    if (!disk.mounted) return;
    folder.write("etc/file", "old");
    REQUIRE(::mount(nullptr, (folder.path() / "etc").c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
    CHECK(code_of(writer.replace(prefix + "/etc/file", "x")) == Errc::denied);
    CHECK(code_of(writer.replace(prefix + "/etc/made/file", "x")) == Errc::denied);
    CHECK(code_of(writer.remove(prefix + "/etc/file")) == Errc::denied);
    CHECK(code_of(writer.set(prefix + "/etc/file", "x")) == Errc::denied);
    CHECK(code_of(writer.make_folder(prefix + "/etc/made")) == Errc::denied);
    CHECK(writer.tidy(prefix + "/etc/file"));  // nothing was left there
    CHECK(entries_in(folder.path() / "etc") == 1);
    CHECK(slurp(folder.path() / "etc/file") == "old");
  });
}

TEST_CASE("a tree has no modules, and must be a folder") {
  TemporaryFolder folder;
  folder.write("file", "");
  CHECK(code_of(doors_to(folder.path()).at(0).writer->unload("sctp")) == Errc::unsupported);
  CHECK_FALSE(tree_writer((folder.path() / "file").string()).has_value());
  CHECK_FALSE(tree_writer((folder.path() / "nothing").string()).has_value());
}
