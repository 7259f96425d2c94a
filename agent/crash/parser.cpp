// SPDX-License-Identifier: Apache-2.0
//
// Lines in, records out. Nearly all lines of a log are of no interest and are
// left after one search for fixed words; only from a line that begins a report
// on is every line read.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <span>

#include "agent/crash/anchors.h"
#include "agent/crash/frame.h"
#include "agent/crash/line.h"
#include "agent/crash/precursor.h"
#include "agent/crash/records.h"
#include "agent/crash/report.h"
#include "agent/crash/watch.h"
#include "harden/crash.h"

namespace harden {

namespace {

using namespace crash;

constexpr std::size_t kLongestLine = 4096;  // the rest of a longer one is dropped
constexpr std::size_t kLongestKept = 1024;  // of a line within a report
constexpr std::size_t kLongestText = 64 << 10;
constexpr std::size_t kMostLines = 4000;
constexpr std::size_t kMostOpen = 4;
constexpr int kMostQuiet = 100;      // lines in a row that belong to no report
constexpr int kFramesOfTrace = 3;    // a stack, not a function named by the way
constexpr double kMostSilence = 60;  // seconds

constexpr std::uint8_t kReport = 1;
constexpr std::uint8_t kPrecursor = 2;
constexpr std::uint8_t kWatched = 4;
constexpr std::uint8_t kBanner = 8;
constexpr std::uint8_t kFirmware = 16;
constexpr std::uint8_t kOrderly = 32;

constexpr std::array<std::string_view, 5> kFirmwareWords = {"SeaBIOS (version", "early console in extract_kernel",
                                                            "U-Boot SPL", "U-Boot 20", "Decompressing Linux"};
constexpr std::array<std::string_view, 7> kOrderlyWords = {
    "Restarting system", "reboot: Power down", "reboot: System halted", "Starting new kernel",
    "sysrq: Resetting",  "systemd-shutdown",   "Rebooting in"};

using Anchoring = std::shared_ptr<const Anchors>;

Anchoring anchors_with(const Watch& watch) {
  std::vector<std::pair<std::string, std::uint8_t>> words;
  for (const Form* form : all_forms()) words.emplace_back(form->anchor, kReport);
  for (const std::string_view word : precursor_words()) words.emplace_back(word, kPrecursor);
  for (const std::string_view word : kFirmwareWords) words.emplace_back(word, kFirmware);
  for (const std::string_view word : kOrderlyWords) words.emplace_back(word, kOrderly);
  for (const std::string& word : watch.words()) words.emplace_back(word, kWatched);
  words.emplace_back("Linux version ", kBanner);
  return std::make_shared<const Anchors>(words);
}

// Without patterns they are the same for all.
const Anchoring& plain_anchors() {
  static const Anchoring kAnchors = anchors_with(Watch());
  return kAnchors;
}

// A line that only reports have, other than a frame: a register, or the words around them.
bool looks_reported(std::string_view text) {
  static constexpr std::array<std::string_view, 18> kStarts = {"CPU:",
                                                               "CR2:",
                                                               "Call ",
                                                               "Code:",
                                                               "Hardware name:",
                                                               "Kernel Offset",
                                                               "Kernel panic",
                                                               "---[ end",
                                                               "Modules linked in:",
                                                               "RSP:",
                                                               "Read of size",
                                                               "Rebooting in",
                                                               "Tainted:",
                                                               "Workqueue:",
                                                               "page:",
                                                               "pstate",
                                                               "stack backtrace:",
                                                               "task:"};
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto begins = [&](std::string_view start) { return text[0] == start[0] && text.starts_with(start); };
  if (!text.empty() && std::ranges::any_of(kStarts, begins)) return true;
  return text.find("at: ") != std::string_view::npos || text.find("lock") != std::string_view::npos;
}

// No report, but a stack comes with it.
bool tells_of_another_stack(std::string_view text) {
  static constexpr std::array<std::string_view, 3> kWords = {
      "allocation failure:", "FAULT_INJECTION: forcing a failure", "FAULT_FLAG_ALLOW_RETRY missing"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// A system call as a fuzzer prints it: "tkill(r8, 0x13)".
bool looks_called(std::string_view text) {
  const std::size_t open = text.find('(');
  return text.ends_with(')') && open != 0 && open < 40 && text.substr(0, open).find(' ') == std::string_view::npos;
}

struct Open {
  Report report;
  std::int64_t line = 0;
  std::optional<double> uptime;
  std::optional<double> last;  // the time of its last line
  std::size_t reported = 0;    // lines up to here belong to it surely
  int quiet = 0;
  bool traced = false;
  int frames = 0;
  int boot = 0;
  Precursors::Mark precursors;  // that came before it
};

bool severe(CrashType type) { return !sign_of(type).has_value(); }

}  // namespace

class CrashParser::State {
 public:
  State() = default;
  State(Watch watch, Anchoring anchors) : watch_(std::move(watch)), anchors_(std::move(anchors)) {}

  void watch_for(const std::vector<std::string>& patterns) {
    watch_ = Watch(patterns);
    anchors_ = watch_.words().empty() ? plain_anchors() : anchors_with(watch_);
  }

  void feed(std::string_view piece) {
    while (!piece.empty()) {
      const auto* const end = static_cast<const char*>(std::memchr(piece.data(), '\n', piece.size()));
      const std::size_t length = end == nullptr ? piece.size() : static_cast<std::size_t>(end - piece.data());
      if (end != nullptr && partial_.empty()) {
        take(piece.substr(0, std::min(length, kLongestLine)));
      } else {
        partial_.append(piece.substr(0, std::min(length, kLongestLine - partial_.size())));
        partial_began_ = true;
        if (end != nullptr) take_partial();
      }
      piece.remove_prefix(end == nullptr ? length : length + 1);
    }
  }

  Reading finish() {
    if (partial_began_) take_partial();
    while (!open_.empty()) close_oldest();
    Reading reading;
    reading.more = records_.more();
    reading.crashes = records_.take();
    reading.kernel = kernel_;
    for (const CrashRecord& record : reading.crashes) {
      if (reading.kernel.empty()) reading.kernel = record.kernel;
    }
    if (reading.crashes.empty()) reading.precursors = precursors_.all();
    State fresh(std::move(watch_), std::move(anchors_));
    *this = std::move(fresh);
    return reading;
  }

 private:
  void take_partial() {
    take(partial_);
    partial_.clear();
    partial_began_ = false;
  }

  void take(std::string_view raw) {
    ++line_;
    std::uint8_t flags = anchors_->in(raw);
    if (watch_.every_line()) flags |= kWatched;
    if (flags != 0 || !open_.empty()) {
      const bool dirty = needs_cleaning(raw);
      const std::string clean = dirty ? cleaned(raw) : std::string();
      for (std::string_view rest = dirty ? std::string_view(clean) : raw, one; next_message(rest, one);)
        read(read_line(one), flags);
    }
    recent_[static_cast<std::size_t>(line_) % recent_.size()].assign(raw.substr(0, kLongestKept));
  }

  void read(const Line& line, std::uint8_t flags) {
    if (line.text.starts_with("** replaying previous")) return;
    if ((flags & kOrderly) != 0) orderly_ = true;
    if ((flags & kFirmware) != 0) boots_again();
    if ((flags & kBanner) != 0) greets(line);
    const bool kernel = (flags & (kReport | kPrecursor)) != 0 && !from_program(line);
    const Form* form = (flags & kReport) != 0 && kernel ? form_of(line.text) : nullptr;
    if (form == nullptr || !begins(*form, line)) append(line);
    if ((flags & kPrecursor) != 0 && form == nullptr && kernel) {
      if (const auto kind = precursor_kind(line.text)) precursors_.note(*kind, line.text);
    }
    if ((flags & kWatched) != 0 && watch_.matches(line.text)) precursors_.note(Precursor::Kind::pattern, line.text);
    while (!open_.empty() && done(open_.front(), line)) close_oldest();
  }

  void greets(const Line& line) {
    std::string release;
    std::string version;
    if (!read_banner(line.text, release, version)) return;
    if (kernel_.empty()) kernel_ = release;
    while (!open_.empty()) close_oldest();
    if (banner_) ++boot_;
    if (banner_ || !precursors_.all().empty()) precursors_.clear();
    banner_ = true;
    orderly_ = false;
    release_ = release;
    version_ = version;
  }

  // Firmware speaks where a system was running, and nothing said that it would end.
  void boots_again() {
    bool running = false;
    for (const std::string& raw : recent_) {
      const std::string clean = cleaned(raw);
      const Line line = read_line(clean);
      running = running || line.time.value_or(0) > 5 || looks_called(line.text);
    }
    const bool crashed = !open_.empty() || records_.any_of_boot(boot_);
    if (!running || orderly_ || crashed) return;
    CrashRecord record;
    record.title = "unexpected kernel reboot";
    record.line = line_;
    record.kernel = release_;
    record.precursors = precursors_.all();
    records_.keep(std::move(record), boot_);
  }

  Open* open_for(const Line& line) {
    const auto found =
        std::find_if(open_.rbegin(), open_.rend(), [&](const Open& one) { return one.report.caller == line.caller; });
    return found == open_.rend() ? nullptr : &*found;
  }

  // Whether the line began a report.
  bool begins(const Form& form, const Line& line) {
    if (form.role == Role::never) return false;
    Open* within = open_for(line);
    if (within != nullptr && heads_again(within->report, line.text)) return false;
    const bool mild = within != nullptr && !severe(within->report.form->type);
    if (within != nullptr && form.role == Role::follows) return false;
    if (within != nullptr && form.role == Role::if_traced) return false;
    // A line of loud words without a trace was the beginning of this one, or nothing.
    std::erase_if(open_, [&](const Open& one) {
      return one.report.caller == line.caller && one.report.form->role == Role::if_traced && !one.traced;
    });
    within = open_for(line);
    if (within != nullptr && form.role == Role::unless_oops && (!mild || within->frames < kFramesOfTrace)) return false;
    if (within != nullptr) within->report.second = std::min(within->report.second, within->report.lines.size());
    if (open_.size() >= kMostOpen) close_oldest();
    append(line);  // what is open sees where the other began
    open_.push_back(opened(form, line));
    if (const auto sign = sign_of(form.type); sign && form.role != Role::if_traced) precursors_.note(*sign, line.text);
    return true;
  }

  Open opened(const Form& form, const Line& line) {
    Open one;
    one.report.form = &form;
    one.report.caller = line.caller;
    one.report.stamped = line.stamped;
    one.line = line_;
    one.uptime = line.time;
    one.last = line.time;
    one.boot = boot_;
    one.precursors = precursors_.mark();
    for (const std::string& before : since_cut(line)) add(one, before, true);
    one.report.head = one.report.lines.size();
    add(one, line.text, true);
    one.reported = one.report.lines.size();
    return one;
  }

  // The lines from "[ cut here ]" to this one: what a WARN says stands there.
  std::vector<std::string> since_cut(const Line& line) const {
    std::vector<std::string> lines;
    for (std::int64_t at = line_ - 1; at > line_ - static_cast<std::int64_t>(recent_.size()) && at > 0; --at) {
      const std::string clean = cleaned(recent_[static_cast<std::size_t>(at) % recent_.size()]);
      const Line before = read_line(clean);
      if (before.caller != line.caller || before.stamped != line.stamped) continue;
      lines.emplace(lines.begin(), before.text);
      if (before.text.find("cut here") != std::string_view::npos) return lines;
    }
    return {};
  }

  static void add(Open& one, std::string_view text, bool own) {
    text = text.substr(0, kLongestKept);
    one.report.lines.push_back({one.report.text.size(), text.size(), own});
    one.report.text.append(text).push_back('\n');
  }

  void append(const Line& line) {
    if (open_.empty()) return;
    const bool frame = read_frame(line.text).has_value();
    const bool traced = frame || begins_trace(line.text) || read_instruction_pointer(line.text).has_value();
    const bool reported = traced || looks_reported(line.text);
    for (Open& one : open_) {
      // A stack is the kernel's also where a program that keeps logs took the times off it.
      const bool kernel = line.stamped || !one.report.stamped || (frame && line.caller == kNoCaller);
      const bool own = one.report.caller == line.caller && kernel;
      if (own && tells_of_another_stack(line.text))
        one.report.second = std::min(one.report.second, one.report.lines.size());
      add(one, line.text, own);
      if (!own) continue;
      if (line.time) one.last = line.time;
      one.traced = one.traced || traced;
      if (reported) {
        one.quiet = 0;
        if (frame) ++one.frames;
        one.reported = one.report.lines.size();
      } else {
        ++one.quiet;
      }
    }
  }

  static bool done(const Open& one, const Line& line) {
    const bool silent = one.last && line.time && *line.time - *one.last > kMostSilence;
    return silent || one.quiet > kMostQuiet || one.report.text.size() > kLongestText ||
           one.report.lines.size() > kMostLines;
  }

  void close_oldest() {
    Open one = std::move(open_.front());
    open_.erase(open_.begin());
    if (one.report.form->role == Role::if_traced && !one.traced) return;
    one.report.lines.resize(std::max(one.reported, one.report.head + 1));
    keep(one);
  }

  void keep(const Open& one) {
    Title title = title_of(one.report);
    CrashRecord record;
    std::vector<std::string_view> lines;
    for (std::size_t i = 0; i < title.end; ++i) {
      if (!one.report.lines[i].own && title.own_only) continue;
      lines.push_back(one.report.line(i));
    }
    const auto before = static_cast<std::size_t>(
        std::count_if(one.report.lines.begin(), one.report.lines.begin() + static_cast<std::ptrdiff_t>(one.report.head),
                      [&](const ReportLine& line) { return line.own || !title.own_only; }));
    const auto reported = std::span(lines).subspan(std::min(before, lines.size()));
    record.title = std::move(title.text);
    record.alternative_titles = std::move(title.alternatives);
    record.type = title.type;
    record.corrupted = !title.corrupted_why.empty();
    record.corrupted_why = std::move(title.corrupted_why);
    record.line = one.line;
    record.uptime = one.uptime;
    read_stack(reported, record);
    if (records_.counted(record)) return;
    for (const std::string_view line : lines) {
      if (record.text.size() + line.size() < kLongestText) record.text.append(line).push_back('\n');
    }
    read_details(reported, record);
    record.precursors = precursors_.at(one.precursors);
    if (record.kernel.empty()) record.kernel = release_;
    if (record.kernel == release_ && !version_.empty()) record.kernel_version = version_;
    records_.keep(std::move(record), one.boot);
  }

  Watch watch_;
  Anchoring anchors_ = plain_anchors();
  std::string partial_;
  bool partial_began_ = false;
  std::int64_t line_ = 0;
  std::array<std::string, 6> recent_;
  std::vector<Open> open_;
  Records records_;
  Precursors precursors_;
  std::string kernel_;   // the first the text names
  std::string release_;  // of this boot's banner
  std::string version_;
  bool banner_ = false;
  bool orderly_ = false;
  int boot_ = 0;
};

CrashParser::CrashParser() : state_(std::make_unique<State>()) {}
CrashParser::~CrashParser() = default;
CrashParser::CrashParser(CrashParser&&) noexcept = default;
CrashParser& CrashParser::operator=(CrashParser&&) noexcept = default;

void CrashParser::watch_for(const std::vector<std::string>& patterns) { state_->watch_for(patterns); }
void CrashParser::feed(std::string_view piece) { state_->feed(piece); }
CrashParser::Reading CrashParser::finish() { return state_->finish(); }

CrashParser::Reading parse_crashes(std::string_view text, const std::vector<std::string>& patterns) {
  CrashParser parser;
  parser.watch_for(patterns);
  parser.feed(text);
  return parser.finish();
}

}  // namespace harden
