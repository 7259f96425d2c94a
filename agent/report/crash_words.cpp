// SPDX-License-Identifier: Apache-2.0
//
// What several formats of crashes say in the same words.
#include <cstdio>

#include "agent/report/crash_report.h"

namespace harden {
namespace {

std::string hex(std::uint64_t number) {
  char text[16 + 1];
  std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

bool is_known(const ShownCrash& crash) { return !crash.matches.empty(); }

std::string in_one_line(const ShownCrash& crash) {
  if (!is_known(crash)) return crash.record.title + "; no policy fits this crash";
  const CrashMatch& match = crash.matches.front();
  std::string text =
      crash.record.title + "; of the known bug " + match.policy + " (" + std::string(to_string(match.confidence));
  if (!match.evidence.empty()) text += ": " + match.evidence.front();
  return text + ")";
}

std::string describe(const CodePlace& place) {
  std::string text = place.function;
  if (place.offset) text += "+0x" + hex(*place.offset);
  if (place.offset && place.size) text += "/0x" + hex(*place.size);
  if (!place.module.empty()) text += " [" + place.module + "]";
  if (!place.where.empty()) text += ", " + place.where;
  return text;
}

}  // namespace harden
