// SPDX-License-Identifier: Apache-2.0
//
// What the searches for sources share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harden/crash_source.h"

namespace harden {

// One search through a host: what it has found, and what it could not look into.
class Scan {
 public:
  Scan(const Host& host, const CrashScan& bounds) : host_(host), bounds_(bounds) {}

  const Host& host() const { return host_; }
  const CrashScan& bounds() const { return bounds_; }

  // The entries of a folder; none where it is absent. Any other error is noted.
  std::vector<DirEntry> entries(const std::string& folder);
  // A file held open; nullptr where it cannot be, which is noted.
  std::unique_ptr<const OpenFile> file(const std::string& path);

  void found(CrashSource source);
  void unread(Error error);
  CrashSources finish();  // sorted and cut to size

 private:
  const Host& host_;
  const CrashScan& bounds_;
  CrashSources out_;
};

void find_pstore(Scan& scan);
void find_systemd_pstore(Scan& scan);
void find_kdump(Scan& scan);
void find_journal(Scan& scan);

// The whole text of a file in pieces; from `begin` on. At most kMostCrashText
// bytes of it, and Errc::too_large where there is more.
Result<> read_text(const OpenFile& file, std::uint64_t begin, const std::string& place, const TextConsumer& take,
                   const Progress& progress);
constexpr std::uint64_t kMostCrashText = std::uint64_t{16} << 30;

// A source that opens its file when it is read.
CrashSource text_source(const Host& host, CrashSourceKind kind, const std::string& path, std::int64_t time);
CrashSource vmcore_source(const Host& host, const std::string& path, std::int64_t time);

// The records of one folder of pstore (sys/fs/pstore or a copy of it), put
// together where they are parts of one crash.
void find_records(Scan& scan, CrashSourceKind kind, const std::string& folder, const std::vector<DirEntry>& entries,
                  std::int64_t time);

// The time at the end of a folder's name: 2024-01-02-03:04[:05] or
// 202401020304[05], taken as UTC. Seconds since 1970.
std::optional<std::int64_t> time_in_name(std::string_view name);

// A report of Ubuntu's apport (/var/crash/linux-image-*.crash): the text of its
// field VmCoreDmesg. Errc::absent where it has none.
CrashSource apport_source(const Host& host, const std::string& path, std::int64_t time);

}  // namespace harden
