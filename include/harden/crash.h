// SPDX-License-Identifier: Apache-2.0
//
// A crash record: one oops, panic, hang or warning as the kernel printed it.
// A pure function of the text; who is to blame for it is another question
// (CrashMatch). The words for titles and types are syzkaller's
// (github.com/google/syzkaller, docs/linux/found_bugs.md), the field's names.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harden/crash_parts.h"

namespace harden {

struct CrashRecord {
  std::string title;  // "BUG: unable to handle kernel NULL pointer dereference in ip6mr_sk_done"
  std::vector<std::string> alternative_titles;
  CrashType type = CrashType::other;
  bool corrupted = false;           // cut off or mixed with another report: the title may be wrong
  std::string corrupted_why;        // a sentence; "" where it is not
  bool first = false;               // of the reports of one boot the one to believe
  std::string kernel;               // "3.10.0-862.el7.x86_64"; "" where the text has none
  std::string kernel_version;       // "#1 SMP Fri Apr 20 16:44:24 UTC 2018"
  std::string taint;                // the letters, "G W OE"; "" where not tainted or not said
  std::vector<std::string> taints;  // each letter in words (Documentation/admin-guide/tainted-kernels.rst)
  std::string hardware;
  std::vector<std::string> modules;
  std::optional<int> cpu;
  std::optional<std::int64_t> pid;
  std::string comm;
  std::optional<std::uint64_t> fault_address;
  std::optional<CodePlace> at;  // where the instruction pointer stood
  std::vector<Frame> frames;    // innermost first, `at` not repeated
  std::vector<Precursor> precursors;
  std::int64_t count = 1;        // how many times the same was printed
  std::int64_t line = 0;         // of its first line in the text, from 1
  std::optional<double> uptime;  // seconds since boot of its first line, where lines have times
  std::string text;              // the report, without prefixes; at most 64 KiB
};

// Reads kernel text of any length piece by piece in bounded memory.
class CrashParser {
 public:
  CrashParser();
  ~CrashParser();
  CrashParser(CrashParser&&) noexcept;
  CrashParser& operator=(CrashParser&&) noexcept;

  // Messages that match one of these (RE2) are precursors too.
  void watch_for(const std::vector<std::string>& patterns);

  void feed(std::string_view piece);
  // The rest, and everything found, in the order of the text; at most 1,000 records, each different one
  // once with its count. The parser is as new afterwards.
  struct Reading {
    std::vector<CrashRecord> crashes;
    std::vector<Precursor> precursors;  // of a text without a crash: what was on its way
    std::string kernel;                 // of the text's banner or first report
    bool more = false;                  // there were more records than are kept
  };
  Reading finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

// The whole of a text at once.
CrashParser::Reading parse_crashes(std::string_view text, const std::vector<std::string>& patterns = {});

// The same crash has the same fingerprint on every host and boot: 16 hex digits over title and type
// and the names of the first reliable frames.
std::string fingerprint(const CrashRecord& record);

}  // namespace harden
