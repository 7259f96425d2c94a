// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/range.h"

#include <algorithm>

#include "agent/core/text.h"
#include "harden/version.h"

namespace harden {
namespace {

enum class Answer { no, maybe, yes };

constexpr std::size_t kMostDigits = 6;

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= kMostDigits && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// A Release whose parts stand in somebody else's text.
struct Outline {
  std::string_view text;
  std::string_view numbers;
  std::string_view branch;
  bool stable = false;
  bool candidate = false;
};

std::optional<Outline> outline_of(std::string_view text) {
  const auto dash = text.find('-');
  Outline outline{text, text.substr(0, dash), {}, false, dash != std::string_view::npos};
  if (outline.candidate && (text.substr(dash, 3) != "-rc" || !is_number(text.substr(dash + 3)))) return std::nullopt;
  const std::size_t branch_parts = outline.numbers.starts_with("2.") ? 3 : 2;
  std::size_t parts = 1;
  std::size_t digits = 0;  // of this part
  for (std::size_t i = 0; i < outline.numbers.size(); ++i) {
    const char c = outline.numbers[i];
    if (c != '.') {
      if (c < '0' || c > '9' || ++digits > kMostDigits) return std::nullopt;
      outline.stable |= parts > branch_parts && c != '0';
    } else {
      if (digits == 0 || ++parts > branch_parts + 1) return std::nullopt;
      if (parts == branch_parts + 1) outline.branch = outline.numbers.substr(0, i);
      digits = 0;
    }
  }
  if (digits == 0 || parts < branch_parts) return std::nullopt;
  if (parts == branch_parts) outline.branch = outline.numbers;
  return outline;
}

// What of a release decides whom it is about. Judging thousands of policies goes
// over many releases, and looks closely at few of them; that they are releases
// was seen when the policy was read.
struct Whose {
  std::string_view branch;
  bool stable = false;
};

Whose whose(std::string_view release) {
  int parts = release.starts_with("2.") ? 3 : 2;
  for (std::size_t i = 0; i < release.size(); ++i) {
    if (release[i] == '-') return {release.substr(0, i)};
    if (release[i] != '.' || --parts > 0) continue;
    const auto digit = release.find_first_not_of('0', i + 1);
    return {release.substr(0, i), digit != release.npos && release[digit] != '-'};
  }
  return {release};
}

// Whether a kernel is at or after a release. An -rc of that very release may
// lack what the release has, or already have it.
Answer reached(const Outline& kernel, std::string_view release) {
  if (kernel_vercmp(kernel.text, release) >= 0) return Answer::yes;
  return kernel.candidate && kernel_vercmp(kernel.numbers, release) == 0 ? Answer::maybe : Answer::no;
}

// What a stable kernel has of mainline is what its branch began with.
Outline mainline_of(const Outline& kernel) {
  if (!kernel.stable) return kernel;
  return {kernel.branch, kernel.branch, kernel.branch};
}

// What a policy's ranges say that matters to one kernel; nullptr where they do
// not say. Found in one pass, for judging thousands of policies is mostly this.
struct Bearing {
  const std::string* own_introduction = nullptr;  // the release of its branch that took the fault
  const std::string* mainline_introduction = nullptr;
  const FixedIn* own_fix = nullptr;
  const FixedIn* mainline_fix = nullptr;
};

template <typename T>
void take_first(const T*& place, const T& found) {
  if (place == nullptr) place = &found;
}

Bearing bearing_of(const Affected& affected, const Outline& kernel) {
  Bearing bearing;
  for (const std::string& text : affected.introduced) {
    const Whose release = whose(text);
    if (!release.stable) take_first(bearing.mainline_introduction, text);
    if (release.stable && release.branch == kernel.branch) take_first(bearing.own_introduction, text);
  }
  for (const FixedIn& fix : affected.fixed) {
    const Whose release = whose(fix.earliest);
    if (!release.stable) take_first(bearing.mainline_fix, fix);
    if (release.stable && release.branch == kernel.branch) take_first(bearing.own_fix, fix);
  }
  return bearing;
}

Answer has_fix(const Outline& kernel, const FixedIn& fix) {
  if (fix.latest == fix.earliest) return reached(kernel, fix.earliest);
  if (fix.latest && reached(kernel, *fix.latest) == Answer::yes) return Answer::yes;
  return reached(kernel, fix.earliest) == Answer::no ? Answer::no : Answer::maybe;
}

std::string when_fixed(const FixedIn& fix) {
  if (!fix.latest) return "in " + fix.earliest + " or later";
  if (*fix.latest == fix.earliest) return "in " + fix.earliest;
  return "between " + fix.earliest + " and " + *fix.latest;
}

struct Part {
  Answer answer = Answer::no;
  std::string reason;  // "" where another part decides
};

Part introduced_by(const Outline& kernel, const Outline& compared, const std::string& release) {
  const Answer answer = reached(compared, release);
  switch (answer) {
    case Answer::yes: return {answer, {}};
    case Answer::no:
      return {answer, std::string(kernel.text) + " is older than " + release + ", which brought the fault"};
    case Answer::maybe: break;
  }
  return {answer, "the fault came with " + release + ", and in which of its candidates is not established"};
}

Part introduction_by_mainline(const Bearing& bearing, const Outline& kernel) {
  const std::string* mainline = bearing.mainline_introduction;
  if (mainline == nullptr)
    return {Answer::no, "mainline never had the fault, and the " + std::string(kernel.branch) + " branch took none"};
  if (*mainline == kSinceEver) return {Answer::yes, {}};
  return introduced_by(kernel, mainline_of(kernel), *mainline);
}

Part introduction(const Bearing& bearing, const Outline& kernel) {
  Part mainline = introduction_by_mainline(bearing, kernel);
  if (bearing.own_introduction != nullptr) {
    Part branch = introduced_by(kernel, kernel, *bearing.own_introduction);
    return mainline.answer > branch.answer ? mainline : branch;
  }
  const FixedIn* own = bearing.own_fix;
  if (mainline.answer != Answer::no || own == nullptr) return mainline;
  return {Answer::maybe, "the " + std::string(kernel.branch) + " branch got a fix " + when_fixed(*own) +
                             " for a fault that it is not known to have taken"};
}

Part fix_in_branch(const Outline& kernel, const FixedIn& fix) {
  const std::string got_it = "the " + std::string(kernel.branch) + " branch got it " + when_fixed(fix);
  switch (has_fix(kernel, fix)) {
    case Answer::yes: return {Answer::yes, std::string(kernel.text) + " has the fix: " + got_it};
    case Answer::no: return {Answer::no, std::string(kernel.text) + " lacks the fix: " + got_it};
    case Answer::maybe: break;
  }
  return {Answer::maybe, "whether " + std::string(kernel.text) + " has the fix is not established: " + got_it};
}

Part fix_in_mainline(const Outline& kernel, const FixedIn& fix) {
  const std::string got_it = "mainline got it " + when_fixed(fix);
  switch (has_fix(mainline_of(kernel), fix)) {
    case Answer::yes: return {Answer::yes, std::string(kernel.text) + " has the fix: " + got_it};
    case Answer::no:
      return {Answer::no, std::string(kernel.text) + " lacks the fix: " + got_it + ", the " +
                              std::string(kernel.branch) + " branch never did"};
    case Answer::maybe: break;
  }
  return {Answer::maybe, "whether " + std::string(kernel.text) + " has the fix is not established: " + got_it};
}

// A branch that took the fault by backport cannot have got its fix from
// mainline before.
Part fix(const Bearing& bearing, const Outline& kernel) {
  if (bearing.own_fix != nullptr) return fix_in_branch(kernel, *bearing.own_fix);
  const FixedIn* mainline = bearing.mainline_fix;
  if (mainline != nullptr && bearing.own_introduction == nullptr) return fix_in_mainline(kernel, *mainline);
  return {Answer::no, "no release of the " + std::string(kernel.branch) + " branch is known to have the fix"};
}

// How closely a rule's release says which one is meant: -1 not at all, 0 any.
int closeness(const VendorRule& rule, std::string_view release) {
  if (rule.release.empty()) return 0;
  if (!release.starts_with(rule.release)) return -1;
  const std::string_view rest = release.substr(rule.release.size());
  return rest.empty() || rest.front() == '.' ? static_cast<int>(rule.release.size()) : -1;
}

}  // namespace

std::optional<Release> parse_release(std::string_view text) {
  const auto outline = outline_of(text);
  if (!outline) return std::nullopt;
  return Release{std::string(outline->text), std::string(outline->numbers), std::string(outline->branch),
                 outline->stable, outline->candidate};
}

RangeVerdict judge(const Affected& affected, std::string_view upstream) {
  const auto kernel = outline_of(upstream);
  if (!kernel) return {Verdict::unknown, text::quote(upstream) + " is not an upstream release"};
  const Bearing bearing = bearing_of(affected, *kernel);
  Part fault = introduction(bearing, *kernel);
  if (fault.answer == Answer::no) return {Verdict::not_affected, std::move(fault.reason)};
  Part cure = fix(bearing, *kernel);
  if (cure.answer == Answer::yes) return {Verdict::not_affected, std::move(cure.reason)};
  if (cure.answer == Answer::maybe) return {Verdict::unknown, std::move(cure.reason)};
  if (fault.answer == Answer::maybe) return {Verdict::unknown, std::move(fault.reason)};
  return {Verdict::exposed, std::move(cure.reason)};
}

const VendorRule* vendor_rule(const Affected& affected, std::string_view vendor, std::string_view release) {
  const VendorRule* best = nullptr;
  int best_closeness = -1;
  for (const VendorRule& rule : affected.vendors) {
    const int close = rule.distro == vendor ? closeness(rule, release) : -1;
    if (close <= best_closeness) continue;
    best = &rule;
    best_closeness = close;
  }
  return best;
}

std::optional<std::string> fixed_release_for(const Affected& affected, std::string_view upstream) {
  const auto kernel = outline_of(upstream);
  if (!kernel || judge(affected, upstream).verdict == Verdict::not_affected) return std::nullopt;
  const Bearing bearing = bearing_of(affected, *kernel);
  if (bearing.own_fix != nullptr && bearing.own_fix->latest) return bearing.own_fix->latest;
  return bearing.mainline_fix != nullptr ? bearing.mainline_fix->latest : std::nullopt;
}

}  // namespace harden
