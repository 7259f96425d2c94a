// SPDX-License-Identifier: Apache-2.0
//
// Where kernel text of a crash may lie: files, pstore, kdump's folders, the
// journal's earlier boots, dumps of memory. A source says what it is before it
// is read, and is read in pieces, in bounded memory, however large it is.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harden/host.h"
#include "harden/result.h"

namespace harden {

// Takes the next piece of text; false: enough.
using TextConsumer = std::function<bool(std::string_view)>;
// How far a long reading has come, in units that only make sense as a ratio.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

enum class CrashSourceKind { file, standard_input, pstore, systemd_pstore, kdump, journal, vmcore, kmsg };
std::string_view to_string(CrashSourceKind kind);

struct CrashSource {
  CrashSourceKind kind = CrashSourceKind::file;
  std::string name;       // its path; of the journal "journal" where it is this machine's
  std::string boot_id;    // 32 hex digits, of the boot that died; "" where not known
  std::int64_t time = 0;  // of the crash, or of what was written after it, seconds since 1970; 0 where not known
  std::string kernel;     // the release, where it can be told without reading the text
  std::string note;       // a sentence about what is missing from it; "" where nothing is known to be
  std::function<Result<>(const TextConsumer&, const Progress&)> reader;

  // The kernel's text, oldest first. A second call reads it again; standard
  // input can be read once.
  Result<> read(const TextConsumer& take, const Progress& progress = {}) const { return reader(take, progress); }
};

struct CrashSources {
  std::vector<CrashSource> found;  // newest first; those without a time last
  std::vector<Error> unread;       // places that are there and could not be looked into
  bool more = false;               // older ones were left out
};

// The most that is looked at.
struct CrashScan {
  std::size_t sources = 64;    // kept
  std::size_t entries = 4096;  // of one folder
  bool journal = true;
};

// Looks through pstore, systemd-pstore's folder, /var/crash and the journal of
// earlier boots. The host must outlive the sources. What is not there is no error.
CrashSources find_crash_sources(const Host& host, const CrashScan& scan = {});

// A file by name: a dump of memory where it begins like one, text otherwise.
// A flattened dump (makedumpfile -F) is Errc::unsupported, and the error has
// the command that converts it.
Result<CrashSource> crash_source_of_file(const Host& host, const std::string& path);

// The text on standard input. A dump of memory there is Errc::unsupported.
Result<CrashSource> crash_source_of_standard_input();

}  // namespace harden
