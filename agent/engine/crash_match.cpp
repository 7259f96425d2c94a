// SPDX-License-Identifier: Apache-2.0
#include "harden/crash_match.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>

namespace harden {
namespace {

constexpr std::size_t kMostSaid = 3;      // precursors quoted as evidence
constexpr std::size_t kMostQuoted = 120;  // bytes of each

// What of a policy's [crash] a record shows.
struct Seen {
  bool title = false;
  bool frames = false;                  // all of them, where there are any
  std::vector<std::string> precursors;  // the messages
  Verdict kernel = Verdict::unknown;    // exposed: known to have the bug
  std::string kernel_reason;
};

// '*' stands for any text. Linear but for the last '*', which is enough for
// titles: it is the only one that has to be tried again.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  std::size_t p = 0;
  std::size_t t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// A title that ends in a star says only what kind of crash it is.
enum class Title { none, kind, full };

Title title_of(const CrashRecord& record, const CrashSignature& signature) {
  Title found = Title::none;
  for (const std::string& title : signature.titles) {
    const auto has = [&](const std::string& text) { return fits(title, text); };
    if (!has(record.title) && !std::ranges::any_of(record.alternative_titles, has)) continue;
    found = std::max(found, title.ends_with('*') ? Title::kind : Title::full);
  }
  return found;
}

// Records have functions without ".isra.0", ".part.0" and the like.
std::string_view without_suffix(std::string_view function) { return function.substr(0, function.find('.')); }

std::vector<std::string_view> reliable_functions(const CrashRecord& record) {
  std::vector<std::string_view> functions;
  if (record.at) functions.push_back(without_suffix(record.at->function));
  for (const Frame& frame : record.frames) {
    if (frame.reliable) functions.push_back(without_suffix(frame.place.function));
  }
  return functions;
}

bool has_frames(const CrashRecord& record, const CrashSignature& signature) {
  const auto functions = reliable_functions(record);
  auto from = functions.begin();
  for (const std::string& frame : signature.frames) {
    from = std::find(from, functions.end(), without_suffix(frame));
    if (from == functions.end()) return false;
    ++from;
  }
  return true;
}

std::vector<std::string> said(const std::vector<Precursor>& precursors, const CrashSignature& signature) {
  std::vector<std::string> found;
  if (precursors.empty()) return found;
  for (const std::string& pattern : signature.precursors) {
    const RE2 expression(pattern, RE2::Quiet);
    for (const Precursor& precursor : precursors) {
      if (!expression.ok() || !RE2::PartialMatch(precursor.text, expression)) continue;
      if (std::ranges::find(found, precursor.text) == found.end()) found.push_back(precursor.text);
      break;
    }
  }
  return found;
}

std::optional<Confidence> confidence_of(const Seen& seen, std::size_t frames, bool corrupted) {
  const bool led_to = !seen.precursors.empty();
  std::optional<Confidence> found;
  if (seen.title && seen.frames) {
    found = seen.kernel == Verdict::exposed || led_to ? Confidence::certain : Confidence::likely;
  } else if (seen.title) {
    found = led_to ? Confidence::likely : Confidence::possible;
  } else if (seen.frames && frames >= 2) {
    found = led_to && frames >= 3 ? Confidence::likely : Confidence::possible;
  }
  if (!found) return found;
  if (seen.kernel == Verdict::not_affected) return Confidence::possible;
  return corrupted ? std::min(*found, Confidence::likely) : *found;
}

std::string kernel_sentence(const Seen& seen, const std::string& kernel) {
  const std::string name = kernel.empty() ? "its kernel" : "its kernel, " + kernel + ",";
  switch (seen.kernel) {
    case Verdict::exposed: return name + " has the bug: " + seen.kernel_reason;
    case Verdict::not_affected:
      return name + " is known not to have the bug (" + seen.kernel_reason +
             "), so this is another fault at the same place, or the fix does not hold";
    case Verdict::mitigated:
    case Verdict::unknown: break;
  }
  if (seen.kernel_reason.starts_with("whether ")) return name + " may have the bug: " + seen.kernel_reason;
  return "whether " + name + " has the bug is unknown: " + seen.kernel_reason;
}

std::string joined(const std::vector<std::string>& functions) {
  std::string text;
  for (const std::string& function : functions) text += (text.empty() ? "" : " <- ") + function;
  return text;
}

std::string quoted(const std::string& message) {
  return "'" + (message.size() > kMostQuoted ? message.substr(0, kMostQuoted) + "..." : message) + "'";
}

void add_precursors(std::vector<std::string>& evidence, const std::vector<std::string>& messages) {
  for (std::size_t i = 0; i < std::min(messages.size(), kMostSaid); ++i) {
    evidence.push_back("before it the kernel said " + quoted(messages[i]));
  }
}

std::vector<std::string> evidence_of(const Seen& seen, const CrashRecord& record, const CrashSignature& signature) {
  std::vector<std::string> evidence;
  if (seen.title) evidence.push_back("its title is the policy's, '" + record.title + "'");
  if (seen.frames && signature.frames.size() == 1) {
    evidence.push_back("the reliable frames have " + signature.frames.front());
  } else if (seen.frames && !signature.frames.empty()) {
    evidence.push_back("the reliable frames have, in this order, " + joined(signature.frames));
  } else if (!seen.frames) {
    evidence.push_back("not all of " + joined(signature.frames) + " stand among the reliable frames");
  }
  add_precursors(evidence, seen.precursors);
  evidence.push_back(kernel_sentence(seen, record.kernel));
  if (!seen.title) evidence.push_back("the title is another one, '" + record.title + "'");
  if (record.corrupted) {
    evidence.emplace_back("the report is cut off or mixed with another one, so its title may be wrong");
  }
  return evidence;
}

void sort_matches(std::vector<CrashMatch>& matches) {
  std::ranges::sort(matches, [](const CrashMatch& left, const CrashMatch& right) {
    if (left.confidence != right.confidence) return left.confidence > right.confidence;
    if (left.evidence.size() != right.evidence.size()) return left.evidence.size() > right.evidence.size();
    return left.policy < right.policy;
  });
}

// Most often nothing is asked of it.
class LazyKernel {
 public:
  LazyKernel(const std::string& release, const std::string& version) : release_(release), version_(version) {}
  Applicability judge(const Policy& policy) {
    if (!facts_) facts_ = facts_of_kernel(release_, version_);
    return judge_kernel(policy, *facts_);
  }

