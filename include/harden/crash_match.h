// SPDX-License-Identifier: Apache-2.0
//
// Which known bug a crash is: a crash record held against the [crash] sections
// of policies. Pure functions; what is said rests on the record's text alone
// and on the kernel it names, not on the host that reads it.
#pragma once

#include <string>
#include <vector>

#include "harden/crash.h"
#include "harden/finding.h"
#include "harden/policy.h"
#include "harden/strike.h"

namespace harden {

// Of title (one of the policy's fits the record's title or an alternative),
// frames (all of them, in order, among the reliable ones) and precursors (one at
// least was said before), the confidence is
//   certain   title and frames, and the kernel is known to have the bug or a
//             precursor was said
//   likely    title and frames, or title and a precursor, or frames of three
//             functions or more and a precursor
//   possible  title alone, or frames of two functions or more alone
// A policy without frames has them met. A title that ends in a star counts with
// all frames only, or, of a policy without any, with a precursor. A report that is cut off or mixed is at
// most likely; one of a kernel that is known not to have the bug at most possible.
struct CrashMatch {
  std::string policy;
  Confidence confidence = Confidence::possible;
  std::vector<std::string> evidence;  // sentences without their full stop, the strongest first

  friend bool operator==(const CrashMatch&, const CrashMatch&) = default;
};

// The surest first, of equally sure ones the most evidence, then by policy.
std::vector<CrashMatch> match_crash(const CrashRecord& record, const std::vector<Policy>& policies);

// Policies whose precursors were said and whose crash did not follow: the host
// came close. Those that `matched` names and those that the kernel is known not
// to be affected by are left out. Always Confidence::possible.
std::vector<CrashMatch> match_precursors(const std::vector<Precursor>& precursors, const std::string& kernel,
                                         const std::string& kernel_version, const std::vector<Policy>& policies,
                                         const std::vector<CrashMatch>& matched = {});

// The precursors that the policies know, each once, for CrashParser::watch_for.
std::vector<std::string> crash_patterns(const std::vector<Policy>& policies);

// What the kernel.* facts would be on a machine that runs the kernel of this
// release and version ("#1 SMP Fri Apr 20 16:44:24 UTC 2018"); what these two
// do not tell is unknown. Both may be anything.
Facts facts_of_kernel(const std::string& release, const std::string& version);

// Whether that kernel has the policy's bug, by [affected] and by what
// [exposed] asks of the kernel itself: exposed, not_affected or unknown.
Applicability judge_kernel(const Policy& policy, const Facts& kernel);

// What can be said of a crash that no policy knows.
struct CrashHint {
  std::string guilty;               // the innermost function that is no helper of the kernel's; "" for none
  std::string guilty_where;         // "net/ipv6/ip6mr.c:1618" or "[module]"; "" where not told
  std::string subsystem;            // "IPv6 multicast routing"; "" where it cannot be told
  std::string subsystem_because;    // "the function's name begins with ip6mr_"
  std::vector<std::string> causes;  // what led to it, a sentence each: out of memory is a cause, not an effect
  std::vector<std::string> search;  // what to search for, the narrowest first
};
CrashHint look_into(const CrashRecord& record);

}  // namespace harden
