// SPDX-License-Identifier: Apache-2.0
#include "harden/crash_source.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/crash/scan.h"
#include "tests/support/fault_host.h"
#include "tests/support/kernel_dump.h"
#include "tests/support/memory_host.h"
#include "tests/support/temporary_folder.h"

namespace harden {
namespace {

using test::MemoryHost;

constexpr std::int64_t kTime = 1704182645;  // 2024-01-02T08:04:05Z

std::string text_of(const CrashSource& source) {
  std::string text;
  const auto done = source.read([&](std::string_view piece) {
    text += piece;
    return true;
  });
  return done ? text : "error: " + describe(done.error());
}

std::vector<std::string> names(const CrashSources& sources) {
  std::vector<std::string> names;
  for (const CrashSource& one : sources.found) names.push_back(one.name);
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("a host without any source has none, and no error") {
  const CrashSources none = find_crash_sources(MemoryHost{});
  CHECK(none.found.empty());
  CHECK(none.unread.empty());
  CHECK(!none.more);
}

TEST_CASE("parts of one panic are put in the order of the text") {
  MemoryHost host;
  host.file("/sys/fs/pstore/dmesg-efi-170418264501001", "Panic#1 Part1\nlast\n");
  host.file("/sys/fs/pstore/dmesg-efi-170418264502001", "Panic#1 Part2\nmiddle\n");
  host.file("/sys/fs/pstore/dmesg-efi-170418264503001", "Panic#1 Part3\nfirst\n");
  const CrashSources sources = find_crash_sources(host);
  REQUIRE(sources.found.size() == 1);
  CHECK(sources.found[0].kind == CrashSourceKind::pstore);
  CHECK(sources.found[0].time == 1704182645);
  CHECK(sources.found[0].note.empty());
  CHECK(text_of(sources.found[0]) == "first\nmiddle\nlast\n");
  CHECK(text_of(sources.found[0]) == "first\nmiddle\nlast\n");  // again
}

TEST_CASE("ten parts and more are in the order of their numbers") {
  MemoryHost host;
  std::string wanted;
  for (int part = 12; part >= 1; --part) {
    host.file("/sys/fs/pstore/dmesg-erst-" + std::to_string(6843759389173612545 + part),
              "Oops#1 Part" + std::to_string(part) + "\nline of " + std::to_string(part) + "\n");
    wanted += "line of " + std::to_string(part) + "\n";
  }
  const CrashSources sources = find_crash_sources(host);
  REQUIRE(sources.found.size() == 1);
  CHECK(text_of(sources.found[0]) == wanted);
}

TEST_CASE("an oops, a panic and another boot's panic are crashes of their own") {
  MemoryHost host;
  host.file("/sys/fs/pstore/dmesg-efi-170418264501001", "Oops#1 Part1\noops\n");
  host.file("/sys/fs/pstore/dmesg-efi-170418264601002", "Panic#2 Part1\npanic\n");
  host.file("/sys/fs/pstore/dmesg-efi-170418264602002", "Panic#2 Part2\nbefore\n");
  host.file("/sys/fs/pstore/dmesg-efi-170500000001001", "Panic#2 Part1\nlater\n");
  const CrashSources sources = find_crash_sources(host);
  REQUIRE(sources.found.size() == 3);
  CHECK(text_of(sources.found[0]) == "later\n");
  CHECK(text_of(sources.found[1]) == "before\npanic\n");
  CHECK(text_of(sources.found[2]) == "oops\n");
}

TEST_CASE("records of reserved memory, which tell no part") {
  MemoryHost host;
  host.file("/sys/fs/pstore/dmesg-ramoops-0", "Panic#1 Part1\n<0>[   12.0] Kernel panic\n");
  host.file("/sys/fs/pstore/dmesg-ramoops-1", "<4>[   10.0] no header\n");
  host.file("/sys/fs/pstore/console-ramoops-0", "[    0.0] the whole console\n");
  host.file("/sys/fs/pstore/ftrace-ramoops-0", "not text");
  host.file("/sys/fs/pstore/pmsg-ramoops-0", "of programs");
  host.modified("/sys/fs/pstore/dmesg-ramoops-0", kTime);
  const CrashSources sources = find_crash_sources(host);
  REQUIRE(sources.found.size() == 3);
  CHECK(sources.found[0].time == kTime);
  CHECK(text_of(sources.found[0]) == "<0>[   12.0] Kernel panic\n");
}

TEST_CASE("missing and compressed parts are said to be missing") {
  MemoryHost host;
  host.file("/sys/fs/pstore/dmesg-efi-170418264501001", "Panic#1 Part1\nlast\n");
  host.file("/sys/fs/pstore/dmesg-efi-170418264503001.enc.z", "\x78\x9c...");
  host.file("/sys/fs/pstore/dmesg-efi-170418264504001", "Panic#1 Part4\nfirst\n");
  const CrashSources sources = find_crash_sources(host);
  REQUIRE(sources.found.size() == 1);
  CHECK(sources.found[0].note.contains("missing: 3 2"));
  CHECK(sources.found[0].note.contains("compressed"));
  REQUIRE(sources.unread.size() == 1);
  CHECK(sources.unread[0].code == Errc::unsupported);
  CHECK(sources.unread[0].place == "/sys/fs/pstore/dmesg-efi-170418264503001.enc.z");
}

TEST_CASE("headers that are none belong to the text") {
  for (const std::string text : {"Panic#1 Part0\nx\n", "Panic#x Part1\nx\n", "#1 Part1\nx\n", "Part1 Panic#1\nx\n",
                                 "Panic#1 Part1", "Panic#1 Part99999999999\nx\n", "Panic Part1\nx\n"}) {
    MemoryHost host;
    host.file("/sys/fs/pstore/dmesg-ramoops-0", text);
    const CrashSources sources = find_crash_sources(host);
    REQUIRE(sources.found.size() == 1);
    CHECK(text_of(sources.found[0]) == text);
  }
}

TEST_CASE("systemd-pstore's folder in each of its layouts") {
  MemoryHost host;
  const std::string folder = "/var/lib/systemd/pstore/";
  host.file(folder + "1704182645/001/dmesg.txt", "joined\n");
  host.file(folder + "1704182645/001/dmesg-erst-6843759389173612545", "Panic#1 Part1\njoined\n");
  host.file(folder + "1704182600/dmesg.txt", "joined too\n");
  host.file(folder + "1704182600/dmesg-efi-170418260001001", "Panic#1 Part1\njoined too\n");
  host.file(folder + "dmesg-efi-170418250001001", "Panic#1 Part1\nflat\n");
  host.file(folder + "dmesg-efi-170418250002001", "Panic#1 Part2\nbefore flat\n");
  host.file(folder + "170418240001/dmesg-ramoops-0", "Panic#1 Part1\nby number\n");
  const CrashSources sources = find_crash_sources(host);
  REQUIRE(sources.found.size() == 4);
  for (const CrashSource& one : sources.found) CHECK(one.kind == CrashSourceKind::systemd_pstore);
  CHECK(text_of(sources.found[0]) == "joined\n");
  CHECK(sources.found[0].time == 1704182645);
  CHECK(text_of(sources.found[1]) == "joined too\n");
  CHECK(text_of(sources.found[2]) == "before flat\nflat\n");
  CHECK(text_of(sources.found[3]) == "by number\n");
}

TEST_CASE("the folders of kdump, of every distribution") {
  struct Case {
    const char* what;
    Names files;
    const char* taken;
    CrashSourceKind kind;
    std::int64_t time;
    bool incomplete;
  };
  const std::int64_t minute = kTime - 5;
  const std::vector<Case> cases = {
      {"RHEL",
       {"127.0.0.1-2024-01-02-08:04:05/vmcore", "127.0.0.1-2024-01-02-08:04:05/vmcore-dmesg.txt",
        "127.0.0.1-2024-01-02-08:04:05/kexec-dmesg.log"},
       "127.0.0.1-2024-01-02-08:04:05/vmcore-dmesg.txt",
       CrashSourceKind::kdump,
       kTime,
       false},
      {"RHEL, dump alone",
       {"127.0.0.1-2024-01-02-08:04:05/vmcore"},
       "127.0.0.1-2024-01-02-08:04:05/vmcore",
       CrashSourceKind::vmcore,
       kTime,
       false},
      {"RHEL, flattened",
       {"a-2024-01-02-08:04:05/vmcore.flat"},
       "a-2024-01-02-08:04:05/vmcore.flat",
       CrashSourceKind::vmcore,
       kTime,
       false},
      {"RHEL, text cut short",
       {"h-2024-01-02-08:04:05/vmcore-incomplete", "h-2024-01-02-08:04:05/vmcore-dmesg-incomplete.txt"},
       "h-2024-01-02-08:04:05/vmcore-dmesg-incomplete.txt",
       CrashSourceKind::kdump,
       kTime,
       true},
      {"RHEL, dump cut short",
       {"h-2024-01-02-08:04:05/vmcore-incomplete"},
       "h-2024-01-02-08:04:05/vmcore-incomplete",
       CrashSourceKind::vmcore,
       kTime,
       true},
      {"RHEL, only the text cut short",
       {"h-2024-01-02-08:04:05/vmcore", "h-2024-01-02-08:04:05/vmcore-dmesg-incomplete.txt"},
       "h-2024-01-02-08:04:05/vmcore",
       CrashSourceKind::vmcore,
       kTime,
       false},
      {"Debian",
       {"202401020804/dump.202401020804", "202401020804/dmesg.202401020804"},
       "202401020804/dmesg.202401020804",
       CrashSourceKind::kdump,
       minute,
       false},
      {"Debian, dump alone",
       {"202401020804/dump.202401020804"},
       "202401020804/dump.202401020804",
       CrashSourceKind::vmcore,
       minute,
       false},
      {"Debian, cut short",
       {"202401020804/dump-incomplete"},
       "202401020804/dump-incomplete",
       CrashSourceKind::vmcore,
       minute,
       true},
      {"SUSE",
       {"2024-01-02-08:04/vmcore", "2024-01-02-08:04/README.txt", "2024-01-02-08:04/dmesg.txt"},
       "2024-01-02-08:04/dmesg.txt",
       CrashSourceKind::kdump,
       minute,
       false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    MemoryHost host;
    for (const std::string& file : one.files) host.file("/var/crash/" + file, "text\n");
    const CrashSources sources = find_crash_sources(host);
    REQUIRE(names(sources) == Names{std::string("/var/crash/") + one.taken});
    CHECK(sources.found[0].kind == one.kind);
    CHECK(sources.found[0].time == one.time);
    CHECK(!sources.found[0].note.empty() == one.incomplete);
    if (one.kind == CrashSourceKind::kdump) CHECK(text_of(sources.found[0]) == "text\n");
  }
}

TEST_CASE("a file's own time is taken where it is that of the folder in another zone") {
  MemoryHost host;
  host.file("/var/crash/202401020804/dmesg.202401020804", "x")
      .modified("/var/crash/202401020804/dmesg.202401020804", kTime + 3600);
  CHECK(find_crash_sources(host).found.at(0).time == kTime + 3600);
  host.modified("/var/crash/202401020804/dmesg.202401020804", kTime + 400'000);  // copied since
  CHECK(find_crash_sources(host).found.at(0).time == kTime - 5);
}

TEST_CASE("folders and files that are no crashes") {
  MemoryHost host;
  host.file("/var/crash/kexec_cmd", "x").file("/var/crash/kdump_lock", "x").folder("/var/crash/202401020804");
  host.file("/var/crash/linux-image-6.5/README", "x").file("/var/crash/_usr_bin_foo.0.crash", "x");
  const CrashSources sources = find_crash_sources(host);
  CHECK(sources.found.empty());
  CHECK(sources.unread.empty());
}

TEST_CASE("times in names") {
  CHECK(time_in_name("127.0.0.1-2024-01-02-08:04:05") == kTime);
  CHECK(time_in_name("2024-01-02-08:04") == kTime - 5);
  CHECK(time_in_name("20240102080405") == kTime);
  CHECK(time_in_name("linux-image-6.5.0-14-generic-202401020804") == kTime - 5);
  CHECK(time_in_name("1970-01-01-00:00:00") == 0);
  for (const char* name :
       {"", "x", "2024-13-02-08:04", "2024-02-30-08:04", "202401022504", "2024-01-02", "00000102080400"}) {
    CAPTURE(name);
    CHECK(!time_in_name(name));
  }
}

TEST_CASE("apport's reports") {
  MemoryHost host;
  const std::string path = "/var/crash/linux-image-6.5.0-14-generic-202401020804.crash";
  host.file(path, "ProblemType: KernelCrash\nVmCoreDmesg:\n [    1.0] one\n [    2.0] two\nVmCore: base64\n AAAA\n");
  CHECK(text_of(find_crash_sources(host).found.at(0)) == "[    1.0] one\n[    2.0] two\n");
  CHECK(find_crash_sources(host).found.at(0).time == kTime - 5);
  host.file(path, "ProblemType: KernelCrash\n");
  CHECK(text_of(find_crash_sources(host).found.at(0)).contains("VmCoreDmesg"));
  host.file(path, "VmCoreDmesg: base64\n H4sIAAAAAAACAw==\n i1YAAkM9g1iFgsTk7NQULgAoyEEsEQAAAA==\nVmCore: x\n");
  CHECK(text_of(find_crash_sources(host).found.at(0)) == "[    1.0] packed\n");
  host.file(path, "VmCoreDmesg: base64\n H4sIAAAA\n !!!\n");
  CHECK(text_of(find_crash_sources(host).found.at(0)).starts_with("error: " + path));
}

TEST_CASE("sources come newest first, and are bounded") {
  MemoryHost host;
  for (int i = 0; i < 100; ++i) {
    const std::string stamp = "20240102" + std::to_string(10 + i / 60) + std::to_string(10 + i % 50);
    host.file("/var/crash/" + stamp + "/dmesg." + stamp, "x\n");
  }
  CrashScan bounds;
  bounds.sources = 10;
  const CrashSources sources = find_crash_sources(host, bounds);
  CHECK(sources.found.size() == 10);
  CHECK(sources.more);
  CHECK(std::ranges::is_sorted(sources.found, std::greater{}, &CrashSource::time));
}

TEST_CASE("what cannot be looked into is said") {
  MemoryHost host;
  host.error("/var/crash", Errc::denied);
  host.error("/sys/fs/pstore", Errc::denied);
  host.error("/var/lib/systemd/pstore", Errc::denied);
  host.error("/var/log/journal", Errc::denied);
  const CrashSources sources = find_crash_sources(host);
  CHECK(sources.found.empty());
  REQUIRE(sources.unread.size() == 4);
  for (const Error& one : sources.unread) CHECK(one.code == Errc::denied);
}

TEST_CASE("a file that vanishes or fails is an error when it is read") {
  auto inner = std::make_shared<MemoryHost>();
  inner->file("/var/crash/202401020804/dmesg.202401020804", "x\n");
  const CrashSources sources = find_crash_sources(*inner);
  REQUIRE(sources.found.size() == 1);
  inner->remove("/var/crash/202401020804/dmesg.202401020804");
  CHECK(text_of(sources.found[0]).starts_with("error: "));
  test::FaultHost faulty(inner);
  faulty.fail("/var/crash/a", Errc::denied);
  inner->file("/var/crash/a", "x");
  CHECK(crash_source_of_file(faulty, "/var/crash/a").error().code == Errc::denied);
}

TEST_CASE("a folder with more entries than are looked at is said to be unread") {
  MemoryHost host;
  for (int i = 0; i < 3000; ++i)
    host.file("/sys/fs/pstore/dmesg-ramoops-" + std::to_string(i) + std::string(200, 'x'), "x");
  CrashScan bounds;
  bounds.entries = 100;
  const CrashSources sources = find_crash_sources(host, bounds);
  CHECK(sources.found.empty());
  REQUIRE(sources.unread.size() == 1);
  CHECK(sources.unread[0].code == Errc::too_large);
}

TEST_CASE("a journal that is none is said to be unread") {
  MemoryHost host;
  host.file("/var/log/journal/0123456789abcdef0123456789abcdef/system.journal", std::string(10'000, 'x'));
  host.file("/var/log/journal/0123456789abcdef0123456789abcdef/user-1000.journal", "x");
  const CrashSources sources = find_crash_sources(host);
  CHECK(sources.found.empty());
  CHECK(sources.unread.size() == 1);
  CrashScan bounds;
  bounds.journal = false;
  CHECK(find_crash_sources(host, bounds).unread.empty());
}

TEST_CASE("a file by name: text, a dump, a flattened dump") {
  MemoryHost host;
  host.file("/log", "[    1.0] Oops\n").modified("/log", kTime);
  const auto text = crash_source_of_file(host, "/log");
  REQUIRE(text);
  CHECK(text->kind == CrashSourceKind::file);
  CHECK(text->time == kTime);
  CHECK(text_of(*text) == "[    1.0] Oops\n");

  test::KernelDump dump;
  dump.ring({{0, "died"}});
  host.file("/vmcore", dump.elf());
  const auto core = crash_source_of_file(host, "/vmcore");
  REQUIRE(core);
  CHECK(core->kind == CrashSourceKind::vmcore);
  CHECK(core->time == 1700000000);
  CHECK(core->kernel == "6.1.0-test");
  CHECK(text_of(*core) == "[    0.000000] died\n");

  host.file("/flat", "makedumpfile" + std::string(100, '\0'));
  CHECK(crash_source_of_file(host, "/flat").error().code == Errc::unsupported);
  CHECK(crash_source_of_file(host, "/none").error().code == Errc::absent);
  host.folder("/folder");
  CHECK(crash_source_of_file(host, "/folder").error().code == Errc::malformed);
  host.file("/empty", "");
  CHECK(text_of(*crash_source_of_file(host, "/empty")).empty());
}

TEST_CASE("a large file comes in pieces, with progress, and as far as is wanted") {
  MemoryHost host;
  std::string large(3'000'000, 'x');
  host.file("/log", large);
  const auto source = crash_source_of_file(host, "/log");
  REQUIRE(source);
  std::size_t bytes = 0;
  std::size_t pieces = 0;
  std::uint64_t last = 0;
  CHECK(source->read(
      [&](std::string_view piece) {
        bytes += piece.size();
        return ++pieces < 5;
      },
      [&](std::uint64_t done, std::uint64_t total) {
        CHECK(total == large.size());
        last = done;
      }));
  CHECK(pieces == 5);
  CHECK(bytes < large.size());
  CHECK(last > 0);
}

TEST_CASE("a tree on disk is a machine, and its links stay inside") {
  const TemporaryFolder folder;
  folder.write("var/crash/202401020804/dmesg.202401020804", "in the tree\n");
  folder.write("secret", "outside\n");
  folder.link("root/var/crash", (folder.path() / "secret").string());
  const auto host = tree_host(folder.path().string());
  REQUIRE(host);
  const CrashSources sources = find_crash_sources(**host);
  REQUIRE(sources.found.size() == 1);
  CHECK(text_of(sources.found[0]) == "in the tree\n");
  CHECK(sources.found[0].time > 0);
  const auto inner = tree_host((folder.path() / "root").string());
  REQUIRE(inner);
  CHECK(find_crash_sources(**inner).found.empty());
}

}  // namespace
}  // namespace harden
