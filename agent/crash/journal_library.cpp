// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/journal_library.h"

#include "agent/core/shared_library.h"

namespace harden {
namespace {

Result<JournalLibrary> load() {
  static SharedLibrary library("libsystemd.so.0");
  JournalLibrary all;
  Result<> state;
  const auto find = [&state]<typename Function>(const char* name, Function*& into) {
    const auto function = library.function<Function>(name);
    if (function) into = *function;
    if (!function && state) state = std::unexpected(function.error());
  };
  find("sd_journal_open_files_fd", all.open_files_fd);
  find("sd_journal_close", all.close);
  find("sd_journal_set_data_threshold", all.set_data_threshold);
  find("sd_journal_query_unique", all.query_unique);
  find("sd_journal_enumerate_unique", all.enumerate_unique);
  find("sd_journal_flush_matches", all.flush_matches);
  find("sd_journal_add_match", all.add_match);
  find("sd_journal_seek_head", all.seek_head);
  find("sd_journal_seek_tail", all.seek_tail);
  find("sd_journal_next", all.next);
  find("sd_journal_previous", all.previous);
  find("sd_journal_get_realtime_usec", all.get_realtime_usec);
  find("sd_journal_get_data", all.get_data);
  if (!state) return std::unexpected(state.error());
  return all;
}

}  // namespace

const Result<JournalLibrary>& journal_library() {
  static const Result<JournalLibrary> library = load();
  return library;
}

}  // namespace harden
