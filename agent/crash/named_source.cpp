// SPDX-License-Identifier: Apache-2.0
//
// Sources that somebody names: a file, or standard input.
#include <array>

#include "agent/crash/scan.h"
#include "agent/crash/vmcore.h"

namespace harden {
namespace {

// What was read to see what it is belongs to the text too: a pipe gives it once.
Result<> read_rest(const OpenFile& file, std::string_view first, const std::string& place, const TextConsumer& take,
                   const Progress& progress) {
  if (first.empty() || !take(first)) return {};
  if (first.size() < kVmcoreFirstBytes) return {};
  return read_text(file, first.size(), place, take, progress);
}

}  // namespace

Result<CrashSource> crash_source_of_file(const Host& host, const std::string& path) {
  auto file = host.open(path);
  if (!file) return std::unexpected(file.error());
  std::array<char, kVmcoreFirstBytes> first{};
  const auto count = (*file)->read_at(0, first);
  if (!count) return std::unexpected(count.error());
  const std::string begin(first.data(), *count);
  const std::int64_t modified = (*file)->modified();
  if (vmcore_format(begin) == VmcoreFormat::none) {
    CrashSource source = text_source(host, CrashSourceKind::file, path, modified);
    if ((*file)->size() > 0) return source;
    // No size: a pipe, which gives its text once.
    const std::shared_ptr<const OpenFile> held = std::move(*file);
    source.reader = [held, begin, path](const TextConsumer& take, const Progress& progress) {
      return read_rest(*held, begin, path, take, progress);
    };
    return source;
  }
  const auto dump = Vmcore::open(std::move(*file), path);
  if (!dump) return std::unexpected(dump.error());
  const VmcoreFacts& facts = dump->facts();
  CrashSource source = vmcore_source(host, path, facts.crash_time != 0 ? facts.crash_time : modified);
  source.kernel = facts.release;
  return source;
}

Result<CrashSource> crash_source_of_standard_input() {
  auto opened = open_standard_input();
  if (!opened) return std::unexpected(opened.error());
  const std::shared_ptr<const OpenFile> file = std::move(*opened);
  CrashSource source;
  source.kind = CrashSourceKind::standard_input;
  source.name = "standard input";
  source.reader = [file](const TextConsumer& take, const Progress& progress) -> Result<> {
    std::array<char, kVmcoreFirstBytes> first{};
    const auto count = file->read_at(0, first);
    if (!count) return std::unexpected(count.error());
    const std::string_view begin(first.data(), *count);
    if (vmcore_format(begin) != VmcoreFormat::none) {
      return fail(Errc::unsupported, "a dump of memory cannot be read from a pipe: give the file's name",
                  "standard input");
    }
    return read_rest(*file, begin, "standard input", take, progress);
  };
  return source;
}

}  // namespace harden
