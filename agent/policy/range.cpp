// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/range.h"

#include <algorithm>
#include <vector>

#include "agent/core/text.h"
#include "harden/version.h"

namespace harden {
namespace {

enum class Answer { no, maybe, yes };

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 6 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string joined(const std::vector<std::string_view>& numbers, std::size_t count) {
  std::string text(numbers[0]);
  for (std::size_t i = 1; i < count; ++i) text.append(".").append(numbers[i]);
  return text;
}

// Whether a kernel is at or after a release. An -rc of that very release may
// lack what the release has, or already have it.
Answer reached(const Release& kernel, std::string_view release) {
  if (kernel_vercmp(kernel.text, release) >= 0) return Answer::yes;
  return kernel_vercmp(kernel.numbers, release) == 0 ? Answer::maybe : Answer::no;
}

// What a stable kernel has of mainline is what its branch began with.
Release mainline_of(const Release& kernel) {
  if (!kernel.stable) return kernel;
  return {kernel.branch, kernel.branch, kernel.branch, false, false};
}

const std::string* own_introduction(const Affected& affected, const Release& kernel) {
  const auto found = std::ranges::find_if(affected.introduced, [&](const std::string& text) {
    const auto release = parse_release(text);
    return release && release->stable && release->branch == kernel.branch;
  });
  return found == affected.introduced.end() ? nullptr : &*found;
}

const std::string* mainline_introduction(const Affected& affected) {
  const auto found = std::ranges::find_if(affected.introduced, [](const std::string& text) {
    const auto release = parse_release(text);
    return text == kSinceEver || (release && !release->stable);
  });
  return found == affected.introduced.end() ? nullptr : &*found;
}

const FixedIn* own_fix(const Affected& affected, const Release& kernel) {
  const auto found = std::ranges::find_if(affected.fixed, [&](const FixedIn& fix) {
    const auto release = parse_release(fix.earliest);
    return release && release->stable && release->branch == kernel.branch;
  });
  return found == affected.fixed.end() ? nullptr : &*found;
}

const FixedIn* mainline_fix(const Affected& affected) {
  const auto found = std::ranges::find_if(affected.fixed, [](const FixedIn& fix) {
    const auto release = parse_release(fix.earliest);
    return release && !release->stable;
  });
  return found == affected.fixed.end() ? nullptr : &*found;
}

Answer has_fix(const Release& kernel, const FixedIn& fix) {
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
  std::string reason;
};

Part introduced_by(const Release& kernel, const Release& compared, const std::string& release, std::string_view where) {
  const Answer answer = reached(compared, release);
  switch (answer) {
    case Answer::yes: return {answer, std::string(where) + " has the fault since " + release};
    case Answer::no: return {answer, kernel.text + " is older than " + release + ", which brought the fault"};
    case Answer::maybe: break;
  }
  return {answer, "the fault came with " + release + ", and in which of its candidates is not established"};
}

Part introduction_by_mainline(const Affected& affected, const Release& kernel) {
  const std::string* mainline = mainline_introduction(affected);
  if (mainline == nullptr)
    return {Answer::no, "mainline never had the fault, and the " + kernel.branch + " branch took none"};
  if (*mainline == kSinceEver) return {Answer::yes, "the fault is as old as Linux"};
  return introduced_by(kernel, mainline_of(kernel), *mainline, "mainline");
}

Part introduction(const Affected& affected, const Release& kernel) {
  const Part mainline = introduction_by_mainline(affected, kernel);
  if (const std::string* own = own_introduction(affected, kernel)) {
    const Part branch = introduced_by(kernel, kernel, *own, "the " + kernel.branch + " branch");
    return mainline.answer > branch.answer ? mainline : branch;
  }
  const FixedIn* own = own_fix(affected, kernel);
  if (mainline.answer != Answer::no || own == nullptr) return mainline;
  return {Answer::maybe, "the " + kernel.branch + " branch got a fix " + when_fixed(*own) +
                             " for a fault that it is not known to have taken"};
}

Part fix_in_branch(const Release& kernel, const FixedIn& fix) {
  const std::string got_it = "the " + kernel.branch + " branch got it " + when_fixed(fix);
  switch (has_fix(kernel, fix)) {
    case Answer::yes: return {Answer::yes, kernel.text + " has the fix: " + got_it};
    case Answer::no: return {Answer::no, kernel.text + " lacks the fix: " + got_it};
    case Answer::maybe: break;
  }
  return {Answer::maybe, "whether " + kernel.text + " has the fix is not established: " + got_it};
}

Part fix_in_mainline(const Release& kernel, const FixedIn& fix) {
  const std::string got_it = "mainline got it " + when_fixed(fix);
  switch (has_fix(mainline_of(kernel), fix)) {
    case Answer::yes: return {Answer::yes, kernel.text + " has the fix: " + got_it};
    case Answer::no:
      return {Answer::no, kernel.text + " lacks the fix: " + got_it + ", the " + kernel.branch + " branch never did"};
    case Answer::maybe: break;
  }
  return {Answer::maybe, "whether " + kernel.text + " has the fix is not established: " + got_it};
}

// A branch that took the fault by backport cannot have got its fix from
// mainline before.
Part fix(const Affected& affected, const Release& kernel) {
  if (const FixedIn* own = own_fix(affected, kernel)) return fix_in_branch(kernel, *own);
  const FixedIn* mainline = mainline_fix(affected);
  if (mainline != nullptr && own_introduction(affected, kernel) == nullptr) return fix_in_mainline(kernel, *mainline);
  return {Answer::no, "no release of the " + kernel.branch + " branch is known to have the fix"};
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
  const auto dash = text.find('-');
  const std::string_view numbers = text.substr(0, dash);
  Release release{std::string(text), std::string(numbers), {}, false, dash != std::string_view::npos};
  if (release.candidate && (text.substr(dash, 3) != "-rc" || !is_number(text.substr(dash + 3)))) return std::nullopt;
  const auto parts = text::split(numbers, '.');
  const bool old_scheme = parts[0] == "2";
  const std::size_t branch_parts = old_scheme ? 3 : 2;
  if (parts.size() < branch_parts || parts.size() > branch_parts + 1) return std::nullopt;
  if (!std::ranges::all_of(parts, is_number)) return std::nullopt;
  release.branch = joined(parts, branch_parts);
  release.stable = parts.size() > branch_parts && kernel_vercmp(parts.back(), "0") != 0;
  return release;
}

RangeVerdict judge(const Affected& affected, std::string_view upstream) {
  const auto kernel = parse_release(upstream);
  if (!kernel) return {Verdict::unknown, text::quote(upstream) + " is not an upstream release"};
  const Part fault = introduction(affected, *kernel);
  if (fault.answer == Answer::no) return {Verdict::not_affected, fault.reason};
  const Part cure = fix(affected, *kernel);
  if (cure.answer == Answer::yes) return {Verdict::not_affected, cure.reason};
  if (cure.answer == Answer::maybe) return {Verdict::unknown, cure.reason};
  if (fault.answer == Answer::maybe) return {Verdict::unknown, fault.reason};
  return {Verdict::exposed, cure.reason};
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
  const auto kernel = parse_release(upstream);
  if (!kernel || judge(affected, upstream).verdict == Verdict::not_affected) return std::nullopt;
  const FixedIn* own = own_fix(affected, *kernel);
  if (own != nullptr && own->latest) return own->latest;
  const FixedIn* mainline = mainline_fix(affected);
  return mainline != nullptr ? mainline->latest : std::nullopt;
}

}  // namespace harden
