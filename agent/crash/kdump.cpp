// SPDX-License-Identifier: Apache-2.0
//
// The folders that kdump leaves in /var/crash:
//   RHEL    127.0.0.1-2024-01-02-03:04:05/{vmcore,vmcore-dmesg.txt}, "-incomplete" where it was cut short
//   Debian  202401020304/{dump.202401020304,dmesg.202401020304}; Ubuntu the same, and apport's *.crash
//   SUSE    2024-01-02-03:04/{vmcore,dmesg.txt,README.txt}
// The text is taken where there is one, for it is that of the dump beside it.
#include <algorithm>
#include <optional>

#include "agent/core/gzip.h"
#include "agent/core/text.h"
#include "agent/crash/scan.h"

namespace harden {
namespace {

constexpr const char* kFolder = "/var/crash";
// Names are in the local time of the machine that died; a file's own time is
// exact, unless the file was copied since.
constexpr std::int64_t kZones = std::int64_t{15} * 60 * 60;

enum class Part { none, text, text_incomplete, dump, dump_incomplete };

Part part_of(std::string_view name) {
  if (name == "vmcore-dmesg.txt" || name == "dmesg.txt") return Part::text;
  if (name == "vmcore-dmesg-incomplete.txt" || name.starts_with("dmesg-incomplete")) return Part::text_incomplete;
  if (name.starts_with("dmesg.")) return Part::text;
  if (name.starts_with("vmcore-incomplete") || name.starts_with("dump-incomplete")) return Part::dump_incomplete;
  if (name == "vmcore" || name == "vmcore.flat" || name.starts_with("dump.") || name.starts_with("vmcore."))
    return Part::dump;
  return Part::none;
}

// The better of two: a whole text, a whole dump, then what there is of a text, of a dump.
int rank(Part part) {
  switch (part) {
    case Part::text: return 4;
    case Part::dump: return 3;
    case Part::text_incomplete: return 2;
    case Part::dump_incomplete: return 1;
    case Part::none: break;
  }
  return 0;
}

std::int64_t time_of(std::string_view folder, std::int64_t modified) {
  const auto named = time_in_name(folder);
  if (!named) return modified;
  return std::abs(modified - *named) <= kZones ? modified : *named;
}

void look_into(Scan& scan, const std::string& folder, const std::string& name) {
  const std::string* best = nullptr;
  Part part = Part::none;
  const auto entries = scan.entries(folder);
  for (const DirEntry& entry : entries) {
    const Part one = entry.kind == DirEntry::Kind::directory ? Part::none : part_of(entry.name);
    if (rank(one) <= rank(part)) continue;
    part = one;
    best = &entry.name;
  }
  if (best == nullptr) return;
  const std::string path = folder + "/" + *best;
  const auto file = scan.file(path);
  if (!file) return;
  const std::int64_t time = time_of(name, file->modified());
  const bool text = part == Part::text || part == Part::text_incomplete;
  CrashSource source =
      text ? text_source(scan.host(), CrashSourceKind::kdump, path, time) : vmcore_source(scan.host(), path, time);
  if (part == Part::text_incomplete || part == Part::dump_incomplete) source.note = "kdump did not finish writing it";
  scan.found(std::move(source));
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// One line of RFC 4648's base64; it ends where something else stands.
void append_base64(std::string& out, std::string_view line) {
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : line) {
    const int value = base64_value(c);
    if (value < 0) return;
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> count & 0xff));
  }
}

// apport's files are paragraphs "Key: value"; lines that begin with a space go
// on with it, and "Key: base64" is gzip's bytes in base64, line by line.
Result<std::string> apport_field(std::string_view report, std::string_view key, const std::string& place) {
  constexpr std::size_t kMostUnpacked = 16 << 20;
  const auto lines = text::lines(report);
  auto line = std::ranges::find_if(lines, [&](std::string_view one) { return one.starts_with(key); });
  if (line == lines.end()) return fail(Errc::absent, "it has no kernel log (VmCoreDmesg)", place);
  const bool packed = text::trim(line->substr(key.size())) == "base64";
  std::string value;
  for (++line; line != lines.end() && line->starts_with(' '); ++line) {
    if (packed) {
      append_base64(value, line->substr(1));
    } else {
      value += line->substr(1);
      value += '\n';
    }
  }
  if (!packed) return value;
  auto unpacked = gunzip(value, kMostUnpacked);
  if (!unpacked) unpacked.error().place = place;
  return unpacked;
}

}  // namespace

CrashSource apport_source(const Host& host, const std::string& path, std::int64_t time) {
  CrashSource source;
  source.kind = CrashSourceKind::kdump;
  source.name = path;
  source.time = time;
  source.reader = [&host, path](const TextConsumer& take, const Progress&) -> Result<> {
    // The dump itself may stand in the report, behind the log: the front is enough.
    constexpr std::size_t kFront = 24 << 20;
    const auto file = host.open(path);
    if (!file) return std::unexpected(file.error());
    std::string front(static_cast<std::size_t>(std::min<std::uint64_t>((*file)->size(), kFront)), '\0');
    const auto count = (*file)->read_at(0, front);
    if (!count) return std::unexpected(count.error());
    front.resize(*count);
    const auto log = apport_field(front, "VmCoreDmesg:", path);
    if (!log) return std::unexpected(log.error());
    if (!log->empty()) take(*log);
    return {};
  };
  return source;
}

void find_kdump(Scan& scan) {
  for (const DirEntry& entry : scan.entries(kFolder)) {
    const std::string path = std::string(kFolder) + "/" + entry.name;
    if (entry.kind == DirEntry::Kind::directory) {
      look_into(scan, path, entry.name);
    } else if (entry.name.starts_with("linux-image") && entry.name.ends_with(".crash")) {
      const std::string_view stem = std::string_view(entry.name).substr(0, entry.name.size() - 6);
      if (const auto file = scan.file(path))
        scan.found(apport_source(scan.host(), path, time_of(stem, file->modified())));
    }
  }
}

}  // namespace harden
