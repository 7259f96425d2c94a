// SPDX-License-Identifier: Apache-2.0
//
// libsystemd's part that reads journals (sd-journal(3)). It brings in eight
// more libraries, so it is loaded when there is a journal to read.
#pragma once

#include <systemd/sd-journal.h>

#include "harden/result.h"

namespace harden {

struct JournalLibrary {
  decltype(::sd_journal_open_files_fd)* open_files_fd = nullptr;
  decltype(::sd_journal_close)* close = nullptr;
  decltype(::sd_journal_set_data_threshold)* set_data_threshold = nullptr;
  decltype(::sd_journal_query_unique)* query_unique = nullptr;
  decltype(::sd_journal_enumerate_unique)* enumerate_unique = nullptr;
  decltype(::sd_journal_flush_matches)* flush_matches = nullptr;
  decltype(::sd_journal_add_match)* add_match = nullptr;
  decltype(::sd_journal_seek_head)* seek_head = nullptr;
  decltype(::sd_journal_seek_tail)* seek_tail = nullptr;
  decltype(::sd_journal_next)* next = nullptr;
  decltype(::sd_journal_previous)* previous = nullptr;
  decltype(::sd_journal_get_realtime_usec)* get_realtime_usec = nullptr;
  decltype(::sd_journal_get_data)* get_data = nullptr;
};

// The same each time. Errc::unsupported where libsystemd is not installed.
const Result<JournalLibrary>& journal_library();

}  // namespace harden
