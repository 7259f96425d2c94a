// SPDX-License-Identifier: Apache-2.0
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "agent/core/text.h"
#include "agent/crash/report.h"

namespace harden::crash {

namespace {

constexpr std::size_t kLongestTitle = 120;
constexpr int kGroups = 5;  // of one pattern at most

// Logs hold any bytes; as UTF-8 a stray one would match nothing.
RE2::Options latin1() {
  RE2::Options options(RE2::Quiet);
  options.set_encoding(RE2::Options::EncodingLatin1);
  return options;
}

struct Compiled {
  const Form* form;
  std::unique_ptr<RE2> line;
  std::unique_ptr<RE2> later;  // null: none needed
  int named = 0;               // the number of the group "f"; 0: none
  int named_later = 0;
};

int number_of_f(const RE2& pattern) {
  const auto& groups = pattern.NamedCapturingGroups();
  const auto found = groups.find("f");
  return found == groups.end() ? 0 : found->second;
}

const std::vector<Compiled>& compiled_forms() {
  static const std::vector<Compiled> kForms = [] {
    std::vector<Compiled> all;
    for (const Form* form : all_forms()) {
      Compiled one{form, std::make_unique<RE2>(form->line, latin1()), nullptr};
      one.named = number_of_f(*one.line);
      if (*form->later != '\0') one.later = std::make_unique<RE2>(form->later, latin1());
      if (one.later) one.named_later = number_of_f(*one.later);
      all.push_back(std::move(one));
    }
    return all;
  }();
  return kForms;
}

using Groups = std::array<re2::StringPiece, kGroups + 1>;

bool matches(const RE2& pattern, std::string_view text, Groups& groups) {
  groups = {};
  const re2::StringPiece piece(text.data(), text.size());
  const int wanted = std::min(pattern.NumberOfCapturingGroups(), kGroups) + 1;
  return pattern.Match(piece, 0, piece.size(), RE2::UNANCHORED, groups.data(), wanted);
}

std::string_view view(re2::StringPiece piece) { return {piece.data(), piece.size()}; }

// The groups of the line and of the later line that a form wants, in order, without "f".
struct Found {
  std::vector<std::string> words;
  std::string named;
};

void take_groups(const Groups& groups, int count, int named, Found& found) {
  for (int i = 1; i <= std::min(count, kGroups); ++i) {
    const std::string_view word = view(groups[static_cast<std::size_t>(i)]);
    if (i == named) found.named = word;
    if (i != named) found.words.push_back(without_numbers(word));
  }
}

std::optional<Found> find(const Compiled& compiled, std::span<const std::string_view> lines) {
  if (lines.empty() || lines.front().find(compiled.form->anchor) == std::string_view::npos) return std::nullopt;
  Groups groups;
  Found found;
  if (!matches(*compiled.line, lines.front(), groups)) return std::nullopt;
  take_groups(groups, compiled.line->NumberOfCapturingGroups(), compiled.named, found);
  if (compiled.later == nullptr) return found;
  for (const std::string_view line : lines.subspan(1)) {
    if (!matches(*compiled.later, line, groups)) continue;
    take_groups(groups, compiled.later->NumberOfCapturingGroups(), compiled.named_later, found);
    return found;
  }
  return std::nullopt;
}

std::string filled(std::string_view pattern, const Found& found, const std::string& function) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '$' || i + 1 == pattern.size()) {
      out += pattern[i];
      continue;
    }
    const char what = pattern[++i];
    const auto number = static_cast<std::size_t>(what - '1');
    if (what == 'f') out += function;
    if (what != 'f' && number < found.words.size()) out += found.words[number];
  }
  return text::folded(out.substr(0, kLongestTitle));
}

struct Range {
  std::size_t end;
  bool own_only;
};

std::vector<std::string_view> lines_of(const Report& report, const Range& range) {
  std::vector<std::string_view> lines;
  for (std::size_t i = report.head; i < std::min(range.end, report.lines.size()); ++i) {
    if (report.lines[i].own || !range.own_only || i == report.head) lines.push_back(report.line(i));
  }
  return lines;
}

void name(Title& title, const Form& form, const Found& found, const std::string& function) {
  const std::string common = common_name(function);
  title.type = form.type;
  title.text = filled(form.title, found, common);
  if (common != function) title.alternatives.push_back(filled(form.title, found, function));
  if (*form.also == '\0') return;
  if (form.blame == Blame::nowhere) {
    title.alternatives.emplace_back(form.also);
    return;
  }
  title.alternatives.push_back(std::string(form.also) + " in " + common);
  if (common != function) title.alternatives.push_back(std::string(form.also) + " in " + function);
}

// The forms from the first on that fits the line that began the report.
std::span<const Compiled> forms_from(const Form* form) {
  const std::span<const Compiled> all = compiled_forms();
  const auto first = std::ranges::find(all, form, &Compiled::form);
  return {first == all.end() ? all.begin() : first, all.end()};
}

