// SPDX-License-Identifier: Apache-2.0
//
// Crashes, the known bugs they are, and what those mean on this host, as they
// are shown.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/report/report.h"
#include "harden/crash.h"
#include "harden/crash_match.h"
#include "harden/finding.h"

namespace harden {

// One crash of one source.
struct ShownCrash {
  CrashRecord record;
  std::string fingerprint;
  std::string source;               // a path, "standard input", "journal"
  std::string boot_id;              // "" where not known
  std::int64_t time = 0;            // seconds since 1970, UTC: it crashed then or before; 0 where not known
  std::vector<CrashMatch> matches;  // the surest first
  std::vector<CrashMatch> related;  // policies whose precursors came before it, and whose crash this is not
  CrashHint hint;
};

// Precursors in a source without a crash.
struct ShownWarning {
  std::string source;
  CrashMatch match;
};

// A known bug that a crash, or a warning, is about.
struct ShownBug {
  std::string title;
  Severity severity = Severity::medium;
  std::vector<std::string> references;
  Finding here;  // on the host looked at, with all remedies whatever the verdict, the best first
};

struct CrashView {
  std::string source;                // what was asked for: "vmcore", "2 files", "the sources of /"
  std::vector<std::string> sources;  // that were read
  HostSummary host;
  std::vector<ShownCrash> crashes;
  std::vector<ShownWarning> warnings;
  std::map<std::string, ShownBug> bugs;  // by policy: of every match, relation and warning
  std::vector<std::string> notes;        // what is missing from a source, what was left out; a sentence each
  std::vector<Error> unread;             // sources that could not be read
  bool complete = true;                  // no file of policies had a mistake
};

struct CrashFormat {
  std::string name;
  std::string (*render)(const CrashView& view, const Style& style) = nullptr;
  // The exit status that readers of this format expect; nullptr for hardenctl's own.
  int (*status)(const CrashView& view) = nullptr;
};
// In the order of their names.
const std::vector<CrashFormat>& crash_formats();

std::string crash_json(const CrashView& view);
std::string crash_text(const CrashView& view, const Style& style);

// Whether it is a policy's, whatever the confidence.
bool is_known(const ShownCrash& crash);
// "title; of the known bug ID (certain: evidence)", or that no policy fits. One line, not escaped.
std::string in_one_line(const ShownCrash& crash);
// "ip6mr_sk_done+0x60/0xf0 [module], file:line".
std::string describe(const CodePlace& place);

}  // namespace harden
