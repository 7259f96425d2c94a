// SPDX-License-Identifier: Apache-2.0
//
// Records that the kernel kept in firmware or reserved memory as it died
// (Documentation/admin-guide/ramoops.rst, Documentation/ABI/testing/pstore).
// One crash fills several, written from the end of the log backwards: part 1
// is the last of the text. Their first line says which part of what they are:
//     Panic#1 Part2
#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "agent/core/text.h"
#include "agent/crash/scan.h"

namespace harden {
namespace {

// Parts of one crash are written one after the other, within seconds.
constexpr std::int64_t kOneCrash = 120;
constexpr std::int64_t kDay = std::int64_t{24} * 60 * 60;
constexpr int kMostParts = 1000;
constexpr int kMostFolders = 3;  // systemd-pstore: <time>/<number>/

struct Record {
  std::string path;
  std::string backend;  // "efi", "erst", "ramoops"
  std::string why;      // "Panic", "Oops"
  std::int64_t count = 0;
  int part = 0;  // 0 where it has no such line
  std::int64_t time = 0;
  std::uint64_t text_at = 0;
};

// "Panic#1 Part2" and its line end.
bool read_header(std::string_view first, Record& record) {
  const auto end = first.find('\n');
  const std::string_view line = first.substr(0, end);
  const auto hash = line.find('#');
  const auto part = line.find(" Part");
  if (end == std::string_view::npos || hash == 0 || part == std::string_view::npos || hash > part) return false;
  const auto count = text::to_int(line.substr(hash + 1, part - hash - 1));
  const auto number = text::to_int(line.substr(part + 5));
  if (!count || !number || *number < 1 || *number > kMostParts) return false;
  record.why = line.substr(0, hash);
  record.count = *count;
  record.part = static_cast<int>(*number);
  record.text_at = end + 1;
  return true;
}

// EFI's number is seconds since 1970, two digits of the part and three of a count.
std::int64_t time_of_efi(std::string_view number) {
  if (number.size() <= 5) return 0;
  const auto time = text::to_int(number.substr(0, number.size() - 5)).value_or(0);
  const bool plausible = time > 1'000'000'000 && time < 100'000'000'000;
  return plausible ? time : 0;
}

// "dmesg-efi-170418264101001", "dmesg-efi_pstore-170418264101001", "dmesg-ramoops-0".
void read_name(std::string_view name, Record& record) {
  const auto first = name.find('-');
  const auto last = name.rfind('-');
  record.backend = first < last ? name.substr(first + 1, last - first - 1) : "";
  if (record.backend.starts_with("efi")) record.time = time_of_efi(name.substr(last + 1));
}

bool same_crash(const Record& one, const Record& other) {
  return one.backend == other.backend && one.why == other.why && one.count == other.count &&
         std::abs(one.time - other.time) <= kOneCrash;
}

using Parts = std::vector<Record>;  // of one crash, the first text first

std::string missing_parts(const Parts& parts) {
  std::string missing;
  for (int number = parts.front().part; number >= 1; --number) {
    if (std::ranges::find(parts, number, &Record::part) == parts.end()) missing += " " + std::to_string(number);
  }
  return missing.empty() ? "" : "parts of the log are missing:" + missing;
}

// A part of a crash is the next lower number, or at least one not yet there.
std::vector<Parts> grouped(std::vector<Record> records) {
  std::ranges::sort(records, {}, [](const Record& one) {
    return std::tuple(one.backend, one.why, one.count, one.time, -one.part, one.path);
  });
  std::vector<Parts> groups;
  for (Record& one : records) {
    const bool joins = one.part > 0 && !groups.empty() && groups.back().front().part > 0 &&
                       same_crash(groups.back().front(), one) &&
                       std::ranges::find(groups.back(), one.part, &Record::part) == groups.back().end();
    if (!joins) groups.emplace_back();
    groups.back().push_back(std::move(one));
  }
  for (Parts& parts : groups) std::ranges::sort(parts, std::greater{}, &Record::part);
  return groups;
}

Result<> read_parts(const Host& host, const Parts& parts, const TextConsumer& take, const Progress& progress) {
  bool more = true;
  const TextConsumer until_enough = [&](std::string_view piece) { return more = take(piece); };
  for (std::size_t i = 0; i < parts.size() && more; ++i) {
    const auto file = host.open(parts[i].path);
    if (!file) return std::unexpected(file.error());
    if (auto done = read_text(**file, parts[i].text_at, parts[i].path, until_enough, {}); !done) return done;
    if (progress) progress(i + 1, parts.size());
  }
  return {};
}

bool is_record(const DirEntry& entry) {
  return entry.kind != DirEntry::Kind::directory &&
         (entry.name.starts_with("dmesg-") || entry.name.starts_with("console-"));
}

// Reads the first line alone; nothing where the record cannot be read.
std::optional<Record> look_at(Scan& scan, const std::string& path, const std::string& name) {
  if (name.ends_with(".enc.z")) {
    scan.unread({Errc::unsupported, "a compressed record that the kernel could not unpack", path});
    return std::nullopt;
  }
  const auto file = scan.file(path);
  if (!file) return std::nullopt;
  std::array<char, 128> first{};
  const auto count = file->read_at(0, first);
  if (!count) {
    scan.unread(count.error());
    return std::nullopt;
  }
  Record record;
  record.path = path;
  read_name(name, record);
  read_header({first.data(), *count}, record);
  if (record.time == 0) record.time = file->modified();
  return record;
}

CrashSource source_of(const Host& host, CrashSourceKind kind, Parts parts, bool compressed) {
  CrashSource source;
  source.kind = kind;
  source.name = parts.back().path;
  source.time = parts.back().time;
  source.note = missing_parts(parts);
  if (compressed)
    source.note +=
        std::string(source.note.empty() ? "" : "; ") + "records beside it are compressed and could not be read";
  source.reader = [&host, parts = std::move(parts)](const TextConsumer& take, const Progress& progress) {
    return read_parts(host, parts, take, progress);
  };
  return source;
}

// systemd-pstore names its folders by the time or by the record's number.
std::int64_t time_of_folder(std::string_view name) {
  const auto number = text::to_int(name);
  return number && *number > 1'000'000'000 && *number < 100'000'000'000 ? *number : 0;
}

void find_in_folder(Scan& scan, const std::string& folder, std::int64_t time, int depth) {
  const auto entries = scan.entries(folder);
  const auto joined = std::ranges::find(entries, "dmesg.txt", &DirEntry::name);
  if (joined != entries.end()) {
    const std::string path = folder + "/dmesg.txt";
    if (const auto file = scan.file(path)) {
      scan.found(text_source(scan.host(), CrashSourceKind::systemd_pstore, path, time != 0 ? time : file->modified()));
    }
  } else {
    find_records(scan, CrashSourceKind::systemd_pstore, folder, entries, time);
  }
  if (depth >= kMostFolders) return;
  for (const DirEntry& entry : entries) {
    if (entry.kind != DirEntry::Kind::directory) continue;
    const std::int64_t own = time_of_folder(entry.name);
    find_in_folder(scan, folder + "/" + entry.name, own != 0 ? own : time, depth + 1);
  }
}

}  // namespace

void find_records(Scan& scan, CrashSourceKind kind, const std::string& folder, const std::vector<DirEntry>& entries,
                  std::int64_t time) {
  std::vector<Record> records;
  bool compressed = false;
  for (const DirEntry& entry : entries) {
    if (!is_record(entry)) continue;
    compressed = compressed || entry.name.ends_with(".enc.z");
    auto record = look_at(scan, folder + "/" + entry.name, entry.name);
    if (!record) continue;
    // The folder's time is that of the crash; a copied file's is not.
    if (time != 0 && std::abs(record->time - time) > kDay) record->time = time;
    records.push_back(std::move(*record));
  }
  for (Parts& parts : grouped(std::move(records))) {
    scan.found(source_of(scan.host(), kind, std::move(parts), compressed));
  }
}

void find_pstore(Scan& scan) {
  const std::string folder = "/sys/fs/pstore";
  find_records(scan, CrashSourceKind::pstore, folder, scan.entries(folder), 0);
}

void find_systemd_pstore(Scan& scan) { find_in_folder(scan, "/var/lib/systemd/pstore", 0, 1); }

}  // namespace harden
