// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/scan.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "agent/core/text.h"
#include "agent/crash/vmcore.h"

namespace harden {
namespace {

constexpr std::size_t kPiece = 256 << 10;
constexpr std::size_t kMostUnread = 64;
// A DirEntry with its name, about: what a listing of `entries` entries takes.
constexpr std::size_t kEntryBytes = 128;

std::optional<int> two_digits(std::string_view text) {
  if (text.size() != 2) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
  }
  return (text[0] - '0') * 10 + (text[1] - '0');
}

// "20240102030405" or, without seconds, "202401020304".
std::optional<std::int64_t> time_of_digits(std::string_view digits) {
  std::array<int, 7> pair{};
  for (std::size_t i = 0; i < digits.size() / 2; ++i) {
    const auto number = two_digits(digits.substr(2 * i, 2));
    if (!number) return std::nullopt;
    pair[i] = *number;
  }
  namespace chr = std::chrono;
  const chr::year_month_day day{chr::year(pair[0] * 100 + pair[1]), chr::month(static_cast<unsigned>(pair[2])),
                                chr::day(static_cast<unsigned>(pair[3]))};
  if (!day.ok() || pair[0] < 19 || pair[4] > 23 || pair[5] > 59 || pair[6] > 60) return std::nullopt;
  const auto seconds =
      chr::sys_days(day).time_since_epoch() + chr::hours(pair[4]) + chr::minutes(pair[5]) + chr::seconds(pair[6]);
  return chr::duration_cast<chr::seconds>(seconds).count();
}

bool fits(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == '9' ? !digit : text[i] != shape[i]) return false;
  }
  return true;
}

}  // namespace

std::string_view to_string(CrashSourceKind kind) {
  switch (kind) {
    case CrashSourceKind::file: return "file";
    case CrashSourceKind::standard_input: return "standard input";
    case CrashSourceKind::pstore: return "pstore";
    case CrashSourceKind::systemd_pstore: return "systemd-pstore";
    case CrashSourceKind::kdump: return "kdump";
    case CrashSourceKind::journal: return "journal";
    case CrashSourceKind::vmcore: return "vmcore";
    case CrashSourceKind::kmsg: return "kmsg";
  }
  return "";
}

std::optional<std::int64_t> time_in_name(std::string_view name) {
  for (const std::string_view shape :
       {"9999-99-99-99:99:99", "9999-99-99-99:99", "9999-99-99-99-99-99", "99999999999999", "999999999999"}) {
    if (name.size() < shape.size()) continue;
    const std::string_view end = name.substr(name.size() - shape.size());
    if (!fits(end, shape)) continue;
    std::string digits;
    std::ranges::copy_if(end, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
    if (const auto time = time_of_digits(digits)) return time;
  }
  return std::nullopt;
}

std::vector<DirEntry> Scan::entries(const std::string& folder) {
  Limit limit;
  limit.bytes = bounds_.entries * kEntryBytes;
  auto listed = host_.list(folder, limit);
  if (!listed && listed.error().code != Errc::absent) unread(std::move(listed.error()));
  return listed ? std::move(*listed) : std::vector<DirEntry>{};
}

std::unique_ptr<const OpenFile> Scan::file(const std::string& path) {
  auto opened = host_.open(path);
  if (!opened) unread(std::move(opened.error()));
  return opened ? std::move(*opened) : nullptr;
}

void Scan::found(CrashSource source) { out_.found.push_back(std::move(source)); }

void Scan::unread(Error error) {
  if (out_.unread.size() < kMostUnread) out_.unread.push_back(std::move(error));
}

CrashSources Scan::finish() {
  std::ranges::stable_sort(out_.found, std::greater{}, &CrashSource::time);
  out_.more = out_.found.size() > bounds_.sources;
  if (out_.more) out_.found.resize(bounds_.sources);
  return std::move(out_);
}

Result<> read_text(const OpenFile& file, std::uint64_t begin, const std::string& place, const TextConsumer& take,
                   const Progress& progress) {
  std::string piece(kPiece, '\0');
  for (std::uint64_t at = begin;;) {
    const auto count = file.read_at(at, piece);
    if (!count) return std::unexpected(count.error());
    at += *count;
    if (*count > 0 && !take(std::string_view(piece).substr(0, *count))) return {};
    if (progress && file.size() > 0) progress(std::min(at, file.size()), file.size());
    if (*count < piece.size()) return {};
    if (at > kMostCrashText) return fail(Errc::too_large, "longer than any log", place);
  }
}

CrashSource text_source(const Host& host, CrashSourceKind kind, const std::string& path, std::int64_t time) {
  CrashSource source;
  source.kind = kind;
  source.name = path;
  source.time = time;
  source.reader = [&host, path](const TextConsumer& take, const Progress& progress) -> Result<> {
    const auto file = host.open(path);
    if (!file) return std::unexpected(file.error());
    return read_text(**file, 0, path, take, progress);
  };
  return source;
}

CrashSource vmcore_source(const Host& host, const std::string& path, std::int64_t time) {
  CrashSource source;
  source.kind = CrashSourceKind::vmcore;
  source.name = path;
  source.time = time;
  source.reader = [&host, path](const TextConsumer& take, const Progress& progress) -> Result<> {
    auto file = host.open(path);
    if (!file) return std::unexpected(file.error());
    const auto dump = Vmcore::open(std::move(*file), path, progress);
    if (!dump) return std::unexpected(dump.error());
    return dump->read(take, progress);
  };
  return source;
}

CrashSources find_crash_sources(const Host& host, const CrashScan& bounds) {
  Scan scan(host, bounds);
  find_pstore(scan);
  find_systemd_pstore(scan);
  find_kdump(scan);
  if (bounds.journal) find_journal(scan);
  return scan.finish();
}

}  // namespace harden
