// SPDX-License-Identifier: Apache-2.0
//
// The journal's kernel messages of earlier boots. The files are opened through
// the host, so that a tree's journal is read as a machine's is; libsystemd gets
// their descriptors. A boot is a source of its own.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <functional>
#include <span>

#include "agent/core/system_error.h"
#include "agent/core/text.h"
#include "agent/crash/journal_library.h"
#include "agent/crash/scan.h"

namespace harden {
namespace {

constexpr const char* kFolder = "/var/log/journal";
constexpr std::size_t kMostFiles = 128;  // each takes a descriptor while it is read
constexpr std::size_t kMostBoots = 32;
constexpr std::size_t kMostKnownBoots = 4096;
constexpr std::size_t kMostMessage = 64 << 10;
constexpr std::uint64_t kMostText = 64 << 20;  // of one boot
constexpr std::size_t kPassOnAt = 64 << 10;

struct Close {
  void operator()(sd_journal* journal) const { journal_library()->close(journal); }
};

// Kernel messages lie in the system's files alone. Archived ones end in the
// time of their first entry, in hexadecimal: the higher, the newer; "system.journal" is
// the newest.
std::string age_of(std::string_view name) {
  const auto last = name.rfind('-');
  return last == std::string_view::npos ? "~" : std::string(name.substr(last));
}

bool is_system_file(const std::string& name) {
  return name == "system.journal" ||
         (name.starts_with("system@") && (name.ends_with(".journal") || name.ends_with(".journal~")));
}

std::vector<std::string> files_of(Scan& scan) {
  std::vector<std::string> files;
  for (const DirEntry& machine : scan.entries(kFolder)) {
    if (machine.kind != DirEntry::Kind::directory) continue;
    const std::string folder = std::string(kFolder) + "/" + machine.name;
    std::vector<std::string> names;
    for (const DirEntry& entry : scan.entries(folder)) {
      if (is_system_file(entry.name)) names.push_back(entry.name);
    }
    std::ranges::sort(names, std::greater{}, age_of);
    for (const std::string& name : names) files.push_back(folder + "/" + name);
  }
  if (files.size() > kMostFiles) files.resize(kMostFiles);
  return files;
}

using JournalHandle = std::unique_ptr<sd_journal, Close>;

struct JournalFile {
  std::string path;
  std::unique_ptr<const OpenFile> file;
};

// The library's number for a file that is shorter than a journal's header has
// words of another matter.
Error not_opened(int code, const std::string& place) {
  return code == ENODATA ? Error{Errc::malformed, "too short to be a journal", place} : system_error(code, place);
}

Result<JournalHandle> open_together(std::span<const JournalFile> files) {
  std::vector<const OpenFile*> open;
  for (const JournalFile& each : files) open.push_back(each.file.get());
  sd_journal* journal = nullptr;
  int code = 0;
  // sd-journal closes the descriptors with the journal; where it fails it takes none.
  const auto take = [&](std::span<int> numbers) {
    code = journal_library()->open_files_fd(&journal, numbers.data(), static_cast<unsigned>(numbers.size()), 0);
    return code >= 0;
  };
  if (auto handed = hand_over(open, take); !handed) return std::unexpected(handed.error());
  if (code < 0) return std::unexpected(not_opened(-code, files.size() == 1 ? files.front().path : kFolder));
  return JournalHandle(journal);
}

using Unread = std::function<void(Error)>;

// One damaged file, such as a crash leaves, keeps the library from all the
// others: then each is tried by itself.
Result<JournalHandle> open_readable(std::vector<JournalFile> files, const Unread& unread) {
  auto journal = open_together(files);
  if (journal || files.size() == 1) return journal;
  std::erase_if(files, [&](const JournalFile& each) {
    const auto alone = open_together({&each, 1});
    if (!alone) unread(alone.error());
    return !alone;
  });
  return files.empty() ? JournalHandle() : open_together(files);
}

class Journal {
 public:
  // Files that cannot be opened are left out; `unread` is told.
  static Result<Journal> open(const Host& host, const std::vector<std::string>& paths, const Unread& unread) {
    Journal opened;
    std::vector<JournalFile> files;
    for (const std::string& path : paths) {
      auto file = host.open(path);
      if (file) {
        files.push_back({path, std::move(*file)});
      } else {
        unread(std::move(file.error()));
      }
    }
    if (files.empty()) return opened;
    if (!journal_library()) return std::unexpected(journal_library().error());
    opened.library_ = &*journal_library();
    auto journal = open_readable(std::move(files), unread);
    if (!journal) return std::unexpected(journal.error());
    opened.journal_ = std::move(*journal);
    if (opened.journal_) opened.library_->set_data_threshold(opened.journal_.get(), kMostMessage);
    return opened;
  }

  bool empty() const { return !journal_; }