 private:
  const std::string& release_;
  const std::string& version_;
  std::optional<Facts> facts_;
};

}  // namespace

std::vector<CrashMatch> match_crash(const CrashRecord& record, const std::vector<Policy>& policies) {
  std::vector<CrashMatch> matches;
  LazyKernel kernel(record.kernel, record.kernel_version);
  for (const Policy& policy : policies) {
    if (!policy.crash) continue;
    const Title title = title_of(record, *policy.crash);
    const std::size_t frames = policy.crash->frames.size();
    Seen seen{title == Title::full, has_frames(record, *policy.crash), {}, {}, {}};
    if (title == Title::none && (!seen.frames || frames < 2)) continue;
    seen.precursors = said(record.precursors, *policy.crash);
    if (title == Title::kind) seen.title = frames > 0 ? seen.frames : !seen.precursors.empty();
    Applicability found = kernel.judge(policy);
    seen.kernel = found.verdict;
    seen.kernel_reason = std::move(found.reason);
    const auto confidence = confidence_of(seen, frames, record.corrupted);
    if (confidence) matches.push_back({policy.id, *confidence, evidence_of(seen, record, *policy.crash)});
  }
  sort_matches(matches);
  return matches;
}

std::vector<CrashMatch> match_precursors(const std::vector<Precursor>& precursors, const std::string& kernel,
                                         const std::string& kernel_version, const std::vector<Policy>& policies,
                                         const std::vector<CrashMatch>& matched) {
  std::vector<CrashMatch> warnings;
  LazyKernel judge(kernel, kernel_version);
  for (const Policy& policy : policies) {
    if (!policy.crash || std::ranges::find(matched, policy.id, &CrashMatch::policy) != matched.end()) continue;
    Seen seen{false, false, said(precursors, *policy.crash), {}, {}};
    if (seen.precursors.empty()) continue;
    Applicability found = judge.judge(policy);
    if (found.verdict == Verdict::not_affected) continue;
    seen.kernel = found.verdict;
    seen.kernel_reason = std::move(found.reason);
    CrashMatch warning{policy.id, Confidence::possible, {}};
    for (std::size_t i = 0; i < std::min(seen.precursors.size(), kMostSaid); ++i) {
      warning.evidence.push_back("the kernel said " + quoted(seen.precursors[i]));
    }
    warning.evidence.push_back(kernel_sentence(seen, kernel));
    warnings.push_back(std::move(warning));
  }
  sort_matches(warnings);
  return warnings;
}

std::vector<std::string> crash_patterns(const std::vector<Policy>& policies) {
  std::set<std::string> patterns;
  for (const Policy& policy : policies) {
    if (policy.crash) patterns.insert(policy.crash->precursors.begin(), policy.crash->precursors.end());
  }
  return {patterns.begin(), patterns.end()};
}

}  // namespace harden