// Whether the lines give a form all it asks for.
bool try_range(const Report& report, const Range& range, Title& title) {
  const auto lines = lines_of(report, range);
  for (const Compiled& compiled : forms_from(report.form)) {
    const auto found = find(compiled, lines);
    if (!found || compiled.form->role == Role::never) continue;
    const Form& form = *compiled.form;
    std::string function = form.blame == Blame::nowhere ? "" : blamed(form, found->named, lines);
    if (function.empty() && form.blame != Blame::nowhere && sure_of_none(lines))
      function = blamed_in_doubt(form, lines);
    if (form.blame != Blame::nowhere && function.empty()) return false;
    name(title, form, *found, function);
    title.corrupted_why = why_not_whole(form, lines);
    title.end = std::min(range.end, report.lines.size());
    title.own_only = range.own_only;
    return true;
  }
  return false;
}

// The words alone, where nobody can be blamed.
void name_without_function(const Report& report, Title& title) {
  title.end = report.lines.size();
  title.own_only = false;
  const std::string_view head = report.line(report.head);
  const auto lines = lines_of(report, {report.lines.size(), true});
  for (const Compiled& compiled : forms_from(report.form)) {
    const auto found = find(compiled, lines);
    if (found && compiled.form->role != Role::never) return name(title, *compiled.form, *found, "corrupted");
  }
  title.text = without_numbers(head);
  title.type = report.form->type;
}

}  // namespace

const Form* form_of(std::string_view message) {
  Groups groups;
  for (const Compiled& compiled : compiled_forms()) {
    if (message.find(compiled.form->anchor) == std::string_view::npos) continue;
    if (matches(*compiled.line, message, groups)) return compiled.form;
  }
  return nullptr;
}

bool heads_again(const Report& report, std::string_view message) {
  const std::string_view before = report.line(report.lines.size() - 1);
  const std::size_t place = before.find(" at ");
  return before.starts_with("WARNING: ") && before.find("[inline]") != std::string_view::npos &&
         place != std::string_view::npos && message.starts_with(before.substr(0, place));
}

Title title_of(const Report& report) {
  Title title;
  const Range whole{report.lines.size(), true};
  const Range first{std::min(report.second, report.lines.size()), true};
  if (try_range(report, first, title)) return title;
  if (report.second != Report::kNone && try_range(report, whole, title)) {
    title.corrupted_why = "another report begins inside this one";
    return title;
  }
  if (try_range(report, {report.lines.size(), false}, title)) return title;
  name_without_function(report, title);
  title.corrupted_why = "no function to blame stands in it: it is cut off, or mixed with another";
  return title;
}

std::string without_numbers(std::string_view words) {
  struct Rule {
    RE2 pattern;
    const char* plain;
  };
  static const std::array<Rule, 9> kRules = {{
      {RE2("syz-executor\\.?[0-9]+(?:[/:][0-9]+)?", latin1()), "syz-executor"},
      {RE2("syzkaller[0-9]+(?:[/:][0-9]+)?", latin1()), "syzkaller"},
      {RE2("(^|[^a-zA-Z0-9])(?:0x)?[0-9a-f]{6,}", latin1()), "\\1ADDR"},
      {RE2("[0-9]{1,3}(?:\\.[0-9]{1,3}){3}", latin1()), "IP"},
      {RE2("(\\.\\w+)(?::[0-9]+)+", latin1()), "\\1:LINE"},
      {RE2("([a-zA-Z][a-zA-Z0-9_.]+)\\+0x[0-9a-z]+(?:/0x[0-9a-z]+)?", latin1()), "\\1"},
      {RE2("CPU#[0-9]+", latin1()), "CPU"},
      {RE2("(^|\\W)[0-9]+\\b", latin1()), "\\1NUM"},
      {RE2("[0-9]{7,}", latin1()), "NUM"},
  }};
  std::string out(words.substr(0, 4 * kLongestTitle));
  for (const auto& [pattern, plain] : kRules) RE2::GlobalReplace(&out, pattern, plain);
  return out.substr(0, kLongestTitle);
}

std::string common_name(std::string_view function) {
  static constexpr std::array<std::string_view, 15> kBeginnings = {
      "SYSC_",  "SyS_",  "sys_",  "__x64_",    "__ia32_",   "__arm64_",     "____sys_",    "___sys_",
      "__sys_", "__se_", "ksys_", "__se_sys_", "__do_sys_", "compat_SYSC_", "compat_SyS_",
  };
  if (function.find("smp_call_function") != std::string_view::npos) return "smp_call_function";
  std::size_t longest = 0;
  for (const std::string_view beginning : kBeginnings) {
    if (function.starts_with(beginning)) longest = std::max(longest, beginning.size());
  }
  return std::string(function.substr(longest));
}

}  // namespace harden::crash