  // Ids of boots with any entry, 32 hex digits each.
  std::vector<std::string> boots() const {
    std::vector<std::string> ids;
    if (library_->query_unique(journal_.get(), "_BOOT_ID") < 0) return ids;
    const void* data = nullptr;
    std::size_t length = 0;
    while (ids.size() < kMostKnownBoots && library_->enumerate_unique(journal_.get(), &data, &length) > 0) {
      const std::string_view field(static_cast<const char*>(data), length);
      if (field.starts_with("_BOOT_ID=")) ids.emplace_back(field.substr(9));
    }
    return ids;
  }

  // From here on: kernel messages of that boot.
  Result<> only(const std::string& boot) const {
    library_->flush_matches(journal_.get());
    for (const std::string& match : {"_BOOT_ID=" + boot, std::string("_TRANSPORT=kernel")}) {
      if (const int code = library_->add_match(journal_.get(), match.data(), match.size()); code < 0) {
        return std::unexpected(error(code));
      }
    }
    return {};
  }

  // When the last message was received, seconds since 1970; 0 where there is none.
  std::int64_t last_time() const {
    std::uint64_t microseconds = 0;
    if (library_->seek_tail(journal_.get()) < 0 || library_->previous(journal_.get()) <= 0) return 0;
    if (library_->get_realtime_usec(journal_.get(), &microseconds) < 0) return 0;
    return static_cast<std::int64_t>(microseconds / 1'000'000);
  }

  Result<> text(const TextConsumer& take) const {
    if (const int code = library_->seek_head(journal_.get()); code < 0) return std::unexpected(error(code));
    std::string pending;
    std::uint64_t given = 0;
    int code = 0;
    while ((code = library_->next(journal_.get())) > 0) {
      append_entry(pending);
      if (pending.size() < kPassOnAt) continue;
      given += pending.size();
      if (!take(pending)) return {};
      pending.clear();
      if (given > kMostText) return fail(Errc::too_large, "more than 64 MiB of kernel messages of one boot", kFolder);
    }
    if (!pending.empty()) take(pending);
    if (code < 0) return std::unexpected(error(code));
    return {};
  }

 private:
  static Error error(int code) { return system_error(-code, kFolder); }

  std::string_view field(const char* name) const {
    const void* data = nullptr;
    std::size_t length = 0;
    if (library_->get_data(journal_.get(), name, &data, &length) < 0) return {};
    const std::string_view whole(static_cast<const char*>(data), length);
    const std::size_t skip = std::strlen(name) + 1;
    return whole.size() < skip ? std::string_view{} : whole.substr(skip);
  }

  // As dmesg prints it: every line of a message with the kernel's own time.
  void append_entry(std::string& out) const {
    std::array<char, 48> prefix{};
    const auto time = text::to_int(field("_SOURCE_MONOTONIC_TIMESTAMP"));
    if (time && *time >= 0) {
      std::snprintf(prefix.data(), prefix.size(), "[%5lld.%06lld] ", static_cast<long long>(*time / 1'000'000),
                    static_cast<long long>(*time % 1'000'000));
    }
    for (const std::string_view line : text::split(field("MESSAGE"), '\n')) {
      out += prefix.data();
      out += line;
      out += '\n';
    }
  }

  const JournalLibrary* library_ = nullptr;
  JournalHandle journal_;
};

Result<> read_boot(const Host& host, const std::vector<std::string>& files, const std::string& boot,
                   const TextConsumer& take) {
  const auto journal = Journal::open(host, files, [](const Error&) {});  // told when they were found
  if (!journal) return std::unexpected(journal.error());
  if (journal->empty()) return fail(Errc::absent, "its files are gone", kFolder);
  if (auto matched = journal->only(boot); !matched) return matched;
  return journal->text(take);
}

// The boot that runs has not died. In a tree there is none.
std::string running_boot(const Host& host) {
  const auto id = host.read("/proc/sys/kernel/random/boot_id");
  std::string digits;
  if (id) std::ranges::copy_if(text::trim(*id), std::back_inserter(digits), [](char c) { return c != '-'; });
  return digits;
}

}  // namespace

void find_journal(Scan& scan) {
  const auto files = files_of(scan);
  const auto journal = Journal::open(scan.host(), files, [&](Error error) { scan.unread(std::move(error)); });
  if (!journal) return scan.unread(journal.error());
  if (journal->empty()) return;
  const std::string running = running_boot(scan.host());
  std::vector<std::pair<std::int64_t, std::string>> ended;
  for (const std::string& boot : journal->boots()) {
    if (boot == running || !journal->only(boot)) continue;
    if (const std::int64_t time = journal->last_time(); time != 0) ended.emplace_back(time, boot);
  }
  std::ranges::sort(ended, std::greater{});
  if (ended.size() > kMostBoots) ended.resize(kMostBoots);
  for (const auto& [time, boot] : ended) {
    CrashSource source;
    source.kind = CrashSourceKind::journal;
    source.name = kFolder;
    source.boot_id = boot;
    source.time = time;
    source.reader = [&host = scan.host(), files, id = boot](const TextConsumer& take, const Progress&) {
      return read_boot(host, files, id, take);
    };
    scan.found(std::move(source));
  }
}

}  // namespace harden
