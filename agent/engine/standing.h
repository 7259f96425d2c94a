// SPDX-License-Identifier: Apache-2.0
//
// What the policies say about a host, kept while the host changes: after a
// change the policies that depend on it are judged again, and the report is
// the one that judging all of them would give.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/engine/dependents.h"
#include "harden/finding.h"

namespace harden {

// One policy that was judged again. Both are set; they may be alike.
struct Rejudged {
  std::shared_ptr<const Finding> before;
  std::shared_ptr<const Finding> after;
};

class Standing {
 public:
  // Judges every policy. `root` is how the host is called in reports; waivers
  // count at `now`, seconds since 1970, UTC.
  Standing(std::shared_ptr<const std::vector<Policy>> policies, std::shared_ptr<const Facts> facts, std::string root,
           std::vector<Waiver> waivers, std::int64_t now);

  const CheckReport& report() const { return *published_; }
  // The same, to keep: the next one is another.
  const std::shared_ptr<const CheckReport>& shared_report() const { return published_; }
  const std::shared_ptr<const Facts>& facts() const { return facts_; }
  const Dependents& dependents() const { return dependents_; }

  // What to collect after a change, for `refresh`.
  Wanted wanted_for(const Changed& changed) const { return harden::wanted_for(changed, dependents_, *facts_); }

  // Judges again what depends on the change. Says which policies those were,
  // with every other finding whose waiver began or ended.
  std::vector<Rejudged> refresh(Changed changed, const Facts& part, std::int64_t now);

  // The same findings under other waivers.
  std::vector<Rejudged> waive(std::vector<Waiver> waivers, std::int64_t now);

 private:
  using Shared = std::shared_ptr<const Finding>;
  void put(std::size_t policy, Finding finding, std::vector<Rejudged>& out);
  void settle_waivers(std::int64_t now, std::vector<Rejudged>& out);
  void publish();

  std::shared_ptr<const std::vector<Policy>> policies_;
  std::shared_ptr<const Facts> facts_;
  Dependents dependents_;
  std::vector<Waiver> waivers_;
  std::map<std::size_t, std::vector<const Waiver*>> waived_;  // by policy
  std::vector<Shared> findings_;                              // by policy
  std::vector<Shared> order_;                                 // worst first
  CheckReport report_;                                        // but for its findings
  std::shared_ptr<const CheckReport> published_;
};

}  // namespace harden
