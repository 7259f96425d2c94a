// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "agent/core/text.h"
#include "agent/crash/frame.h"
#include "agent/crash/report.h"

namespace harden::crash {

namespace {

constexpr std::size_t kMostFrames = 64;
constexpr std::size_t kMostModules = 256;
constexpr std::size_t kLongestWord = 256;

using text::to_hex;

// What stands between two marks; the end of the text closes too where `end` is "".
std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
  const std::size_t at = text.find(begin);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + begin.size());
  const std::size_t stop = end.empty() ? text.size() : text.find(end);
  return stop == std::string_view::npos ? std::string_view() : text.substr(0, stop);
}

std::optional<std::int64_t> number_after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text::trim(text.substr(at + mark.size()).substr(0, 32));
  return text::to_int(rest.substr(0, std::min(rest.find_first_not_of("0123456789"), rest.size())));
}

bool taint_letters(std::string_view word) {
  return std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Red Hat puts "------------" among the letters.
bool dashes(std::string_view word) { return word.find_first_not_of('-') == std::string_view::npos; }

// "Tainted: G        W  OE     3.10.0-862.el7.x86_64 #1", "Tainted: [W]=WARN, …" on a line of its own since 6.12.
void read_taint(std::string_view rest, CrashRecord& record) {
  std::string letters;
  for (const std::string_view word : text::words(rest)) {
    if (dashes(word)) continue;
    if (!taint_letters(word)) break;
    letters += std::string(letters.empty() ? "" : " ") + std::string(word);
  }
  record.taint = letters;
}

// "CPU: 0 UID: 0 PID: 1 Comm: name Not tainted 6.1.0-18-amd64 #1 Debian 6.1.76-1", and "Pid: 1, comm: name Not tainted
// …" of 2.6 and 3.x.
void read_who(std::string_view line, CrashRecord& record) {
  const bool old = line.find("Pid: ") != std::string_view::npos;
  record.pid = number_after(line, old ? "Pid: " : "PID: ");
  if (!old) {
    if (const auto cpu = number_after(line, "CPU: "); cpu && *cpu < 1'000'000) record.cpu = static_cast<int>(*cpu);
  }
  std::string_view rest = between(line, old ? "omm: " : "Comm: ", "");
  std::size_t end = rest.find(" Not tainted");
  std::string_view after = end == std::string_view::npos ? "" : rest.substr(end + 12);
  if (end == std::string_view::npos) {
    end = rest.find(" Tainted: ");
    if (end == std::string_view::npos) return;
    after = rest.substr(end + 10);
    read_taint(after, record);
  }
  record.comm = text::trim(rest.substr(0, std::min({end, rest.find(" Kdump: "), kLongestWord})));
  const auto words = text::words(after);
  auto release =
      std::ranges::find_if(words, [](std::string_view word) { return !taint_letters(word) && !dashes(word); });
  if (release == words.end() || release->starts_with('#')) return;
  record.kernel = release->substr(0, kLongestWord);
  ++release;
  if (release == words.end() || !release->starts_with('#')) return;
  record.kernel_version = text::trim(std::string_view(release->begin(), line.end()).substr(0, kLongestWord));
}

void read_modules(std::string_view rest, CrashRecord& record) {
  for (std::string_view word : text::words(rest)) {
    if (word.starts_with("[last")) return;
    word = word.substr(0, word.find('('));
    if (!word.empty() && record.modules.size() < kMostModules) record.modules.emplace_back(word.substr(0, 64));
  }
}

// Where each architecture says which address could not be reached.
void read_address(std::string_view line, CrashRecord& record) {
  static constexpr std::array<std::string_view, 9> kMarks = {"pointer dereference at virtual address ",
                                                             "paging request at virtual address ",
                                                             "page fault for address: ",
                                                             "pointer dereference, address: ",
                                                             "pointer dereference at ",
                                                             "paging request at ",
                                                             "non-canonical address ",
                                                             "data at address ",
                                                             "at virtual address "};
  if (record.fault_address) return;
  if (line.find(" at ") == std::string_view::npos && line.find("address") == std::string_view::npos &&
      !line.starts_with("CR2: "))
    return;
  for (const std::string_view mark : kMarks) {
    const std::size_t at = line.find(mark);
    if (at == std::string_view::npos) continue;
    std::string_view rest = line.substr(at + mark.size());
    if (rest.starts_with("0x")) rest.remove_prefix(2);
    record.fault_address = to_hex(rest.substr(0, rest.find_first_not_of("0123456789abcdefABCDEF")));
    if (record.fault_address) return;
  }
  if (line.starts_with("CR2: ")) record.fault_address = to_hex(line.substr(5, 16));
}

void read_line_of(std::string_view line, CrashRecord& record) {
  if (record.comm.empty() && (line.find(" Comm: ") != std::string_view::npos || line.starts_with("Pid: ")))
    read_who(line, record);
  if (record.hardware.empty() && line.starts_with("Hardware name: ")) record.hardware = line.substr(15, kLongestWord);
  if (record.modules.empty() && line.starts_with("Modules linked in:")) read_modules(line.substr(18), record);
  if (record.taint.empty() && line.starts_with("Tainted: [")) {
    std::string letters;
    for (std::size_t at = line.find('['); at != std::string_view::npos && at + 2 < line.size();
         at = line.find('[', at + 1)) {
      if (line[at + 2] == ']' && line[at + 1] >= 'A' && line[at + 1] <= 'Z')
        letters += std::string(letters.empty() ? "" : " ") + line[at + 1];
    }
    record.taint = letters;
  }
}

// "CPU#0 stuck for 22s! [kworker/0:2:1400]", "task jbd2/sda-8:3563 blocked": where no "Comm:" follows.
void read_victim(std::string_view line, CrashRecord& record) {
  std::string_view who = between(line, "INFO: task ", " blocked for");
  if (who.empty() && line.find("stuck for") != std::string_view::npos && line.ends_with(']')) {
    who = line.substr(line.rfind('[') + 1);
    who.remove_suffix(1);
    if (const auto cpu = number_after(line, "CPU#"); cpu && *cpu < 1'000'000) record.cpu = static_cast<int>(*cpu);
  }
  const std::size_t colon = who.rfind(':');
  if (colon == std::string_view::npos) return;
  record.comm = who.substr(0, std::min(colon, kLongestWord));
  record.pid = text::to_int(who.substr(colon + 1));
}

}  // namespace

