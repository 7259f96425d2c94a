// SPDX-License-Identifier: Apache-2.0
//
// The lines of one report while it is read, and what can be said of them.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/crash/forms.h"
#include "harden/crash.h"

namespace harden::crash {

struct ReportLine {
  std::size_t begin = 0;  // of the message, in the report's text
  std::size_t length = 0;
  bool own = true;  // false: of another caller, or not the kernel's
};

struct Report {
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  const Form* form = nullptr;  // of the line that began it
  std::string text;
  std::vector<ReportLine> lines;  // what was cut here before it too
  std::size_t head = 0;           // the line that began it
  std::size_t second = kNone;     // where another report began inside
  std::int64_t caller = -1;
  bool stamped = false;

  std::string_view line(std::size_t i) const { return std::string_view(text).substr(lines[i].begin, lines[i].length); }
};

// The form of a line, `never` ones too; null for ordinary lines.
const Form* form_of(std::string_view message);

// Whether a line heads the report that is open once more: decoded, a head stands once for each function inlined there.
bool heads_again(const Report& report, std::string_view message);

struct Title {
  std::string text;
  std::vector<std::string> alternatives;
  CrashType type = CrashType::other;
  std::string corrupted_why;  // "" where it is whole
  std::size_t end = 0;        // the lines of the report it is taken from end here
  bool own_only = true;       // and other callers' lines are not among them
};
Title title_of(const Report& report);

// Words of a message as they go into a title: addresses ADDR, numbers NUM, at most 120 bytes.
std::string without_numbers(std::string_view words);

// Without what the names of system calls begin with: "__x64_sys_futex" is "sys_futex", "__se_sys_futex" and
// "SyS_futex" are "futex"; "smp_call_function_single" is "smp_call_function".
std::string common_name(std::string_view function);

// The function to blame, of lines that begin with the one that says what happened; "" where none is found.
std::string blamed(const Form& form, std::string_view named, std::span<const std::string_view> lines);

// The same where the kernel was sure of no frame, as kernels built without frame pointers are: of the doubtful ones.
std::string blamed_in_doubt(const Form& form, std::span<const std::string_view> lines);

// Whether there are frames and the kernel was sure of none.
bool sure_of_none(std::span<const std::string_view> lines);

// What is missing of a report of this form, in words; "" where it is whole.
std::string why_not_whole(const Form& form, std::span<const std::string_view> lines);

// The frames of a report and its instruction pointer, which with the title are its fingerprint.
void read_stack(std::span<const std::string_view> lines, CrashRecord& record);

// Everything else it says: registers, who ran, on what.
void read_details(std::span<const std::string_view> lines, CrashRecord& record);

// The kernel's release and version of a line "Linux version …"; whether it is one.
bool read_banner(std::string_view message, std::string& release, std::string& version);

// "G W OE" in words, Documentation/admin-guide/tainted-kernels.rst; two letters mean something else in the
// kernels of Red Hat 6 and 7, which the release tells.
std::vector<std::string> taint_words(std::string_view letters, std::string_view release);

}  // namespace harden::crash
