// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/report/report.h"
#include "agent/report/terminal.h"
#include "agent/sysctl/explain.h"

namespace harden {
namespace {

constexpr std::size_t kWidestPlace = 56;
constexpr std::size_t kWidestText = 44;
constexpr std::size_t kMostMalformed = 10;

std::string place_of(const sysctl::Line& line) { return line.file + ":" + std::to_string(line.number); }

std::string written(const sysctl::Line& line) {
  const std::string dash = line.ignores_failure || !line.value ? "-" : "";
  return dash + line.written + (line.value ? " = " + *line.value : "");
}

// "overridden by /etc/sysctl.d/99-x.conf:3"
std::string role_text(const sysctl::Line& line) {
  const std::string by = line.by.empty() ? "" : " by " + line.by;
  switch (line.role) {
    case sysctl::Role::effective:
    case sysctl::Role::overridden:
    case sysctl::Role::shadowed:
    case sysctl::Role::masked: return std::string(sysctl::to_string(line.role)) + by;
    case sysctl::Role::excluded: return line.effective ? "keeps globs away" : "exclusion, undone" + by;
    case sysctl::Role::glob:
      if (!line.effective && by.empty()) return "glob, which this version takes for a name";
      return line.effective ? "glob, effective" : "glob, beaten" + by;
    case sysctl::Role::not_read: return line.by.empty() ? "this file is not read" : "read as " + line.by;
  }
  return {};
}

Paint paint_of(const sysctl::Line& line) { return line.effective ? Paint::green : Paint::dim; }

std::size_t widest(const std::vector<sysctl::Line>& lines, std::string (*text)(const sysctl::Line&), std::size_t most) {
  std::size_t width = 0;
  for (const sysctl::Line& line : lines) width = std::max(width, cells(plain(text(line))));
  return std::min(width, most);
}

std::string line_rows(const sysctl::Answer& answer, const Style& style) {
  if (answer.lines.empty()) return "  no line of any file concerns this key\n";
  const std::size_t places = widest(answer.lines, place_of, kWidestPlace);
  const std::size_t texts = widest(answer.lines, written, kWidestText);
  std::string out;
  for (const sysctl::Line& line : answer.lines) {
    out += "  " + plain(place_of(line), places) + "  " + plain(written(line), texts) + "  " +
           painted(plain(role_text(line)), paint_of(line), style) + "\n";
  }
  return out;
}

std::string malformed_rows(const sysctl::Verdict& verdict, const Style& style) {
  if (verdict.malformed.empty()) return {};
  std::string out = "  lines it can make nothing of:\n";
  std::size_t shown = 0;
  for (const sysctl::Malformed& line : verdict.malformed) {
    if (shown++ == kMostMalformed) {
      return out + "    … " + std::to_string(verdict.malformed.size() - kMostMalformed) + " more\n";
    }
    out += "    " + plain(line.file + ":" + std::to_string(line.number)) + "  " +
           painted(shortened(line.text, kWidestText), Paint::yellow, style) + "\n";
  }
  return out;
}

std::string now_row(const sysctl::Report& report, const Style& style) {
  const std::string label = "  now           ";
  const std::string from = painted("  <- /proc/sys/" + plain(report.path), Paint::dim, style);
  if (report.running) return label + painted(plain(*report.running), Paint::bold, style) + from + "\n";
  const Error& error = report.running.error();
  if (error.code != Errc::absent) {
    return label + painted("unknown: " + plain(error.message), Paint::yellow, style) + from + "\n";
  }
  std::string why = "pending: this kernel does not have the key now";
  if (!report.interface.empty()) why += "; there is no interface " + report.interface;
  if (!report.module.empty()) why += "; the module " + std::string(report.module) + " is likely to bring it";
  return label + painted(plain(why), Paint::yellow, style) + "\n";
}

std::string boot_row(const sysctl::Report& report, const sysctl::Verdict& verdict, const Style& style) {
  const sysctl::Line* line = verdict.answer.winning();
  std::string out = "  at next boot  ";
  if (line == nullptr) {
    out += "as the kernel has it";
  } else {
    const std::string value = line->value.value_or("");
    out += painted(value.empty() ? "(empty)" : plain(value), Paint::bold, style);
  }
  out += "  by " + std::string(sysctl::to_string(verdict.use.applier));
  if (line != nullptr) out += painted("  <- " + plain(place_of(*line)), Paint::dim, style);
  return out + "\n" + paragraph(16, "", sysctl::interface_note(report, verdict), style);
}

std::string render(const sysctl::Report& report, const Style& style) {
  const bool told = report.any_in_use();
  std::string out = painted(plain(report.key), Paint::bold, style) + "\n" + now_row(report, style);
  std::string rows;
  for (const sysctl::Verdict& verdict : report.verdicts) {
    if (told && !verdict.use.in_use) continue;
    out += boot_row(report, verdict, style);
    rows += "\n" + std::string(sysctl::to_string(verdict.use.applier)) +
            painted("  (" + plain(verdict.use.because) + ")", Paint::dim, style) + "\n" +
            (verdict.no_globs.empty() ? "" : paragraph(2, "", verdict.no_globs, style)) +
            line_rows(verdict.answer, style) + malformed_rows(verdict, style);
  }
  if (!told) out += paragraph(2, "", "Which program applies these files at boot cannot be told on this host.", style);
  for (const Error& error : report.problems) {
    out += paragraph(2, "may be wrong: ", describe(error), style);
  }
  return out + rows;
}

const RegisterFormat registered(SysctlFormat{"text", render});

}  // namespace
}  // namespace harden