// Frames up to the end of the first trace that has any.
void read_stack(std::span<const std::string_view> lines, CrashRecord& record) {
  bool traced = false;
  for (const std::string_view line : lines) {
    if (begins_trace(line)) {
      if (traced && !record.frames.empty()) return;
      traced = true;
    }
    if (!record.at) record.at = read_instruction_pointer(line);
    auto frame = read_frame(line);
    if (!frame || record.frames.size() >= kMostFrames) continue;
    if (record.at && frame->place.function == record.at->function && frame->place.offset == record.at->offset &&
        frame->reliable)
      continue;
    record.frames.push_back(std::move(*frame));
  }
}

void read_details(std::span<const std::string_view> lines, CrashRecord& record) {
  if (lines.empty()) return;
  for (const std::string_view line : lines) {
    const std::string_view trimmed = text::trim(line);
    read_address(trimmed, record);
    read_line_of(trimmed, record);
  }
  record.taints = taint_words(record.taint, record.kernel);
  read_victim(lines.front(), record);
}

bool read_banner(std::string_view message, std::string& release, std::string& version) {
  if (!message.starts_with("Linux version ")) return false;
  const std::string_view rest = message.substr(14);
  release = rest.substr(0, std::min({rest.find(' '), rest.size(), kLongestWord}));
  const std::size_t hash = rest.rfind(" #");
  version = hash == std::string_view::npos ? std::string() : std::string(rest.substr(hash + 1, kLongestWord));
  return !release.empty();
}

std::vector<std::string> taint_words(std::string_view letters, std::string_view release) {
  // Red Hat's own, of bits that its kernels since 4.18 use otherwise.
  static const std::map<char, std::string_view> kRedHat = {
      {'H', "hardware that Red Hat does not support"},
      {'T', "a technology preview is in use"},
  };
  static const std::map<char, std::string_view> kWords = {
      {'P', "a proprietary module was loaded"},
      {'F', "a module was loaded by force"},
      {'S', "the system runs out of its specification"},
      {'R', "a module was unloaded by force"},
      {'M', "a processor reported a machine check"},
      {'B', "a bad page was found"},
      {'U', "user space asked for the taint"},
      {'D', "the kernel died before: an oops or BUG"},
      {'A', "an ACPI table was overridden"},
      {'W', "the kernel warned before"},
      {'C', "a staging driver was loaded"},
      {'I', "a firmware bug was worked around"},
      {'O', "a module from outside the tree was loaded"},
      {'E', "an unsigned module was loaded"},
      {'L', "a soft lockup happened before"},
      {'K', "the kernel was live patched"},
      {'X', "auxiliary taint of the distribution"},
      {'T', "built with structure layout randomisation"},
      {'N', "an in-kernel test ran"},
      {'J', "user space used a mutating debug operation of fwctl"},
  };
  const bool red_hat = release.find(".el6") != std::string_view::npos || release.find(".el7") != std::string_view::npos;
  std::vector<std::string> words;
  for (const char letter : letters) {
    const auto own = kRedHat.find(letter);
    const auto found = kWords.find(letter);
    if (red_hat && own != kRedHat.end()) {
      words.emplace_back(own->second);
    } else if (found != kWords.end()) {
      words.emplace_back(found->second);
    }
  }
  return words;
}

}  // namespace harden::crash
